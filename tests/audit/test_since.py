# SPDX-License-Identifier: AGPL-3.0-or-later
"""An audit since a day: what is older may be left out of the report, never out of the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import limits
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.audit.report.data import to_json
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.keys import Signer, SigningKey
from tests.audit.exports import Export, write
from tests.audit.liar import Liar
from tests.audit.roads import Land, order_along
from tests.audit.test_sources import codes, run
from tests.vectors.cast import EICHE, LINDE, NOON

LATER = "2999-01-01"
DAY = limits.DOUBT_SECONDS


class FalseHand:
    """Signs in the name of a key that it does not have."""

    def __init__(self, named: SigningKey) -> None:
        self.public = named.public

    def sign(self, _: bytes) -> bytes:
        """A signature of nobody."""
        return bytes(64)


@pytest.fixture
def forged(logs: list[Export], tmp_path: Path) -> Path:
    """Both rings' logs; one frame bears a false signature."""

    def signer(log: Export, payload: dict[str, Any]) -> Signer:
        own = SigningKey(log.seeds["frame"])
        return FalseHand(own) if payload.get("seq") == 2 else own

    return write(tmp_path / "logs", *Liar(logs, signer=signer).tell())


def test_a_fault_stays_a_fault_however_late_the_audit_begins(forged: Path, tmp_path: Path) -> None:
    whole = run(forged, json=tmp_path / "r.json")
    since = run(forged, json=tmp_path / "s.json", since=LATER)

    assert (2, {"bad_signature"}) == (whole[0], set(codes(whole[1])))
    assert (2, codes(whole[1])) == (since[0], codes(since[1]))


def test_an_audit_since_a_day_makes_no_later_one_forget_a_fault(forged: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert 2 == run(forged, json=tmp_path / "r.json", since=LATER, state=state)[0]

    code, result = run(forged, json=tmp_path / "r.json", state=state)
    assert (2, {"bad_signature"}, {}) == (code, set(codes(result)), msgspec.json.decode(state.read_bytes())["heads"])


def doubtful(since: int) -> Result:
    """Eiche's order to Linde has no end two days after its deadline."""
    land = Land()
    order = msgspec.structs.replace(order_along(EICHE, LINDE), created_at=NOON - 3 * DAY, deadline_at=NOON - 2 * DAY)
    land.send(EICHE, LINDE, order)
    return audit(Asked([log.given() for log in land.exports()], since=since))


def test_a_hint_that_is_left_out_weighs_as_much_and_is_counted() -> None:
    result = doubtful(since=NOON + DAY)
    page = to_html(result, "en").decode()

    assert (1, ()) == (result.level, result.findings)
    assert "left out here: 1, of them hints: 1." in page
    assert "Every signature holds" not in page


def test_programs_are_told_the_day_and_what_it_left_out() -> None:
    whole, since = (msgspec.json.decode(to_json(doubtful(since=day))) for day in (0, NOON + DAY))

    assert (0, []) == (whole["since"], whole["earlier"])
    assert (NOON + DAY, whole["findings"]) == (since["since"], since["earlier"])
    assert ("hint", []) == (since["level"], since["findings"])
