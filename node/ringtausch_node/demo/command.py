# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch demo`: a world, a story, the check at the end; and no process left, whatever happens."""

from __future__ import annotations

import io
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from ringtausch_node.cli.language import language
from ringtausch_node.demo import auditing, closing, words
from ringtausch_node.demo.checks import Fault
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.play import Play
from ringtausch_node.demo.process import ENDING, DemoFailed, uninterrupted
from ringtausch_node.demo.world import World
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.errors import words as code_words

DONE, FAILED = 0, 1
#: How often a demo that stays up looks whether its nodes are there.
LOOK_SECONDS = 0.5


@dataclass
class Outcome:
    """What a demo came to, for `--json`."""

    folder: Path
    report: Path
    rings: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    curl: list[str] = field(default_factory=list)
    logins: list[closing.Login] = field(default_factory=list)
    reason: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether everything that must be true was found true."""
        return not self.faults and self.reason is None

    def as_json(self) -> str:
        """One line."""
        document = {
            "ok": self.is_sound, "reason": self.reason, "faults": [fault._asdict() for fault in self.faults],
            "folder": str(self.folder), "report": str(self.report), "rings": self.rings, "curl": self.curl,
            "logins": [login._asdict() for login in self.logins],
        }  # fmt: skip
        return json.dumps(document, ensure_ascii=False) + "\n"


def run(*, once: bool, play: Play, folder: Path | None, port: int | None, as_json: bool) -> int:
    """Play a story. -> 0 if everything that must be true at the end is true, else 1.

    `once` ends then; otherwise the rings stay up until Ctrl-C. With `as_json` the account goes to stderr, and one line
    of JSON to stdout. Raises LocalError: folder_not_empty, folder_unusable.
    """
    page = Page(_stream(as_json=as_json))
    place = _place(folder)
    outcome = Outcome(place, auditing.report_place(place, is_temporary=folder is None))
    is_finished = False
    try:
        with _ending_on_signals():
            _play(play, page, outcome, port=port, once=once, as_json=as_json)
        is_finished = once and outcome.is_sound
    except (DemoFailed, RingtauschError) as error:
        outcome.reason = _reason(error)
        page.say(words.FAILED(why=outcome.reason))
    finally:
        _leave(page, outcome.folder, is_temporary=folder is None, is_finished=is_finished)
    if as_json and once:
        sys.stdout.write(outcome.as_json())
    return DONE if outcome.is_sound else FAILED


def _play(play: Play, page: Page, outcome: Outcome, *, port: int | None, once: bool, as_json: bool) -> None:
    page.title(play.title())
    page.say(play.introduction())
    with World(outcome.folder, play.foundings(), port) as world:
        reader = play.tell(world, page)
        _check_live(world, page, outcome)
        outcome.curl = closing.curl_lines(*reader)
        closing.show_trying(page, reader.person, outcome.curl, is_over=once)
        if once:
            _check_closed(world, page, outcome)
        else:
            outcome.logins = closing.make_logins(world, reader.person)
            closing.show_logins(page, outcome.logins, *reader)
            _stay(world, page, outcome.as_json() if as_json else "")


def _check_live(world: World, page: Page, outcome: Outcome) -> None:
    states, outcome.faults = closing.settled_states(world)
    outcome.rings = [
        {"folder": str(ring.folder), "url": ring.url, **state} for ring, state in zip(world.rings, states, strict=True)
    ]
    closing.show_books(world, states, page)
    page.chapter(words.CHECKS())
    if outcome.faults:
        closing.show_faults(page, outcome.faults)
    else:
        page.say(words.SOUND())


def _check_closed(world: World, page: Page, outcome: Outcome) -> None:
    page.blank()
    page.say(words.STOPPING())
    world.stop()
    faults = closing.folder_faults(world) + auditing.audit_rings(world, outcome.report)
    outcome.faults = outcome.faults + faults
    if faults:
        closing.show_faults(page, faults)
    else:
        page.say(words.VERIFIED())
    if outcome.report.exists():
        page.say(words.AUDITED(report=outcome.report))


def _stay(world: World, page: Page, told: str) -> None:
    """Tell a program what there is, and stay until Ctrl-C, or a signal.

    Raises DemoFailed where a node ends by itself, or does not stop properly.
    """
    try:
        sys.stdout.write(told)
        sys.stdout.flush()
        while True:
            time.sleep(LOOK_SECONDS)
            for ring in world.rings:
                if not ring.process.is_running:
                    raise DemoFailed(words.DIED(name=ring.name))
    except KeyboardInterrupt:
        with uninterrupted():
            page.blank()
            page.say(words.STOPPING())
            world.stop()


def _stream(*, as_json: bool) -> TextIO:
    """Where the account goes. A terminal that lacks a letter shows a question mark and does not end the day."""
    stream = sys.stderr if as_json else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def _place(folder: Path | None) -> Path:
    """The folder for all rings: a temporary one, or the one asked for, which must be new or empty."""
    try:
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="ringtausch-demo-"))
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LocalError("folder_not_empty", folder.name)
    except OSError as error:
        raise LocalError("folder_unusable", error.strerror or "") from None
    return folder.absolute()


def _leave(page: Page, folder: Path, *, is_temporary: bool, is_finished: bool) -> None:
    """Say where the rings lie, for whoever wants to look. A temporary folder is cleared away when all went well."""
    is_empty = not any(folder.iterdir())
    if is_temporary and (is_finished or is_empty):
        shutil.rmtree(folder, ignore_errors=True)
    elif not is_empty:
        page.say(words.FOLDERS(folder=folder))


def _reason(error: DemoFailed | RingtauschError) -> str:
    if isinstance(error, RingtauschError):
        return f"{code_words(error.code, language())} ({error})"
    return str(error)


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Every signal that asks for the end ends the demo as Ctrl-C does, so that no node is left behind."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
