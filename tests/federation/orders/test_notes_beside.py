# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notes beside payments: to the other side, here and in another ring, shown to both and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR, Actor
from ringtausch_node.payments.model import parse_payment_id
from ringtausch_node.payments.notes import NOTES_MAX
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.letters import PaymentNote
from tests.federation.copies import Copies, ready
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, talk, until

Paid = tuple[Ring, Ring, str]


async def actor_of(ring: Ring, handle: str) -> Actor:
    """A member as his programs come in."""
    return await ring.members.authenticate(await ring.members.token(handle))


@pytest.fixture
async def paid(pair: tuple[Ring, Ring]) -> Paid:
    """Alma of oak has paid Ben of elm an hour."""
    oak, elm = pair
    await talk(oak, elm)
    view = await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)
    assert view.state == "paid"
    return oak, elm, view.payment_id


async def notes_at(ring: Ring, payment: str) -> list[tuple[str, str, str, str | None]]:
    view = await ring.payments.get(payment, OPERATOR)
    return [(note.writer, note.text, note.state, note.code) for note in view.notes]


async def assert_shown(ring: Ring, payment: str, expected: Sequence[tuple[str, str, str, str | None]]) -> None:
    """A ring comes to show these notes."""

    async def does() -> bool:
        return await notes_at(ring, payment) == list(expected)

    with suppress(TimeoutError):
        await until(does)
    assert list(expected) == await notes_at(ring, payment)


async def test_both_sides_write_and_both_rings_show_it(paid: Paid) -> None:
    oak, elm, payment = paid
    await oak.notes.write(payment, "Danke für den Kuchen!", OPERATOR)
    thanks = ("payer", "Danke für den Kuchen!", "delivered", None)
    await assert_shown(elm, payment, [thanks])
    await assert_shown(oak, payment, [thanks])
    await elm.notes.write(payment, "Gern geschehen", await actor_of(elm, "ben"))
    both = [thanks, ("payee", "Gern geschehen", "delivered", None)]
    await assert_shown(oak, payment, both)
    await assert_shown(elm, payment, both)
    assert await faults(oak, elm) == []


async def test_who_received_it_from_another_ring_sees_the_payment(paid: Paid) -> None:
    _, elm, payment = paid
    view = await elm.payments.get(payment, await actor_of(elm, "ben"))
    assert (view.state, view.from_, view.to, view.amount_seconds, view.memo) == (
        "paid", "alma@oak.example", "ben", HOUR, "memo",
    )  # fmt: skip
    await elm.members.add("carl", "Carl")
    with pytest.raises(LocalError, match="not_found"):
        await elm.payments.get(payment, await actor_of(elm, "carl"))


async def test_the_same_note_again_changes_nothing_and_another_text_is_refused(paid: Paid) -> None:
    oak, elm, payment = paid
    note_id = b64(b"\x05" * 16)
    for _ in range(3):
        await oak.notes.write(payment, "Danke", OPERATOR, note_id=note_id)
    await assert_shown(elm, payment, [("payer", "Danke", "delivered", None)])
    with pytest.raises(LocalError, match="id_reused"):
        await oak.notes.write(payment, "Bitte", OPERATOR, note_id=note_id)


async def test_inside_the_ring_both_sides_write(oak: Ring) -> None:
    await oak.members.add("carl", "Carl")
    payment = (await pay(oak, "alma", "carl", HOUR)).payment_id
    await oak.notes.write(payment, "Danke", await actor_of(oak, "alma"))
    await oak.notes.write(payment, "Bitte", await actor_of(oak, "carl"))
    await oak.notes.write(payment, "das Büro", OPERATOR, writer="payee")
    assert await notes_at(oak, payment) == [
        ("payer", "Danke", "delivered", None), ("payee", "Bitte", "delivered", None),
        ("payee", "das Büro", "delivered", None),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "x" * 401, "zwei\nZeilen", "a\u0308", "\u202eumgedreht", "\x00"])
async def test_a_text_that_cannot_be_shown_is_refused(paid: Paid, text: str) -> None:
    oak, _, payment = paid
    with pytest.raises(LocalError, match="note"):
        await oak.notes.write(payment, text, OPERATOR)
    assert await notes_at(oak, payment) == []


async def test_four_hundred_letters_of_any_script_arrive(paid: Paid) -> None:
    oak, elm, payment = paid
    await oak.notes.write(payment, "🙂" * 400, OPERATOR)
    await assert_shown(elm, payment, [("payer", "🙂" * 400, "delivered", None)])


async def test_only_who_may_act_for_a_side_writes_for_it(paid: Paid) -> None:
    oak, elm, payment = paid
    for handle, role in (("carl", "member"), ("rita", "auditor")):
        await oak.members.add(handle, handle.title(), role)
    with pytest.raises(LocalError, match="not_found"):
        await oak.notes.write(payment, "x", await actor_of(oak, "carl"))
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.notes.write(payment, "x", await actor_of(oak, "rita"))
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.notes.write(payment, "x", await actor_of(oak, "alma"), writer="payee")
    with pytest.raises(LocalError, match="not_allowed"):
        await elm.notes.write(payment, "x", await actor_of(elm, "ben"), writer="payer")
    await oak.members.helping.grant("carl", "alma")
    await oak.notes.write(payment, "für Alma", await actor_of(oak, "carl"))
    await assert_shown(elm, payment, [("payer", "für Alma", "delivered", None)])


