# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ring under test says by itself: to rings of this run, and on and on to those of an earlier one."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import JSON, Heard
from ringtausch_protocol.conformance.rule import Outcome, play
from ringtausch_protocol.conformance.rules import calls
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES, HELLO
from ringtausch_protocol.posts import Have, Post
from ringtausch_protocol.requests import Ask
from tests.conformance.test_taking import asks_nothing
from tests.vectors import payloads
from tests.vectors.cast import EICHE, NOON, chance, hash32

ALL = ("calls-names", "calls-token")


def stage_of(run: str, url: str = "http://x") -> Stage:
    numbers = itertools.count()
    return Stage([payloads.invitation()], EICHE.card, lambda size: chance(f"{run} {next(numbers)}", size), _noon, url)


def _noon() -> int:
    return NOON


def ask(line: KitLine, **changes: Any) -> tuple[str, Wire]:
    """As the ring under test asks on a line on which nothing was said yet."""
    true = canonical.parse(line.ask(), Ask, 10_000)
    named = msgspec.structs.replace(true, from_=EICHE.id, to=line.ring.ring_id)
    return HELLO, msgspec.structs.replace(named, **changes)


def posts(line: KitLine, **changes: Any) -> tuple[str, Wire]:
    have = Have(epoch=line.agreement.epoch, seq=0, hash=line.first)
    true = Post(token=min(line.tokens), have=have, frames=[], boxes=[], notes=[])
    return FRAMES, msgspec.structs.replace(true, **changes)


def judge(stage: Stage, *said: tuple[str, Wire]) -> dict[str, Outcome]:
    """What becomes of the rules about names and tokens."""
    stage.heard = [Heard(path, JSON["Content-Type"], canonical.encode(each)) for path, each in said]
    told = (play(rule, stage, asks_nothing) for rule in calls.RULES if rule.id in ALL)
    return {each.rule.id: each.outcome for each in told}


def test_what_is_said_to_rings_of_an_earlier_run_is_no_fault() -> None:
    now, earlier = stage_of("now"), stage_of("earlier")

    assert dict.fromkeys(ALL, Outcome.UNJUDGED) == judge(now, ask(earlier.main), posts(earlier.main))
    told = [ask(earlier.main), posts(earlier.main), ask(now.main), posts(now.main)]
    assert dict.fromkeys(ALL, Outcome.HELD) == judge(now, *told)


@pytest.mark.parametrize(
    ("url", "before", "outcome"),
    [
        ("http://x/kit", "/kit", Outcome.HELD), ("http://x/a/kit/", "/a/kit", Outcome.HELD),
        ("http://x/peer", "/peer", Outcome.HELD), ("http://x/peer", "", Outcome.HELD),
        ("http://x/kit", "/other", Outcome.UNJUDGED), ("http://x", "/kit", Outcome.UNJUDGED),
    ],
)  # fmt: skip
def test_what_comes_beneath_the_folder_of_the_kit_is_judged_whether_or_not_a_server_takes_the_folder_off(
    url: str, before: str, outcome: Outcome
) -> None:
    now = stage_of("now", url)

    told = [(f"{before}{path}", body) for path, body in (ask(now.main), posts(now.main))]
    assert dict.fromkeys(ALL, outcome) == judge(now, *told)


@pytest.mark.parametrize("field", ["to", "net", "from_"])
def test_a_question_on_a_line_of_this_run_that_names_another_ring_is_broken(field: str) -> None:
    now, wrong = stage_of("now"), {"net": "another-net"}.get(field, stage_of("earlier").main.ring.ring_id)

    assert Outcome.BROKEN is judge(now, ask(now.main, **{field: wrong}))["calls-names"]


def test_a_post_on_a_line_of_this_run_with_another_token_is_broken() -> None:
    now = stage_of("now")

    assert Outcome.BROKEN is judge(now, posts(now.main, token=hash32("another")))["calls-token"]
