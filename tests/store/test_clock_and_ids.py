# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import uuid

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import SystemIds, parse_uuid
from ringtausch_node.members.model import parse_form_number
from ringtausch_node.payments.model import parse_payment_id

NUMBER = "0190a3c4-0000-7000-8000-0123456789ab"


class StandingClock:
    def __init__(self, now: int) -> None:
        self.seconds = now

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return 0.0


def test_the_system_clock_tells_whole_seconds_and_never_goes_back() -> None:
    clock = SystemClock()
    assert int is type(clock.now())
    assert clock.monotonic() <= clock.monotonic()


def test_ids_are_uuids_of_version_7_with_the_clocks_time() -> None:
    ids = SystemIds(StandingClock(1_800_000_000))
    one = uuid.UUID(bytes=ids.uuid7())
    assert 7 == one.version
    assert uuid.RFC_4122 == one.variant
    assert 1_800_000_000_000 == one.int >> 80


def test_ids_ascend_within_a_second_and_when_the_clock_jumps_back() -> None:
    clock = StandingClock(1_800_000_000)
    ids = SystemIds(clock)
    made = [ids.uuid7() for _ in range(10_000)]
    clock.seconds -= 3600
    made += [ids.uuid7() for _ in range(10)]
    clock.seconds += 7200
    made += [ids.uuid7()]
    assert sorted(set(made)) == made
    assert (1_800_003_600_000).to_bytes(6, "big") == made[-1][:6]


def test_chance_has_the_size_asked_for_and_jitter_is_below_one() -> None:
    ids = SystemIds(StandingClock(0))
    assert [0, 16, 32] == [len(ids.random(size)) for size in (0, 16, 32)]
    assert ids.random(16) != ids.random(16)
    assert all(0 <= ids.jitter() < 1 for _ in range(100))


@pytest.mark.parametrize("text", [NUMBER, NUMBER.upper()])
def test_a_uuid_is_read_in_small_and_capital_letters(text: str) -> None:
    assert {uuid.UUID(NUMBER).bytes} == {parse_uuid(text), parse_payment_id(text), parse_form_number(text)}


@pytest.mark.parametrize(
    "text",
    ["", "x" * 36, NUMBER.replace("-", ""), f"{{{NUMBER}}}", f"urn:uuid:{NUMBER}", "1_" * 15 + "12----", f"{NUMBER}\n",
     "\uff10190a3c4-0000-7000-8000-0123456789ab", "0190ac0-34000-7000-8000-0123456789ab"],
)  # fmt: skip
def test_no_id_is_read_from_another_way_of_writing_one(text: str) -> None:
    for read in (parse_payment_id, parse_form_number):
        with pytest.raises(LocalError):
            read(text)
