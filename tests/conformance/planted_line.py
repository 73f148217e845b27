# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deviations of a ring that reads signatures and standings too kindly, or says false things of its own log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ringtausch_node.federation.frames import sealing
from ringtausch_node.federation.greeting import hello
from ringtausch_node.publishing.access import Access, shown_token
from ringtausch_node.translog.service import LogWriter
from ringtausch_protocol import canonical, channel, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.channel import Inbound, Mine, Step
from ringtausch_protocol.documents import Head, Standing
from ringtausch_protocol.envelope import Envelope
from ringtausch_protocol.frames import Header
from tests.conformance.judged import Judged
from tests.conformance.planted_between import Plant, all_of

Patch = pytest.MonkeyPatch


def a_strange_signature_is_passed_over(kit: Judged, patch: Patch) -> None:
    true = envelope.open_envelope

    def opened(data: bytes, kind: str, known: Any, *what: Any, **named: Any) -> bytes:
        found = canonical.parse(data, Envelope, limits.HELLO_ENVELOPE_BYTES)
        if any(each.keyid in known for each in found.signatures):
            ours = [each for each in found.signatures if each.keyid in known]
            data = canonical.encode(msgspec.structs.replace(found, signatures=ours))
        return true(data, kind, known, *what, **named)

    patch.setattr(envelope, "open_envelope", opened)


def signatures_stand_in_any_order(kit: Judged, patch: Patch) -> None:
    def parse(data: bytes, limit: int = limits.ITEM_BYTES) -> Envelope:
        return canonical.parse(data, Envelope, limit)

    patch.setattr(envelope, "parse_envelope", parse)


def an_ack_is_true_where_the_frame_exists(kit: Judged, patch: Patch) -> None:
    def is_true(header: Header, inbound: Inbound) -> bool:
        return header.ack_seq <= inbound.own.seq

    patch.setattr(channel, "_is_true_ack", is_true)


def no_standing_is_forked_and_none_lost_for_what_was_acked(kit: Judged, patch: Patch) -> None:
    true = channel.compare_standing

    def compare(said: Standing, mine: Mine) -> Step:
        found = true(msgspec.structs.replace(said, acked=0), mine)
        return Step.IN_STEP if found is Step.FORKED else found

    patch.setattr(channel, "compare_standing", compare)


def a_head_is_that_of_another_log(kit: Judged, patch: Patch) -> None:
    def head(log: LogWriter) -> Head:
        number, size, _ = log.head()
        return Head(log=number, size=size - 1, root=b64(bytes(32)))

    patch.setattr(sealing, "_head", head)


def no_question_is_told_what_head_is_known(kit: Judged, patch: Patch) -> None:
    patch.setattr(hello, "head_in", lambda stored: None)


def a_token_opens_every_path(kit: Judged, patch: Patch) -> None:
    def opens(access: Access, authorization: str, _path: str) -> bool:
        return shown_token(authorization) in access._given

    patch.setattr(Access, "opens", opens)


#: Each with the rules that must name it, whatever else they name.
PLANTED: list[tuple[Plant, set[str]]] = [
    (
        all_of(
            a_strange_signature_is_passed_over,
            signatures_stand_in_any_order,
            an_ack_is_true_where_the_frame_exists,
            no_standing_is_forked_and_none_lost_for_what_was_acked,
            a_head_is_that_of_another_log,
            no_question_is_told_what_head_is_known,
            a_token_opens_every_path,
        ),
        {
            *("hello-strange", "hello-order", "ack-hash", "ack-falls", "forked", "lost-acked"),
            *("head-size", "head-root", "ask-head", "entries-path"),
        },
    ),
]
