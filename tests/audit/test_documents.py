# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents in logs and on lines: who must have signed them, what they may change, and what has no place there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.documents import HelloAck, LineTerms, PeerAgreement
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_HELLO, ENTRY_HELLO_ACK, log_entry
from ringtausch_protocol.items import DocumentItem, Line, Message, Reject
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.letters import TOPICS
from ringtausch_protocol.ring_close import RingClose
from tests.audit.exports import audited
from tests.audit.roads import HOUR, Land, order_along, paid
from tests.vectors import disclosed, payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, Town, id16, sealed
from tests.vectors.disclosed import advert, ring_close

OTHER = "A" * 43


def said(land: Land) -> set[tuple[str, str]]:
    """What an audit of the land says, and of whom."""
    return {(each.code, each.place.ring) for each in audited(*land.exports()).findings}


def logged(land: Land, town: Town, kind: str, value: Wire, *signers: tuple[Town, SigningKey]) -> None:
    """A document in the log of one town, signed by these."""
    signed = sealed(kind, value, *(each.named(key) for each, key in signers))[1]
    land.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))


# -- what ends ---------------------------------------------------------------------------------------------------------


def closing(*peers: Town) -> RingClose:
    """Linde says that its lines to these are over."""
    [line, *_] = ring_close().lines
    lines = [msgspec.structs.replace(line, peer=peer) for peer in sorted(town.id for town in peers)]
    return msgspec.structs.replace(ring_close(), lines=lines)


@pytest.mark.parametrize(
    ("owner", "peers", "signer", "code"),
    [
        (LINDE, (EICHE, BUCHE), LINDE, "closed"), (LINDE, (EICHE,), LINDE, "document_invalid"),
        (LINDE, (EICHE, BUCHE), EICHE, "document_invalid"), (EICHE, (EICHE, BUCHE), LINDE, "document_invalid"),
    ],
)  # fmt: skip
def test_a_ring_closes_by_its_own_word_over_all_its_lines(
    owner: Town, peers: Sequence[Town], signer: Town, code: str
) -> None:
    land = Land()
    logged(land, owner, "ring-close", closing(*peers), (signer, signer.operator))

    assert {(code, owner.id)} == said(land)


def test_a_ring_that_closed_and_is_owed_something_again_is_named() -> None:
    """Linde closes with every line even; then a payment goes to Eiche over its ended line."""
    land = Land()
    logged(land, LINDE, "ring-close", closing(EICHE, BUCHE), (LINDE, LINDE.operator))
    land.send(LINDE, EICHE, order_along(LINDE, EICHE))
    land.send(EICHE, LINDE, paid(order_along(LINDE, EICHE), 1))

    found = [each for each in audited(*land.exports()).findings if each.code == "open_after_closed"]

    amount = order_along(LINDE, EICHE).amount_seconds
    assert [(LINDE.id, EICHE.id, (("amount_seconds", amount),))] == [
        (each.place.ring, each.place.peer, each.evidence) for each in found
    ]


@pytest.mark.parametrize(("signer", "code"), [(LINDE, "written_off"), (EICHE, "document_invalid")])
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_write_off_is_signed_by_who_bears_it(signer: Town, code: str, is_sent: bool) -> None:
    land = Land()
    if is_sent:
        signed = sealed("write-off", disclosed.write_off(), signer.named(signer.operator))[1]
        land.send(LINDE, EICHE, DocumentItem(type_="write-off", envelope=msgspec.Raw(signed)))
    else:
        logged(land, LINDE, "write-off", disclosed.write_off(), (signer, signer.operator))

    assert {(code, LINDE.id)} == said(land)


@pytest.mark.parametrize(("signer", "expected"), [(LINDE, set()), (EICHE, {("document_invalid", LINDE.id)})])
def test_a_proof_of_a_fault_is_signed_by_who_reports_it(signer: Town, expected: set[tuple[str, str]]) -> None:
    land = Land()
    logged(land, LINDE, "fault-proof", payloads.fault_proof(), (signer, signer.frame))

    assert expected == said(land)


def test_a_statement_signed_by_a_stranger_is_none_and_by_one_side_a_proposal() -> None:
    land = Land()
    for signers in ((EICHE,), (EICHE, BUCHE)):
        signed = sealed("statement", payloads.statement(), *(town.named(town.frame) for town in signers))[1]
        land.send(EICHE, LINDE, DocumentItem(type_="statement", envelope=msgspec.Raw(signed)))

    assert {("document_invalid", EICHE.id)} == said(land)


# -- what changes a line -----------------------------------------------------------------------------------------------


def agreed(land: Land, change: Callable[[PeerAgreement], dict[str, Any]]) -> None:
    """Eiche and Linde have signed a second agreement."""
    first = land.agreement(EICHE, LINDE)
    digest = b64(envelope.document_hash("peer-agreement", canonical.encode(first)))
    second = msgspec.structs.replace(first, **{"prev": digest, **change(first)})
    for town in (EICHE, LINDE):
        logged(land, town, "peer-agreement", second, (EICHE, EICHE.operator), (LINDE, LINDE.operator))


