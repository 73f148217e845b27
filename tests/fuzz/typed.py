# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people write into one field, and what stands as one piece in an address: names, hours, days, numbers, codes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from uuid import UUID
from zoneinfo import ZoneInfo

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.backup.sealed import parse_passphrase
from ringtausch_node.config import parse_listen
from ringtausch_node.entrance.model import read_code
from ringtausch_node.folder import parse_seed, seed_text
from ringtausch_node.members.contacts import EMAIL_LENGTH, parse_email, parse_email_or_none
from ringtausch_node.members.model import parse_form_number
from ringtausch_node.payments.community import parse_community
from ringtausch_node.payments.invoice_model import parse_place
from ringtausch_node.payments.model import parse_payment_id, payment_text
from ringtausch_node.publishing.paths import CARDS, CHECKPOINT, parse_page
from ringtausch_node.upkeep.texts import parse_text
from ringtausch_node.web.office.months import parse_month
from ringtausch_protocol import addresses, units
from ringtausch_protocol.audit.program.command import parse_day
from ringtausch_protocol.errors import LocalError
from tests.fuzz.target import Target, choosing, of_text, optional

_BERLIN = ZoneInfo("Europe/Berlin")


def _member(text: str) -> None:
    member = addresses.parse_member(text)
    assert addresses.parse_member(f"{member.handle}@{member.ring}") == member


def _amount(text: str) -> None:
    """What a person wrote is what he is shown, read again, unless it is shown rounded."""
    seconds = parse_signed_amount(text, units.HOURS)
    shown = units.format_amount(seconds, units.HOURS)
    assert shown.startswith("rund ") or parse_signed_amount(shown.split()[0], units.HOURS) == seconds


def _unit(text: str) -> None:
    assert units.parse_unit(text).step_seconds >= 1


def _email(text: str) -> None:
    found = parse_email_or_none(text)
    assert found == (parse_email(text) if text.strip() else "")
    assert len(found) <= EMAIL_LENGTH
    assert len(found.split()) == found.count("@") == bool(found)


def _code(text: str) -> None:
    letters = optional(read_code(text))
    assert len(letters) == 8
    assert read_code(f" {letters[:4].lower()}-{letters[4:]}\n") == letters


def _page(text: str) -> None:
    page = parse_page(text)
    name = page.tile.path if page.tile is not None else CARDS if page.is_cards else CHECKPOINT
    assert text == (name if page.log is None else f"{page.log}/{name}")


def _payment_id(text: str) -> None:
    found = parse_payment_id(text)
    assert text == payment_text(found) or text.lower() == str(UUID(bytes=found))


def _place(text: str) -> None:
    place = parse_place(text)
    assert parse_place(place.text) == place
    assert 0 <= place.at < 10**12


def _form_number(text: str) -> None:
    assert str(UUID(bytes=parse_form_number(text))) == text.lower()


def _month(text: str) -> None:
    month = optional(parse_month(text, _BERLIN))
    assert month.text == text
    assert month.before < text < month.after
    assert 28 * 86_400 - 3_600 <= month.until - month.since <= 31 * 86_400 + 3_600


def _day(text: str) -> None:
    try:
        assert parse_day(text) % 86_400 == 0
    except argparse.ArgumentTypeError:
        raise LocalError("usage") from None


def _passphrase(text: str) -> None:
    found = parse_passphrase(text)
    assert parse_passphrase(found) == found


def _seed(text: str) -> None:
    try:
        seed = parse_seed(text)
    except ValueError:
        raise LocalError("usage") from None
    assert parse_seed(seed_text(seed)) == seed


def _listen(text: str) -> None:
    host, port = parse_listen(text)
    assert parse_listen(f"[{host}]:{port}") == (host, port)
    assert port < 2**16


def _community(text: str) -> None:
    key = parse_community(text)
    assert parse_community(key) == key


def _site_text(text: str) -> None:
    """Nothing of a text is lost but blanks and the marks of lists and headings."""
    blocks = parse_text(text)
    kept = [word for block in blocks for line in block.lines for word in line.split()]
    assert len(text.split()) - text.count("-") - text.count("#") <= len(kept) <= len(text.split())


_EACH: dict[str, tuple[Callable[[str], None], tuple[str, ...]]] = {
    "member": (_member, ("alma@eiche.example:8000",)),
    "amount": (_amount, ("1,5", "-1:30", "90min")),
    "unit": (_unit, ("hours", "Talente:10:1")),
    "email": (_email, ("alma@eiche.example", " ")),
    "code": (_code, ("K7M4-2QPX", "k7m4 2qpo")),
    "page": (_page, ("checkpoint", "3/cards.json", "tile/0/x001/067", "2/tile/entries/000.p/7")),
    "payment id": (_payment_id, ("AAAAAAAAAAAAAAAAAAAAAA", "0190a3c4-0000-7000-8000-0123456789AB")),
    "place": (_place, ("1893499200.AAAAAAAAAAAAAAAAAAAAAA",)),
    "form number": (_form_number, ("0190a3c4-0000-7000-8000-0123456789ab",)),
    "month": (_month, ("2026-11",)),
    "day": (_day, ("2026-11-27",)),
    "passphrase": (_passphrase, ("Nadel im Heu 17",)),
    "seed": (_seed, ("A" * 43,)),
    "listen": (_listen, ("127.0.0.1:8080", "[::1]:80")),
    "community": (_community, ("kasse",)),
    "site text": (_site_text, ("# Wir\n\nEin Satz.\nNoch einer.\n\n- eins\n- zwei",)),
}


def targets() -> Iterator[tuple[str, Target]]:
    """The one target; its first byte chooses a kind of field."""
    start = tuple(bytes((way,)) + text.encode() for way, (_, texts) in enumerate(_EACH.values()) for text in texts)
    read = choosing([of_text(each) for each, _ in _EACH.values()])
    yield "typed", read._replace(start=start, is_apart=True)
