# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.conformance URL --invitation FILE...`: ends with 0, 1 or 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from ringtausch_protocol import canonical
from ringtausch_protocol.cards import verify_chain
from ringtausch_protocol.conformance import claims, listening, report, sending
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Request, Unjudged
from ringtausch_protocol.conformance.rule import Outcome, Result, Rule, exit_code, play
from ringtausch_protocol.conformance.rules import AFTER_AGREEMENT, AFTER_STOP, AFTER_WORDS, BEFORE_WORDS
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import HELLO
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import INVITATION_BYTES, Invitation
from ringtausch_protocol.verifier.findings import read_file

COULD_NOT_JUDGE = 2
#: How often the kit asks whether the operator has compared the words.
POLL_SECONDS = 0.5
NOT_CONFIRMED = "the words were not confirmed in time"
NOT_STOPPED = "needs the word of the operator that the ring under test stops: --stop"
#: Where nobody listens: the card of the kit's ring must name some URL.
NOWHERE = "http://127.0.0.1:9"

Send = Callable[[Request], Answer]


class Given(NamedTuple):
    """What the command line asks for."""

    url: str
    invitations: Sequence[Path]
    json: Path | None = None
    payee: str = ""
    host: str = ""
    listen: str = ""
    own_url: str = NOWHERE
    wait: float = 600.0
    agree: bool = False
    stop: bool = False


def main(arguments: Sequence[str], out: TextIO | None = None) -> int:
    """Read the arguments, judge, give the exit code."""
    given = Given(**vars(_parser().parse_args(arguments)))
    told = out or sys.stdout
    try:
        stage = stage_of(given)
        with heard_at(given.listen, stage):
            results = list(_shown(judge(stage, sending.Sender(given.url, given.host), given, told), told))
    except (OSError, RemoteError) as error:
        sys.stderr.write(f"could not judge: {error}\n")
        return COULD_NOT_JUDGE
    told.write(report.summary(results))
    if given.json is not None:
        given.json.write_bytes(report.to_json(given.url, stage.peer.card.ring_id, results))
    return exit_code(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ringtausch_protocol.conformance",
        description="Plays a peer ring, honest and lying, against a program that speaks SPEC.md.",
    )
    parser.add_argument("url", metavar="URL", help="where the ring under test answers")
    parser.add_argument(
        "--invitation", dest="invitations", action="append", type=Path, required=True, metavar="FILE",
        help="an invitation by the ring under test; nine of them for all rules, as a fatal lie ends a line",
    )  # fmt: skip
    parser.add_argument("--host", default="", metavar="NAME", help="the Host header, if not that of URL")
    parser.add_argument(
        "--listen", default="", metavar="HOST:PORT", help="hear what the ring under test says by itself"
    )
    parser.add_argument("--own-url", default=NOWHERE, metavar="URL", help="where the ring under test reaches --listen")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    _add_what_operators_do(parser)
    return parser


def _add_what_operators_do(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--payee", default="", metavar="HANDLE", help="a member of the ring under test, for payments")
    parser.add_argument("--agree", action="store_true", help="judge assignments to which the ring under test agrees")
    parser.add_argument("--stop", action="store_true", help="at the end, judge how the ring under test winds down")
    parser.add_argument("--wait", type=float, default=600.0, metavar="SECONDS", help="how long to wait for the words")


@contextmanager
def heard_at(place: str, stage: Stage) -> Iterator[None]:
    """Listen at HOST:PORT while the rules are played; nowhere without a place. Raises OSError."""
    host, _, port = place.rpartition(":")
    if not place:
        yield
        return
    with listening.listening(host.strip("[]"), int(port), stage.heard):
        yield


def stage_of(given: Given) -> Stage:
    """The lines that the invitations begin. Raises OSError, RemoteError."""
    read = [canonical.parse(read_file(path, INVITATION_BYTES).strip(), Invitation, INVITATION_BYTES)
            for path in given.invitations]  # fmt: skip
    first = read[0]
    peer = verify_chain([bytes(raw) for raw in (*first.cards, first.card)])[-1]
    return Stage(read, peer, sending.chance, sending.now, given.own_url, given.payee)


def judge(stage: Stage, send: Send, given: Given, told: TextIO) -> Iterator[Result]:
    """Play all rules. Raises OSError where the ring under test cannot be reached."""
    yield from _played(BEFORE_WORDS, stage, send)
    tell_words(stage, told)
    is_confirmed = wait_for_words(stage, send, given.wait)
    why = "" if is_confirmed else NOT_CONFIRMED
    yield from _played(AFTER_WORDS, stage, send, why)
    if is_confirmed and given.agree:
        wait_for_agreement(stage, send, given.wait, told)
    yield from _played(AFTER_AGREEMENT, stage, send, why)
    if is_confirmed and given.stop:
        wait_for_stop(stage, send, given.wait, told)
    yield from _played(AFTER_STOP, stage, send, "" if given.stop else NOT_STOPPED)


def _played(rules: Sequence[Rule], stage: Stage, send: Send, why_not: str = "") -> Iterator[Result]:
    """Each of the rules played, or why none can be."""
    for rule in rules:
        yield Result(rule, Outcome.UNJUDGED, came=why_not) if why_not else play(rule, stage, send)


def tell_words(stage: Stage, told: TextIO) -> None:
    """What the operator of the ring under test confirms."""
    told.write("\nConfirm these words at the ring under test:\n")
    for line in stage.lines:
        if line.is_agreed:
            told.write(f"  {line.ring.address}: {' '.join(line.words)}\n")
    told.write("\n")
    told.flush()


def wait_for_words(stage: Stage, send: Send, seconds: float) -> bool:
    """Ask until every line is confirmed, or time is over. -> whether all are."""
    end = sending.now() + seconds
    while not all(_is_confirmed(line, send) for line in stage.lines if line.is_agreed):
        if sending.now() >= end:
            return False
        sending.wait(POLL_SECONDS)
    return True


def wait_for_agreement(stage: Stage, send: Send, seconds: float, told: TextIO) -> None:
    """Ask until what the kit has asked for is agreed to, or time is over; not where there is no line for it."""
    try:
        wanted = claims.asked(stage)
    except Unjudged:
        return
    told.write(f"\nAgree now at the ring under test to these assignments of {claims.SECONDS} seconds (SPEC.md 7.16):\n")
    told.writelines(f"  {each.first.ring.address} gives up, {each.third.ring.address} instead\n" for each in wanted)
    told.write("\n")
    told.flush()
    stage.has_agreed = _is_judged(AFTER_AGREEMENT[0], stage, send, seconds)


def wait_for_stop(stage: Stage, send: Send, seconds: float, told: TextIO) -> None:
    """Ask until the ring under test has ended the kit's line, or time is over."""
    told.write("\nSay now that the ring under test stops (SPEC.md 5.6).\n\n")
    told.flush()
    _is_judged(AFTER_STOP[0], stage, send, seconds)


def _is_judged(rule: Rule, stage: Stage, send: Send, seconds: float) -> bool:
    """Play a rule again and again until something can be said, or time is over. -> whether."""
    end = sending.now() + seconds
    while play(rule, stage, send).outcome is Outcome.UNJUDGED:
        if sending.now() >= end:
            return False
        sending.wait(POLL_SECONDS)
    return True


def _is_confirmed(line: KitLine, send: Send) -> bool:
    return b"not_confirmed" not in send(Request("POST", HELLO, line.ask())).body


def _shown(results: Iterator[Result], told: TextIO) -> Iterator[Result]:
    for result in results:
        told.write(report.line_of(result))
        told.flush()
        yield result
