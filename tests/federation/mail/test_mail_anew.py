# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages on a line that begins anew, or is over for good: none is lost without a word."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Tx
from tests.federation.copies import ready
from tests.federation.mail.test_mail import Box, boxes, send, standing, stands
from tests.federation.reset.test_reset import has_theirs
from tests.federation.towns import Towns, faults, line_of, talk, until


async def _has(box: Box, text: str) -> bool:
    return text in box.heard


async def _sign(elm: Ring, oak: Ring) -> None:
    """Elm hears oak's proposal and signs it."""
    line_of(oak, elm).was_met()
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)


async def test_messages_that_wait_leave_in_the_new_epoch(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await oak.federation.resets.propose("elm.example")
    await send(oak, elm, "Hallo")
    assert await standing(oak, elm) == ("waiting", None)
    await _sign(elm, oak)
    await stands(oak, elm, ("delivered", None))
    assert at_elm.heard == ["Hallo"]
    assert await faults(oak, elm) == []


@pytest.mark.parametrize("is_heard", [False, True])
async def test_messages_in_frames_that_became_void_are_sent_again_and_read_once(
    pair: tuple[Ring, Ring], towns: Towns, is_heard: bool
) -> None:
    """Of a sealed frame nobody knows whether it arrived: it goes again with the same box."""
    oak, elm = pair
    _, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await send(oak, elm, "vorher", b"\x01" * 16)
    await until(partial(_has, at_elm, "vorher"))
    await stands(oak, elm, ("delivered", None), message_id=b"\x01" * 16)
    if is_heard:
        towns.network.lose_answer = lambda post: post.path.endswith("frames")
        await elm.federation.stop()  # elm hears, and oak does not learn that
    else:
        towns.network.cut.add("elm")
    await send(oak, elm, "Hallo")
    if is_heard:
        await until(partial(_has, at_elm, "Hallo"))
    await oak.federation.resets.propose("elm.example")
    assert await standing(oak, elm) == ("waiting", None)
    towns.network.heal()
    towns.network.lose_answer = lambda post: False
    await elm.federation.start()
    await _sign(elm, oak)
    await send(oak, elm, "Ende", b"\x08" * 16)
    await until(partial(_has, at_elm, "Ende"))
    await stands(oak, elm, ("delivered", None))
    assert at_elm.heard == ["vorher", "Hallo", "Ende"]
    assert await faults(oak, elm) == []


async def test_messages_to_a_ring_that_was_given_up_are_said_to_be_lost(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    at_oak, at_elm = boxes(oak, elm)
    await talk(oak, elm)
    await send(oak, elm, "angekommen", b"\x01" * 16)
    await stands(oak, elm, ("delivered", None), message_id=b"\x01" * 16)
    await towns.network.fall_silent("elm")
    await send(oak, elm, "in a frame", b"\x02" * 16)
    line_of(oak, elm).out_of_step()
    await send(oak, elm, "in none", b"\x03" * 16)
    old = (await oak.federation.giving_up.give_up("elm.example"))[0].address
    assert old.startswith("elm.example~")
    line = oak.federation.lines.by_address(old)
    assert line is not None
    mail_of = oak.federation.mail.standing
    found = [await oak.store.read(partial(_standing, mail_of, line, bytes([number]) * 16)) for number in (1, 2, 3)]
    assert found == [("delivered", None), ("refused", "given_up"), ("refused", "given_up")]
    assert (at_oak.refusals, at_elm.heard) == (["given_up", "given_up"], ["angekommen"])
    assert await faults(oak) == []


def _standing(mail_of: Any, line: Line, message_id: bytes, tx: Tx) -> tuple[str, str | None]:
    found = mail_of(tx, line, "words", message_id)
    return found.state, found.code
