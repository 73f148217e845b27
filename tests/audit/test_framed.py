# SPDX-License-Identifier: AGPL-3.0-or-later
"""A liar writes into its log what an honest ring never signed: the liar is named, and nobody else."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_protocol import frames
from ringtausch_protocol.documents import Head, Hello
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_HELLO, log_entry
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Decision, Item, Offer, Reject, encode_item
from ringtausch_protocol.keys import SigningKey, key_id
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.audit.test_given_up import logged_close
from tests.audit.test_keys import revoking_card
from tests.audit.test_some_logs import accused, pays
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Town, chance, hash32, header_for, sealed

NOBODY = SigningKey(chance("nobody"))
#: Under which name the liar signs for the other: that of its frame key, or of a key on none of its cards.
NAMES = {"bad_signature": key_id(EICHE.id, EICHE.frame.public), "unknown_key": key_id(EICHE.id, NOBODY.public)}
CODES = list(NAMES)


def forged(land: Land, item: Item, code: str, *, to: Town = LINDE, seq: int | None = None, size: int = -1) -> Frame:
    """A frame of Eiche's to Linde that Eiche never signed. `size`: its place in Eiche's log, from the end."""
    data, road, back = [encode_item(item)], land.roads[EICHE.id, to.id], land.roads[to.id, EICHE.id]
    head = Head(log=1, size=land.trees[EICHE.id].size + size, root=hash32("any"))
    header = header_for(
        EICHE, to, data, seq=seq or road.seq + 1, prev=road.hash, ack_seq=back.seq, ack_hash=back.hash, head=head,
        at=NOON,
    )  # fmt: skip
    return frames.seal_frame(header, data, NAMES[code], NOBODY)


def liars_land(*, is_restored: bool) -> Land:
    """Eiche has paid Linde an hour; Linde, who lies, shows its second log perhaps."""
    land = Land()
    pays(land, EICHE, LINDE, 1)
    if is_restored:
        land.restore(LINDE)
    return land


@pytest.mark.parametrize("is_restored", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_a_frame_that_the_other_ring_never_signed_is_the_word_of_nobody(*, code: str, is_restored: bool) -> None:
    """One that stands in no other log, and one at the place of a true one."""
    for seq in (None, 1):
        land = liars_land(is_restored=is_restored)
        land.log(LINDE, forged(land, Reject(seq=1, index=0, code="malformed"), code, seq=seq).entry())

        assert {(code, LINDE.id)} == accused(*land.exports())


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_another_decision_in_the_name_of_the_payee_s_ring_accuses_who_wrote_it(*, code: str, is_first: bool) -> None:
    """Linde owes Eiche an hour, and says that Eiche refused it; whichever log is read first."""
    land = Land()
    order = order_along(LINDE, EICHE)
    land.send(LINDE, EICHE, order)
    refused: Decision = paid(order, 1, "refused")
    land.log(LINDE, forged(land, refused, code).entry())
    land.send(EICHE, LINDE, paid(order, 1))
    logs = land.exports()

    assert {LINDE.id} == {ring for _, ring in accused(*(logs if is_first else reversed(logs)))}


@pytest.mark.parametrize("is_restored", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_an_order_that_its_payer_never_signed_accuses_who_hands_it_on(*, code: str, is_restored: bool) -> None:
    land = liars_land(is_restored=is_restored)
    shown = cut_out(forged(land, order_along(EICHE, LINDE, BUCHE), code))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))

    assert {LINDE.id} == {ring for _, ring in accused(*land.exports())}


@pytest.mark.parametrize("is_restored", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_a_hello_that_the_other_ring_never_signed_tells_nothing_of_it(*, code: str, is_restored: bool) -> None:
    """It names a head of Eiche's log that never was, and says that Eiche's boot signs under another card."""
    land = liars_land(is_restored=is_restored)
    hello: Hello = payloads.hello(is_first=True)
    head = Head(log=1, size=1, root=hash32("never"))
    standing = msgspec.structs.replace(hello.standing, own_head=head)
    value = msgspec.structs.replace(hello, from_=EICHE.id, to=LINDE.id, standing=standing)
    land.log(LINDE, log_entry(ENTRY_HELLO, (sealed("hello", value, (NAMES[code], NOBODY))[1],)))
    pays(land, EICHE, LINDE, 2)

    assert {(code, LINDE.id)} == accused(*land.exports())


def test_a_hello_under_a_card_that_nobody_has_is_its_holder_s() -> None:
    land = Land()
    hello: Hello = payloads.hello(is_first=True)
    standing = msgspec.structs.replace(hello.standing, card=hash32("no card"))
    value = msgspec.structs.replace(hello, from_=EICHE.id, to=LINDE.id, standing=standing)
    land.log(LINDE, log_entry(ENTRY_HELLO, (sealed("hello", value, (NAMES["unknown_key"], NOBODY))[1],)))

    assert {("greeting_invalid", LINDE.id)} == accused(*land.exports())


def test_a_hello_in_another_ring_s_name_under_a_card_of_its_holder_is_its_holder_s() -> None:
    """Linde has signed it, with its own key, as its own card says; but the head that it names is one of Eiche's."""
    land = Land()
    hello: Hello = payloads.hello(is_first=True)
    head = Head(log=1, size=1, root=hash32("never"))
    standing = msgspec.structs.replace(hello.standing, card=LINDE.card.hash, own_head=head)
    value = msgspec.structs.replace(hello, from_=EICHE.id, to=LINDE.id, standing=standing)
    land.log(LINDE, log_entry(ENTRY_HELLO, (sealed("hello", value, LINDE.named(LINDE.frame))[1],)))

    assert {("greeting_invalid", LINDE.id)} == accused(*land.exports())


