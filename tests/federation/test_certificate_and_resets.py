# SPDX-License-Identifier: AGPL-3.0-or-later
"""A closing certificate and a new beginning of a line exclude each other (SPEC.md 5.4, 5.6)."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import HOUR, faults, until


async def _sees(ring: Ring, other: Ring) -> bool:
    return (await ring.federation.resets.view(other.config.address)).theirs is not None


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def _stands(ring: Ring) -> tuple[bool, bool]:
    """Whether a new beginning is proposed on the only line, and whether all is over."""
    view = await ring.winding_down.view()
    (claim,) = view.claims
    return claim.is_proposed, view.is_over


async def test_nothing_is_certified_while_a_new_beginning_is_proposed_by_either_side(
    open_pair: tuple[Ring, Ring],
) -> None:
    oak, elm = open_pair
    await oak.winding_down.begin()
    await until(partial(_is_over, oak))
    await oak.federation.resets.propose("elm.example", HOUR)
    assert await _stands(oak) == (True, False)
    with pytest.raises(LocalError, match="reset_open"):
        await oak.winding_down.close()
    await until(partial(_sees, elm, oak))
    await elm.federation.resets.propose("oak.example", 0)  # instead of ours
    await until(partial(_sees, oak, elm))
    with pytest.raises(LocalError, match="reset_open"):
        await oak.winding_down.close()
    await oak.federation.resets.sign("elm.example")
    assert await _stands(oak) == (False, True)
    assert (await oak.winding_down.close()).document is not None
    assert await faults(oak, elm) == []


async def test_after_the_certificate_no_line_is_begun_anew(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await oak.winding_down.begin()
    await until(partial(_is_over, oak))
    closed = await oak.winding_down.close()
    with pytest.raises(LocalError, match="ring_closed"):
        await oak.federation.resets.propose("elm.example", HOUR)
    await elm.federation.resets.propose("oak.example", -HOUR)
    await until(partial(_sees, oak, elm))
    with pytest.raises(LocalError, match="ring_closed"):
        await oak.federation.resets.sign("elm.example")
    assert await _stands(oak) == (False, True)
    assert (await oak.winding_down.view()).document == closed.document
    assert await faults(oak, elm) == []
