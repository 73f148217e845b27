# SPDX-License-Identifier: Apache-2.0
"""One form for every message, and the plain HTTP around it (SPEC.md 2.2, 3.7, 6.2)."""

from __future__ import annotations

from collections.abc import Callable

from ringtausch_protocol import limits
from ringtausch_protocol.cards import verify_card
from ringtausch_protocol.conformance.model import NOTHING, Broken, Request, Talk, excerpt
from ringtausch_protocol.conformance.rule import RuleBook, Script
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import HELLO, came, post, refused, status_of
from ringtausch_protocol.errors import RemoteError

RULES = RuleBook()


def _spoil_hash(ask: bytes) -> bytes:
    """The last character of the first hash, with an unused bit set."""
    place = ask.index(b'"hash":"') + len(b'"hash":"') + 42
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return ask[:place] + bytes((letters[letters.index(ask[place]) + 1],)) + ask[place + 1 :]


#: The same question in ways that are not the one: what changes in the bytes of an `ask`.
TWISTS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("twice", "a field that stands twice is refused", lambda ask: ask.replace(b',"to":', b',"net":"test","to":', 1)),
    ("unknown-field", "a field that no table names is refused", lambda ask: ask[:-1] + b',"more":1}'),
    ("order", "fields in another order are refused", lambda ask: b'{"from":"a",' + ask[1:]),
    ("blank", "a blank between tokens is refused", lambda ask: ask.replace(b'"own":', b'"own": ', 1)),
    ("line-feed", "a line feed behind the value is refused", lambda ask: ask + b"\n"),
    ("null", "null for an absent field is refused", lambda ask: ask[:-1] + b',"card":null}'),
    ("default", "an absent field that is written out is refused", lambda ask: ask[:-1] + b',"peer_card":1}'),
    (
        "escape",
        "another escape than of quote and backslash is refused",
        lambda ask: ask.replace(b'"net":"', b'"net":"\\u0074', 1),
    ),
    ("minus-zero", "-0 is refused", lambda ask: ask.replace(b'"seq":0', b'"seq":-0', 1)),
    ("exponent", "an exponent is refused", lambda ask: ask.replace(b'"seq":0', b'"seq":0e0', 1)),
    ("fraction", "a point is refused", lambda ask: ask.replace(b'"seq":0', b'"seq":0.0', 1)),
    (
        "number-bound",
        "a number above 2^53 - 1 is refused",
        lambda ask: ask.replace(b'"seq":0', b'"seq":9007199254740992', 1),
    ),
    ("unused-bits", "base64url with unused bits set is refused", _spoil_hash),
    ("bom", "a byte order mark is refused", lambda ask: b"\xef\xbb\xbf" + ask),
    ("utf-8", "bytes that are not UTF-8 are refused", lambda ask: ask.replace(b'"net":"', b'"net":"\xff', 1)),
    ("deep", "a value nested too deeply is refused", lambda _: b"[" * 100_000),
    ("cut", "half a value is refused", lambda ask: ask[: len(ask) // 2]),
    ("empty", "nothing at all is refused", lambda _: b""),
)


def _twisted(twist: Callable[[bytes], bytes]) -> Script:
    def script(stage: Stage) -> Talk[None]:
        answer = yield from post(HELLO, twist(stage.main.ask()))
        refused(answer, "malformed", "not_canonical")

    return script


for _name, _says, _twist in TWISTS:
    RULES.rule(f"json-{_name}", "2.2", _says)(_twisted(_twist))


@RULES.rule("card-served", "3.7", "GET /.well-known/ringtausch answers the card's envelope as application/json")
def card_served(stage: Stage) -> Talk[None]:
    answer = yield Request("GET", "/.well-known/ringtausch", headers=NOTHING)
    if answer.status != 200 or not answer.headers.get("content-type", "").startswith("application/json"):
        raise Broken("200 as application/json", f"{answer.headers.get('content-type', '')} {came(answer)}")
    if answer.body == stage.peer.envelope:
        return
    try:
        served = verify_card(answer.body)
    except RemoteError as error:
        raise Broken("a ring-card that verifies", f"{error}: {excerpt(answer.body)}") from None
    if served.card.ring_id != stage.peer.card.ring_id:
        raise Broken(f"the card of {stage.peer.card.ring_id}", served.card.ring_id)


@RULES.rule("http-size", "6.2", "a body above 256 KiB is refused")
def http_size(_stage: Stage) -> Talk[None]:
    answer = yield from post(HELLO, b'{"round":"ask"' + b" " * limits.REQUEST_BYTES)
    refused(answer, "too_large")


@RULES.rule("http-media-type", "6.2", "a body of another type than application/json is refused")
def http_media_type(stage: Stage) -> Talk[None]:
    answer = yield Request("POST", HELLO, stage.main.ask(), {"Content-Type": "text/plain"})
    refused(answer, "media_type")


@RULES.rule("http-path", "6.2", "a path that is not in the table is answered 404")
def http_path(stage: Stage) -> Talk[None]:
    answer = yield from post("/peer/v1/zebra", stage.main.ask())
    if answer.status != status_of("not_found"):
        raise Broken("404 not_found", came(answer))


@RULES.rule("http-method", "6.2", "another method than POST is answered 405")
def http_method(_stage: Stage) -> Talk[None]:
    answer = yield Request("GET", HELLO, headers=NOTHING)
    if answer.status != status_of("method_not_allowed"):
        raise Broken("405 method_not_allowed", came(answer))


@RULES.rule("http-no-redirect", "6.2", "nothing redirects, compresses or sets a cookie")
def http_plain(stage: Stage) -> Talk[None]:
    answer = yield Request(
        "POST", HELLO, stage.main.ask(), {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
    )
    odd = sorted({"location", "content-encoding", "set-cookie"} & answer.headers.keys())
    if odd or 300 <= answer.status < 400:
        raise Broken("no redirect, compression or cookie", f"{answer.status} {', '.join(odd)}")
