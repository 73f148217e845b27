# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of one ring: `config.toml` in its folder.

A setting that we do not know is an error with a guess ("meinten Sie ...?"), never silence: a misspelt limit that is
ignored costs a ring more than a node that does not start.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ringtausch_node.config.membership import Membership
from ringtausch_node.errors import LocalError
from ringtausch_protocol.addresses import parse_ring
from ringtausch_protocol.documents import BytesPerDay, FramesPerMinute
from ringtausch_protocol.limits import BYTES_PER_DAY_DEFAULT, FRAMES_PER_MINUTE_DEFAULT
from ringtausch_protocol.units import Unit, parse_unit

HOUR_SECONDS = 3600
#: Most characters of a ring's or a member's name: fits on one line of a printed statement.
NAME_LENGTH = 80
#: A configuration is a page of text; more is some other file.
CONFIG_BYTES = 64 * 1024
#: Balances stay far inside what JSON and SQLite count exactly.
BALANCE_MAX_SECONDS = 10**12

#: A web server in front of the node usually runs on the same machine.
PROXIES = ("127.0.0.1", "::1")

LimitRule = Literal["block", "warn"]
Language = Literal["de", "en"]
FormOfAddress = Literal["Sie", "Du"]
Seconds = Annotated[int, msgspec.Meta(ge=-BALANCE_MAX_SECONDS, le=BALANCE_MAX_SECONDS)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens at a member's limits, and the limits a new member gets (whole seconds)."""

    lower_limit: LimitRule = "block"
    upper_limit: LimitRule = "warn"
    default_min_seconds: Seconds = -25 * HOUR_SECONDS
    default_max_seconds: Seconds = 50 * HOUR_SECONDS


class Lines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new line to another ring begins with: the most each may owe the other (whole seconds), holds, budgets."""

    limit_in_seconds: Annotated[int, msgspec.Meta(ge=0, le=BALANCE_MAX_SECONDS)] = 10 * HOUR_SECONDS
    limit_out_seconds: Annotated[int, msgspec.Meta(ge=0, le=BALANCE_MAX_SECONDS)] = 10 * HOUR_SECONDS
    open_holds: Annotated[int, msgspec.Meta(ge=1, le=500)] = 30
    deadline_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 72
    frames_per_minute: FramesPerMinute = FRAMES_PER_MINUTE_DEFAULT
    bytes_per_day: BytesPerDay = BYTES_PER_DAY_DEFAULT


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may read the entries of the ring's log; its hashes and signed heads are for everybody."""

    entries: Literal["peers", "open"] = "peers"


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server that takes our letters; without a host no mail is sent."""

    host: Annotated[str, msgspec.Meta(max_length=253)] = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, msgspec.Meta(max_length=254)] = ""
    password: Annotated[str, msgspec.Meta(max_length=254)] = ""
    sender: Annotated[str, msgspec.Meta(max_length=254)] = ""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`config.toml`. `address`, `net` and `unit` stand on the ring's card and never change; the rest may."""

    address: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH)]
    net: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "de"
    unit: str = "hours"
    listen: str = "127.0.0.1:8470"
    url: str = ""
    language: Language = "de"
    form_of_address: FormOfAddress = "Sie"
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = "Europe/Berlin"
    office_phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    allow_private_addresses: bool = False
    proxies: Annotated[list[str], msgspec.Meta(max_length=16)] = msgspec.field(default_factory=lambda: list(PROXIES))
    limits: Limits = Limits()
    lines: Lines = Lines()
    log: Log = Log()
    mail: Mail = Mail()
    membership: Membership = Membership()

    @property
    def parsed_unit(self) -> Unit:
        """How this ring writes seconds."""
        return parse_unit(self.unit)

    @property
    def public_url(self) -> str:
        """Where other rings reach this one; without a setting, https at its address."""
        return self.url or f"https://{self.address}"

    @property
    def listen_at(self) -> tuple[str, int]:
        """Host and port to listen on; port 0 lets the system choose."""
        return parse_listen(self.listen)


class CardUnit(msgspec.Struct, frozen=True):
    """The unit as a card names it."""

    name: str
    per_hour: int
    decimals: int


class CardSettings(msgspec.Struct, frozen=True):
    """What a ring-card says of the settings that others rely on; everything else on it is not read here."""

    address: str
    net: str
    url: str
    unit: CardUnit


def verify_settled(config: Config, card: CardSettings) -> None:
    """Address, net and unit stand on the signed card and in all that was booked: they must still be what they were.

    Raises LocalError('config') naming the setting and what stands on the card.
    """
    unit = Unit(card.unit.name, card.unit.per_hour, card.unit.decimals)
    for name, here, there, is_same in (
        ("address", config.address, card.address, config.address == card.address),
        ("net", config.net, card.net, config.net == card.net),
        ("unit", config.unit, "{}:{}:{}".format(*unit), config.parsed_unit == unit),
    ):
        if not is_same:
            raise LocalError("config", f'{name}: "{here}" here, "{there}" on the card; write what stands on the card')


