# SPDX-License-Identifier: AGPL-3.0-or-later
"""schemathesis reads our description and asks what it allows and what it forbids; no answer is 5xx or undescribed.

`make fuzz-api REQUESTS=100000` is the long run: the same, with so many requests in all.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ringtausch_node.api.openapi import OPERATIONS, description
from tests.api.conftest import Api

CASES = [
    *((operation.name, GenerationMode.POSITIVE) for operation in OPERATIONS),
    *((operation.name, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation.body or operation.parameters),
]
#: Requests per operation and mode: a few here, and what `make fuzz-api` asks for there.
EXAMPLES = max(30, int(os.environ.get("FUZZ_API_REQUESTS", "0")) // len(CASES))
#: What no pattern can say: an address that mail can reach, a password that is none of a few letters, printable words.
BY_RULE = ("setEmail", "setPassword", "report", "issueToken")


@pytest.mark.filterwarnings("ignore")  # of schemathesis and what it brings
@pytest.mark.parametrize(("name", "mode"), CASES, ids=lambda value: value)
async def test_whatever_is_asked_is_answered_as_described(oak: Api, name: str, mode: GenerationMode) -> None:
    await oak.pay()
    operation = schemathesis.openapi.from_file(description().decode()).find_operation_by_id(name)
    url, headers = f"http://127.0.0.1:{oak.port}", {"Authorization": f"Bearer {oak.tokens['alma']}"}
    excluded = [positive_data_acceptance] if name in BY_RULE else []
    await asyncio.to_thread(_ask, operation.as_strategy(generation_mode=mode), url, headers, excluded)


def _ask(strategy: Any, url: str, headers: dict[str, str], excluded: list[Any]) -> None:
    """schemathesis' client blocks, so it has a thread of its own."""

    # No deadline: a busy machine is no finding.
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(case=strategy)
    def ask(case: Any) -> None:
        # To JSON Schema 5.0 is an integer, to us it is not: amounts are written one way only.
        numbers = ("amount_seconds", "days")
        assume(not (isinstance(case.body, dict) and any(isinstance(case.body.get(name), float) for name in numbers)))
        case.call_and_validate(base_url=url, headers=headers, timeout=10, excluded_checks=excluded)

    ask()
