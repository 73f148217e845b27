# SPDX-License-Identifier: AGPL-3.0-or-later
"""The kit asks whatever answers at a URL, and ends with a word about it, not with whoever answers there."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_protocol.conformance import sending
from ringtausch_protocol.conformance.model import Request
from tests.processes.hostile import server_of
from tests.serving.wire import HOST

CARD = Request("GET", "/.well-known/ringtausch")


@pytest.mark.parametrize("mode", ["slow-head", "slow-body", "silence"])
async def test_an_answer_that_does_not_end_is_cut_off(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.2)
    server = await asyncio.start_server(server_of(mode), HOST, 0)
    send = sending.Sender(f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(send, CARD)
    server.close()
