# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch demo`: a world, a story, the check at the end; and no process left, whatever happens."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from ringtausch_node.cli.language import language
from ringtausch_node.demo import closing, month, story, words
from ringtausch_node.demo.checks import Fault
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person
from ringtausch_node.demo.process import DemoFailed
from ringtausch_node.demo.world import Founding, World
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.errors import words as code_words

DONE, FAILED = 0, 1
#: How often a demo that stays up looks whether its nodes are there.
LOOK_SECONDS = 1.0


class Reader(NamedTuple):
    """Whose access the reader may go on with, and whom to pay in another ring."""

    person: Person
    payee_address: str


class Play(NamedTuple):
    """What is played: the rings, what is said first, and the story."""

    title: str
    introduction: str
    foundings: Callable[[], list[Founding]]
    tell: Callable[[World, Page], Reader]


@dataclass
class Outcome:
    """What a demo came to, for `--json`."""

    folder: Path
    rings: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    curl: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """One line."""
        faults = [fault._asdict() for fault in self.faults]
        document = {"ok": not faults, "folder": str(self.folder), "rings": self.rings, "faults": faults}
        return json.dumps({**document, "curl": self.curl}, ensure_ascii=False)


def run(*, once: bool, real: bool, folder: Path | None, port: int | None, as_json: bool) -> int:
    """Play a day, or with `real` a month. -> 0 if everything that must be true at the end is true, else 1.

    `once` ends then, otherwise the rings stay up until Ctrl-C. With `as_json` the account goes to stderr and one line
    of JSON to stdout. Raises LocalError: folder_not_empty, folder_unusable.
    """
    page = Page(sys.stderr if as_json else sys.stdout)
    place = _place(folder)
    outcome = Outcome(place)
    try:
        with _ending_on_signals():
            code = _play(_month() if real else _day(), page, outcome, port=port, once=once, as_json=as_json)
    except DemoFailed as failure:
        page.say(words.FAILED(why=failure))
        code = FAILED
    except RingtauschError as error:
        page.say(words.FAILED(why=f"{code_words(error.code, language())} ({error})"))
        code = FAILED
    if once and as_json:
        sys.stdout.write(outcome.as_json() + "\n")
    if once and folder is None and code == DONE:
        shutil.rmtree(place, ignore_errors=True)
    else:
        page.exactly("", words.FOLDERS(folder=place))
    return code


def _play(play: Play, page: Page, outcome: Outcome, *, port: int | None, once: bool, as_json: bool) -> int:
    page.title(play.title)
    page.say(play.introduction)
    with World(outcome.folder, play.foundings(), port) as world:
        reader = play.tell(world, page)
        states, outcome.faults = closing.settled_states(world)
        page.blank()
        closing.show_books(world, states, page)
        outcome.rings = [{"folder": str(ring.folder), "url": ring.url} | dict(state) for ring, state in zip(world.rings, states, strict=True)]
        outcome.curl = closing.curl_lines(*reader)
        _check_live(page, outcome)
        closing.show_trying(page, *reader, is_over=once)
        if not once:
            _stay(world, page, outcome, as_json=as_json)
        world.stop()
        if once:
            outcome.faults += closing.folder_faults(world)
            _tell_folders(page, outcome)
    return FAILED if outcome.faults else DONE