def parse_listen(text: str) -> tuple[str, int]:
    """Read HOST:PORT or [V6]:PORT. Raises LocalError('config')."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise LocalError("config", "listen: expected HOST:PORT")
    return host, int(port)


def parse_config(data: bytes) -> Config:
    """Read the bytes of a `config.toml`. Raises LocalError('config') with the setting and, if we can, a guess."""
    if len(data) > CONFIG_BYTES:
        raise LocalError("config", f"more than {CONFIG_BYTES} bytes")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise LocalError("config", "not UTF-8") from None
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError is one; so is a number of 5 000 digits
        place = re.search(r"line \d+, column \d+", str(error))
        raise LocalError("config", f"not TOML: {place[0]}" if place else "not TOML") from None
    return check_config(table)


def check_config(table: Mapping[str, Any]) -> Config:
    """Make a Config of a table of settings. Raises LocalError('config')."""
    _refuse_unknown(table, Config, "")
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        raise LocalError("config", _said(str(error))) from None
    _check_meaning(config)
    return config


#: What msgspec says (regular expressions), and what a person reads.
_SAYINGS = (
    (r"Object missing required field `(\w+)`.*", r"\1: is missing"),
    (r"Expected `str` of length >= (\d+)", r"expected at least \1 characters"),
    (r"Expected `str` of length <= (\d+)", r"expected at most \1 characters"),
    (r"Expected `array` of length <= (\d+)", r"expected at most \1"),
    (r"Expected `str` matching regex '(.*)'", r"expected text matching \1"),
    (r"Expected `int` >= (-?\d+)", r"expected at least \1"),
    (r"Expected `int` <= (-?\d+)", r"expected at most \1"),
    (r"Expected `str`, got .*", "expected text"),
    (r"Expected `int`, got .*", "expected a whole number"),
    (r"Expected `bool`, got .*", "expected true or false"),
    (r"Expected `array`, got .*", "expected a list"),
    (r"Expected `object`, got .*", "expected a section"),
    (r"Invalid enum value .*", "expected one of the words that may stand here"),
)


def _said(message: str) -> str:
    """The setting and what is expected there; msgspec's own words are for programmers."""
    reason, _, place = message.partition(" - at `$")
    for pattern, text in _SAYINGS:
        if found := re.fullmatch(pattern, reason):
            reason = found.expand(text)
            break
    setting = place.rstrip("`").lstrip(".")
    return f"{setting}: {reason}" if setting else reason


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Name and type of each setting. Kept: to work out the types of one section takes as long as to read a file."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _refuse_unknown(table: Mapping[str, Any], kind: type[msgspec.Struct], inside: str) -> None:
    fields = _fields_of(kind)
    for name, value in table.items():
        if name not in fields:
            guess = difflib.get_close_matches(name, fields, n=1)
            hint = f' - meinten Sie / did you mean "{guess[0]}"?' if guess else ""
            raise LocalError("config", f'unknown setting "{inside}{name}"{hint}')
        section = fields[name]
        if isinstance(section, type) and issubclass(section, msgspec.Struct) and isinstance(value, Mapping):
            _refuse_unknown(value, section, f"{name}.")


def _check_meaning(config: Config) -> None:
    for setting, check in (("address", lambda: parse_ring(config.address)), ("unit", lambda: config.parsed_unit)):
        try:
            check()
        except LocalError as error:
            raise LocalError("config", f"{setting}: {error.detail or 'cannot be read'}") from None
    if config.address != parse_ring(config.address):
        raise LocalError("config", "address: write it in small letters")
    if not config.name.isprintable():
        raise LocalError("config", "name: control characters")
    parse_listen(config.listen)
    _check_url(config)
    _check_proxies(config)
    _check_pages(config)
    if config.limits.default_min_seconds > 0 or config.limits.default_max_seconds < 0:
        raise LocalError("config", "limits: default_min_seconds <= 0 <= default_max_seconds")


def _check_proxies(config: Config) -> None:
    for address in config.proxies:
        try:
            ip_address(address)
        except ValueError:
            raise LocalError("config", f"proxies: {address!r} is no IP address") from None


def _check_pages(config: Config) -> None:
    """What the pages and letters for members need."""
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LocalError("config", "time_zone: expected a name such as Europe/Berlin") from None
    if not config.office_phone.isprintable():
        raise LocalError("config", "office_phone: control characters")
    if not all(each.isprintable() and each.strip() == each for each in config.membership.categories):
        raise LocalError("config", "membership.categories: control characters, or blanks around a word")
    if config.mail.host and not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", config.mail.sender):
        raise LocalError("config", "mail.sender: expected a mail address, as there is a mail.host")


def _check_url(config: Config) -> None:
    """https only, and no path: the protocol's paths begin at the root. http is for test nets on one machine."""
    schemes = ("https", "http") if config.allow_private_addresses else ("https",)
    if not _is_usable(config.public_url, schemes):
        raise LocalError("config", f"url: expected {' or '.join(schemes)}://HOST[:PORT]")


def _is_usable(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(text)
        is_host = bool(url.hostname) and "@" not in url.netloc and url.port != 0
    except ValueError:
        return False
    is_bare = url.path in ("", "/") and "?" not in text and "#" not in text
    return url.scheme in schemes and is_host and is_bare and text.isascii() and text.isprintable() and " " not in text
