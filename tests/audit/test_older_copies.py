# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of a log from before says nothing against its ring, and hides nothing that is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.state import Remembered, parse_state, state_after
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.items import Reject
from tests.audit.exports import Export, audited
from tests.audit.roads import Land
from tests.audit.test_framed import CODES, forged
from tests.audit.test_some_logs import pays
from tests.vectors.cast import EICHE, LINDE

# -- shorter than at the last audit ------------------------------------------------------------------------------------


def kept_after(*logs: Export) -> Mapping[str, LogHead]:
    """What an audit of these logs remembers."""
    return parse_state(state_after(Remembered(), audited(*logs))).heads


def going_on(heads: Mapping[str, LogHead], *logs: Export) -> Result:
    """An audit that knows what an earlier one has checked."""
    return audit(Asked([log.given() for log in logs], remembered=heads))


def told(result: Result, level: Level) -> set[tuple[str, str]]:
    """Code and ring of all that weighs so much."""
    return {(each.code, each.place.ring) for each in result.findings if each.level == level}


def shorter(log: Export, by: int = 1) -> Export:
    """A copy without the last entries."""
    return replace(log, entries=log.entries[:-by])


def test_an_older_mirror_is_no_fault_in_an_audit_that_goes_on_and_the_longer_log_stays_known() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    eiche, linde = land.exports()
    heads = kept_after(eiche, linde)
    result = going_on(heads, eiche, shorter(linde))

    assert (set(), True) == (told(result, Level.FINDING), ("log_shrunk", LINDE.id) in told(result, Level.HINT))
    assert heads == parse_state(state_after(Remembered(heads), result)).heads


def test_the_closed_log_alone_of_a_ring_that_was_put_back_is_no_fault() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    heads = kept_after(*land.exports())
    land.lose(LINDE, len(land.logs[LINDE.id]) - 1)
    land.restore(LINDE)
    result = going_on(heads, *land.closed, land.export(EICHE))

    assert (set(), {("log_shrunk", LINDE.id)}) == (told(result, Level.FINDING), told(result, Level.HINT) - BEHIND)


#: What an audit says of the end of an older copy.
BEHIND = {("log_behind", LINDE.id)}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("has_next", [False, True])
def test_what_an_earlier_audit_has_checked_is_not_believed_of_a_shorter_log(code: str, *, has_next: bool) -> None:
    """Linde takes the end of its log out, and shows there what Eiche never signed."""
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    size = len(land.logs[LINDE.id])
    pays(land, EICHE, LINDE, 2)
    heads = kept_after(*land.exports())
    land.lose(LINDE, size)
    land.log(LINDE, forged(land, Reject(seq=1, index=0, code="malformed"), code, seq=2).entry())
    if has_next:
        land.restore(LINDE)
    result = going_on(heads, *land.closed, *land.exports())

    assert (code, LINDE.id) in told(result, Level.FINDING)