@pytest.mark.parametrize("code", CODES)
def test_what_follows_a_frame_that_nobody_signed_is_not_held_against_the_other_ring(code: str) -> None:
    """Linde has spoiled an order of Eiche's; that it was paid, and what comes then, is true."""
    land = Land((EICHE, LINDE))
    order = order_along(EICHE, LINDE)
    place = len(land.logs[LINDE.id])
    sent = land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, paid(order, 1))
    pays(land, EICHE, LINDE, 2, seconds=2 * HOUR)
    spoiled = frames.seal_frame(sent.header, list(sent.items), NAMES[code], NOBODY)
    log = land.export(LINDE)
    log.entries[place] = spoiled.entry()

    assert {(code, LINDE.id), ("head_differs", LINDE.id)} == accused(land.export(EICHE), log)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("payer", "payee"), [(EICHE, LINDE), (LINDE, EICHE)])
def test_a_decision_of_an_order_that_its_holder_has_spoiled_is_no_second_fault(
    payer: Town, payee: Town, code: str
) -> None:
    """By Linde's log alone: its own decision, and Eiche's of an order of Linde's."""
    land = Land((EICHE, LINDE))
    order = order_along(payer, payee)
    place = len(land.logs[LINDE.id])
    sent = land.send(payer, payee, order)
    land.send(payee, payer, paid(order, 1))
    key = NOBODY.public if code == "unknown_key" else payer.frame.public
    spoiled = frames.seal_frame(sent.header, list(sent.items), key_id(payer.id, key), NOBODY)
    log = land.export(LINDE)
    log.entries[place] = spoiled.entry()

    spoils = ("head_differs", LINDE.id)  # where Linde has said later what its log was
    assert {(code, LINDE.id)} == accused(log) - {spoils}


def test_a_frame_by_a_key_that_may_be_known_by_what_is_missing_accuses_nobody() -> None:
    """It says that it stands behind the end of Eiche's log, which was fetched early; a true one has its place."""
    land = liars_land(is_restored=True)
    land.log(LINDE, forged(land, Reject(seq=1, index=0, code="malformed"), "unknown_key", seq=1, size=9).entry())

    assert set() == accused(*land.exports())


def test_an_item_that_does_not_stand_under_its_header_is_none_also_where_the_key_is_not_known() -> None:
    land = liars_land(is_restored=True)
    shown = cut_out(forged(land, order_along(EICHE, LINDE, BUCHE), "unknown_key", size=9))
    other = encode_item(msgspec.structs.replace(order_along(EICHE, LINDE, BUCHE), amount_seconds=2 * HOUR))
    land.send(LINDE, BUCHE, Offer(index=1, order=msgspec.structs.replace(shown, item=msgspec.Raw(other))))

    assert {("order_changed", LINDE.id)} == accused(land.export(LINDE))