def raised(terms: LineTerms, later: int = 1, **more: Any) -> LineTerms:
    """Terms of a later version with twice the limit."""
    return msgspec.structs.replace(terms, version=terms.version + later, limit_seconds=terms.limit_seconds * 2, **more)


CHANGES: dict[str, tuple[bool, Callable[[PeerAgreement], dict[str, Any]]]] = {
    "a limit of a later version": (True, lambda first: {"a_owes": raised(first.a_owes)}),
    "nothing": (True, lambda _: {}),
    "a limit of the same version": (
        False,
        lambda first: {"b_owes": raised(first.b_owes, later=0)},
    ),
    "how many may be open": (False, lambda first: {"a_owes": raised(first.a_owes, holds_max=3)}),
    "the deadline": (False, lambda first: {"deadline_seconds": first.deadline_seconds + 1}),
    "another before it": (False, lambda _: {"prev": OTHER}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_later_agreement_changes_limits_and_nothing_else(change: str) -> None:
    is_good, made = CHANGES[change]
    land = Land()
    agreed(land, made)

    assert ({"agreement_invalid"} if not is_good else set()) == {code for code, _ in said(land)}


def test_an_agreement_of_others_changes_no_line() -> None:
    land = Land()
    both = (EICHE, EICHE.operator), (LINDE, LINDE.operator)
    logged(land, BUCHE, "peer-agreement", land.agreement(EICHE, LINDE), *both)

    assert ("agreement_invalid", BUCHE.id) in said(land)


@pytest.mark.parametrize(
    ("state", "limit", "expected"),
    [("open", HOUR, set()), ("open", HOUR - 60, {"over_caps", "over_limit"}), ("paused", HOUR, {"over_limit"}),
     ("ended", HOUR, {"over_caps", "over_limit"})],
)  # fmt: skip
def test_what_the_creditor_said_last_of_the_line_counts(state: Any, limit: int, expected: set[str]) -> None:
    land = Land()
    land.send(LINDE, EICHE, Line(version=2, limit_seconds=limit, state=state))
    land.send(LINDE, EICHE, Line(version=2, limit_seconds=9 * HOUR, state="open"))  # the same version says nothing new
    order = order_along(EICHE, LINDE)
    land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, paid(order, 1))

    assert expected == {code for code, _ in said(land)}


# -- what has no place there -------------------------------------------------------------------------------------------


def test_documents_and_codes_of_no_kind_are_text() -> None:
    land = Land()
    for item in (
        Reject(seq=1, index=0, code="alma_is_broke"), DocumentItem(type_="letter", envelope=msgspec.Raw(b'{"a":1}'))
    ):  # fmt: skip
        land.send(EICHE, LINDE, item)
    logged(land, BUCHE, "invoice", payloads.invoice(), (BUCHE, BUCHE.frame))

    assert {("free_text", EICHE.id), ("free_text", BUCHE.id)} == said(land)


def test_a_known_reason_and_a_known_topic_are_none() -> None:
    land = Land()
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))
    land.send(EICHE, LINDE, Message(id=id16("letter"), topic=next(iter(TOPICS.values())), body_hash=OTHER))

    assert set() == said(land)


def greeting(kind: str, value: Wire, signer: tuple[Town, SigningKey]) -> bytes:
    """An entry of a hello or its answer."""
    entry = ENTRY_HELLO if kind == "hello" else ENTRY_HELLO_ACK
    return log_entry(entry, (sealed(kind, value, signer[0].named(signer[1]))[1],))


def test_a_greeting_of_others_is_no_entry_and_an_answer_needs_a_hello() -> None:
    land = Land()
    value = payloads.hello(is_first=True)
    standing = payloads.hello_ack().standing
    answer = HelloAck(v=1, net=NET, from_=LINDE.id, to=EICHE.id, nonce=value.nonce, hello=OTHER, standing=standing)
    land.log(BUCHE, greeting("hello", value, (EICHE, EICHE.frame)))
    land.log(EICHE, greeting("hello-ack", answer, (LINDE, LINDE.frame)))

    assert {("bad_entry", BUCHE.id), ("effect_before_cause", EICHE.id)} <= said(land)


def test_a_greeting_under_the_name_of_another_document_and_by_another_key_are_found() -> None:
    land = Land()
    land.log(EICHE, log_entry(ENTRY_HELLO, (sealed("advert", advert(), EICHE.named(EICHE.frame))[1],)))
    land.log(LINDE, greeting("hello", payloads.hello(is_first=True), (EICHE, EICHE.operator)))

    assert {("bad_entry", EICHE.id), ("unknown_key", LINDE.id)} == said(land)