async def test_nothing_is_written_about_what_has_not_left_or_was_refused(paid: Paid, towns: Towns) -> None:
    oak, elm, _ = paid
    refused = await end_of(oak, (await pay(oak, "alma", "nobody@elm.example", 60)).payment_id)
    await oak.federation.stop()
    await elm.federation.stop()
    line_of(oak, elm).is_away = True
    queued = await pay(oak, "alma", "ben@elm.example", 60)
    assert (refused.state, queued.state) == ("refused", "queued")
    for view in (refused, queued):
        with pytest.raises(LocalError, match="no_note"):
            await oak.notes.write(view.payment_id, "x", OPERATOR)


async def test_a_side_writes_so_many_notes_and_no_more(paid: Paid) -> None:
    oak, _, payment = paid
    for number in range(NOTES_MAX):
        await oak.notes.write(payment, f"{number}", OPERATOR)
    with pytest.raises(LocalError, match="too_many_notes"):
        await oak.notes.write(payment, "noch eine", OPERATOR)


@pytest.mark.parametrize("writer", ["payer", "payee"])
async def test_a_note_about_a_payment_that_is_none_of_theirs_is_refused(paid: Paid, writer: str) -> None:
    """Oak's program is not honest: it writes about a payment inside elm, and about one that nobody made."""
    oak, elm, payment = paid
    await elm.members.add("carl", "Carl")
    inside = (await pay(elm, "ben", "carl", 60)).payment_id
    line, topic = line_of(oak, elm), "payment_note"
    for number, about in enumerate((inside, b64(b"\x09" * 16), payment if writer == "payee" else inside)):
        body = PaymentNote(payment_id=about, writer=writer, text="gelogen")  # type: ignore[arg-type]
        note_id = bytes([number + 1]) * 16
        await oak.store.write(
            lambda tx, body=body, note_id=note_id: oak.federation.mail.send(tx, line, topic, note_id, body)  # type: ignore[misc]
        )

        async def is_refused(note_id: bytes = note_id) -> bool:
            found = await oak.store.read(lambda tx: oak.federation.mail.standing(tx, line, topic, note_id))
            return found is not None and (found.state, found.code) == ("refused", "unknown_order")

        await until(is_refused)
    assert await notes_at(elm, inside) == []
    assert await notes_at(elm, payment) == []


async def test_a_note_that_the_other_ring_does_not_take_is_shown_as_such(paid: Paid) -> None:
    oak, elm, payment = paid
    del elm.federation.mail._readers["payment_note"]  # an older version
    await oak.notes.write(payment, "Danke", OPERATOR)
    await assert_shown(oak, payment, [("payer", "Danke", "refused", "unsupported")])


async def test_a_note_waits_for_a_ring_that_is_away(paid: Paid, towns: Towns) -> None:
    oak, elm, payment = paid
    towns.network.cut.add("elm")
    await oak.notes.write(payment, "Danke", OPERATOR)
    assert await notes_at(oak, payment) == [("payer", "Danke", "waiting", None)]
    towns.network.heal()
    await assert_shown(elm, payment, [("payer", "Danke", "delivered", None)])


@pytest.mark.parametrize("lost", ["oak", "elm"])
async def test_what_another_ring_wrote_comes_back_after_a_restore(
    paid: Paid, towns: Towns, copies: Copies, lost: str
) -> None:
    _, _, payment = paid
    await copies.take(lost)
    rings = towns.network.rings
    await ready(*rings.values())
    both = [("payer", "Danke", "delivered", None), ("payee", "Bitte", "delivered", None)]
    await rings["oak"].notes.write(payment, "Danke", OPERATOR)
    await assert_shown(rings["elm"], payment, both[:1])  # so that both rings have them in one order
    await rings["elm"].notes.write(payment, "Bitte", OPERATOR)
    for ring in rings.values():
        await assert_shown(ring, payment, both)
    restored = await copies.put_back(lost, mark=True)
    await restored.federation.start()
    await ready(*rings.values())
    theirs = [note for note in both if (note[0] == "payer") == (lost == "elm")]
    await assert_shown(restored, payment, theirs)
    other = rings["elm" if lost == "oak" else "oak"]
    await assert_shown(other, payment, both)  # delivered once more: what the copy had not acked comes to it as always
    assert await faults(*rings.values()) == []
    await restored.notes.write(payment, "wieder da", OPERATOR)
    await assert_shown(other, payment, [*both, ("payer" if lost == "oak" else "payee", "wieder da", "delivered", None)])


async def test_an_id_made_up_by_another_ring_shows_nobody_a_payment_of_ours(paid: Paid) -> None:
    """Elm pays under the id of a payment inside oak: each sees his own."""
    oak, elm, _ = paid
    await oak.members.add("carl", "Carl")
    inside = (await pay(oak, "alma", "carl", 60)).payment_id
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 90, inside)).payment_id)).state == "paid"
    seen = await oak.payments.get(inside, await actor_of(oak, "carl"))
    assert (seen.from_, seen.amount_seconds) == ("alma", 60)
    await elm.notes.write(inside, "von Ben", OPERATOR)
    await oak.members.add("dora", "Dora")
    with pytest.raises(LocalError, match="not_found"):
        await oak.payments.get(inside, await actor_of(oak, "dora"))
    assert parse_payment_id(inside)
    assert await notes_at(oak, inside) == []