@pytest.mark.parametrize(("last", "named"), [(6, BUCHE), (7, EICHE)])
def test_an_order_under_a_key_that_was_revoked_accuses_who_hands_it_on(last: int, named: Town) -> None:
    """A thief has Eiche's frame key, whose last frame to Buche Eiche has named. The last one is still Eiche's word."""
    land = Land()
    data = [encode_item(order_along(EICHE, BUCHE, LINDE))]
    header = header_for(EICHE, BUCHE, data, seq=7, head=Head(log=1, size=0, root=hash32("any")))
    stolen = frames.seal_frame(header, data, *EICHE.named(EICHE.frame))
    for town in (EICHE, LINDE):
        land.log(town, log_entry(ENTRY_DOCUMENT, (revoking_card(last),)))
    land.send(BUCHE, LINDE, Offer(index=1, order=cut_out(stolen)))

    assert {("effect_before_cause", BUCHE.id), ("order_changed", named.id)} == accused(*land.exports())


def test_an_order_that_its_payer_has_lost_is_void_and_hidden_by_nobody() -> None:
    """A mirror has Eiche's first log to its end; Eiche came back from before the order, and closed it there."""
    land = Land()
    size = len(land.logs[EICHE.id])
    shown = cut_out(land.send(EICHE, LINDE, order_along(EICHE, LINDE, BUCHE)))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    mirrored = land.export(EICHE)
    land.lose(EICHE, size)
    land.restore(EICHE)

    assert set() == accused(mirrored, land.export(EICHE), land.export(BUCHE))


@pytest.mark.parametrize("is_first", [True, False])
def test_who_claims_what_another_ring_was_paid_is_named_whichever_log_is_read_first(*, is_first: bool) -> None:
    """Linde pays Buche; Eiche says to Linde that it has taken that payment, and hides the frame."""
    land = Land()
    order = order_along(LINDE, BUCHE)
    land.send(LINDE, BUCHE, order)
    land.send(BUCHE, LINDE, paid(order, 1))
    size = len(land.logs[EICHE.id])
    land.send(EICHE, LINDE, msgspec.structs.replace(paid(order, 1), by=EICHE.id))
    land.lose(EICHE, size)
    logs = land.exports()

    assert {("effect_before_cause", EICHE.id)} == accused(*(logs if is_first else reversed(logs)))


BOTH = [LINDE.named(LINDE.operator), EICHE.named(EICHE.operator)]
NOBODYS = [(NAMES["unknown_key"], NOBODY)]


@pytest.mark.parametrize(
    ("named", "is_given", "expected"),
    [
        (BOTH, True, set()), (BOTH[:1], True, {"reset_invalid"}), (BOTH[:1] + NOBODYS, True, {"reset_invalid"}),
        (BOTH + NOBODYS, True, {"reset_invalid"}), (BOTH, False, set()), (BOTH[:1], False, {"reset_invalid"}),
        (BOTH[:1] + NOBODYS, False, set()), (BOTH + NOBODYS, False, {"reset_invalid"}),
    ],
)  # fmt: skip
def test_a_new_beginning_that_the_other_ring_never_signed_is_found_in_a_second_log_too(
    named: list[tuple[str, SigningKey]], expected: set[str], *, is_given: bool
) -> None:
    """Linde, who lies, adds a key in Eiche's name. Where no log of Eiche's is here, it may be of its next card."""
    land = liars_land(is_restored=False)
    land.restore(LINDE, EICHE)
    old = land.agreement(EICHE, LINDE).epoch
    value = msgspec.structs.replace(payloads.epoch_reset(), old_epoch=old, holds=[], evidence=[])
    land.log(LINDE, log_entry(ENTRY_DOCUMENT, (sealed("epoch-reset", value, *named)[1],)))
    given = [land.export(LINDE), *([land.export(EICHE)] if is_given else [])]

    assert expected == {code for code, _ in accused(*given)}


def test_a_balance_that_nobody_is_known_to_have_signed_makes_no_sum_known() -> None:
    """Linde closes the line with another rest than the balance over which it is said to have begun anew."""
    land = Land((LINDE, BUCHE))
    land.restore(LINDE)
    land.begin_anew(LINDE, BUCHE, balance_seconds=HOUR)
    logged_close(land, 0, LINDE, owner=LINDE, peer=BUCHE)

    assert set() == accused(land.export(LINDE))
