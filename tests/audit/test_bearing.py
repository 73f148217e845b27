# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who bears what is told once, whichever logs tell it: orders written off, and hours that both agreed to waive."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.model import Finding
from ringtausch_protocol.audit.report.data import to_json
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.documents import OpenHold, WriteOff
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import DocumentItem, Fulfil, Release, item_hash
from tests.audit.exports import Export, audited
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.audit.test_paths import owe
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Town, epoch_of, sealed

GONE = "a" * 52


def told(result: Result, code: str) -> list[Finding]:
    return [each for each in result.findings if each.code == code]


def given_up(*, is_paid: bool = False) -> tuple[Land, str]:
    """Eiche's payment stops at Linde, whose next ring is gone and is given up; its receipt may have been shown."""
    land = Land((EICHE, LINDE))
    order = msgspec.structs.replace(order_along(EICHE, LINDE, BUCHE), path=[EICHE.id, LINDE.id, GONE])
    shown = cut_out(land.send(EICHE, LINDE, order))
    order_hash = item_hash(bytes(shown.item))
    value = WriteOff(
        v=1, net=NET, ring_id=LINDE.id, order_hash=order_hash, dead_peer=GONE, code="next_hop_down", at=NOON
    )
    signed = sealed("write-off", value, LINDE.named(LINDE.operator))[1]
    land.log(LINDE, log_entry(ENTRY_DOCUMENT, (signed,)))
    honoured = Fulfil(order_hash=order_hash, decision=shown)
    end = honoured if is_paid else Release(order_hash=order_hash, cause="write_off")
    land.send(LINDE, EICHE, DocumentItem(type_="write-off", envelope=msgspec.Raw(signed)), end)
    return land, order_hash


@pytest.mark.parametrize("names", [("eiche", "linde"), ("linde", "eiche"), ("linde",), ("eiche",)])
def test_a_write_off_is_one_line_with_its_document_its_bearer_and_its_amount(names: Sequence[str]) -> None:
    land, order_hash = given_up()
    logs = {each.name: each for each in land.exports()}

    result = audited(*(logs[name] for name in names))

    (found,) = told(result, "written_off")
    assert (LINDE.id, GONE, order_hash) == (found.place.ring, found.place.peer, found.place.order)
    assert {"amount_seconds": HOUR, "cause": "write_off", "dead_peer": GONE} == dict(found.evidence)
    if "linde" in names:  # the document itself, which no frame is
        assert (f"{LINDE.id}/log/1", 5) == (found.place.log, found.place.entry)
    assert 1 == to_html(result, "en").count(b"An order was written off")
    assert 1 == to_json(result).count(b'"code": "written_off"')


@pytest.mark.parametrize("is_turned", [False, True])
def test_what_was_written_off_and_then_counted_as_paid_is_borne_by_nobody(is_turned: bool) -> None:
    land, _ = given_up(is_paid=True)
    logs = land.exports()
    assert [] == told(audited(*(reversed(logs) if is_turned else logs)), "written_off")


# -- hours that were waived --------------------------------------------------------------------------------------------


def anew(land: Land, balance_seconds: int, *signers: Town, holds: Sequence[OpenHold] = ()) -> list[Export]:
    """Eiche and Linde begin anew; Linde owes Eiche so much by it."""
    a, b = sorted((EICHE, LINDE), key=lambda town: town.id)
    value = msgspec.structs.replace(
        payloads.epoch_reset(), old_epoch=epoch_of(a, b), holds=[*holds], evidence=[],
        balance_seconds=balance_seconds if a is LINDE else -balance_seconds,
    )  # fmt: skip
    signed = sealed("epoch-reset", value, *(town.named(town.operator) for town in signers))[1]
    for town in (EICHE, LINDE):
        land.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))
    return land.exports()


@pytest.mark.parametrize(
    ("after", "bearer", "amount"), [(0, EICHE, HOUR), (600, EICHE, HOUR - 600), (2 * HOUR, LINDE, HOUR)]
)
@pytest.mark.parametrize("names", [("eiche", "linde"), ("linde", "eiche"), ("linde",), ("eiche",)])
def test_who_waived_hours_is_noted_once_and_the_audit_stays_clean(
    after: int, bearer: Town, amount: int, names: Sequence[str]
) -> None:
    """Linde owes Eiche an hour before."""
    land = Land((EICHE, LINDE))
    owe(land, LINDE, EICHE)
    logs = {each.name: each for each in anew(land, after, EICHE, LINDE)}

    result = audited(*(logs[name] for name in names))

    (found,) = told(result, "waived")
    other = LINDE if bearer is EICHE else EICHE
    assert (bearer.id, other.id, {"amount_seconds": amount}) == (
        found.place.ring, found.place.peer, dict(found.evidence),
    )  # fmt: skip
    if len(names) == 2:
        assert 0 == result.level
        assert "this ring gives up by it" in to_html(result, "en").decode()


def test_who_begins_anew_over_what_the_logs_say_waives_nothing() -> None:
    land = Land((EICHE, LINDE))
    owe(land, LINDE, EICHE)
    assert [] == told(audited(*anew(land, HOUR, EICHE, LINDE)), "waived")


def test_an_order_that_was_paid_and_goes_on_is_no_waiver() -> None:
    """Eiche has paid it and Linde has not heard so: the agreed balance is without it, and it is told again."""
    land = Land((EICHE, LINDE))
    order = order_along(LINDE, EICHE)
    land.send(LINDE, EICHE, order)
    land.send(EICHE, LINDE, decision := paid(order, 1))
    land.logs[LINDE.id].pop()
    holds = [OpenHold(order_hash=decision.order_hash, amount_seconds=HOUR)]
    assert [] == told(audited(*anew(land, 0, EICHE, LINDE, holds=holds)), "waived")


def test_what_one_ring_alone_has_signed_waives_nothing() -> None:
    land = Land((EICHE, LINDE))
    owe(land, LINDE, EICHE)
    assert [] == told(audited(*anew(land, 0, LINDE)), "waived")
