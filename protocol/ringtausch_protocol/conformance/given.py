# SPDX-License-Identifier: Apache-2.0
"""What the command line asks for, looked at before anything is sent."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from ringtausch_protocol.addresses import is_host, is_ring_url, parse_handle
from ringtausch_protocol.conformance import texts
from ringtausch_protocol.conformance.texts import UsedWrongly
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.verifier.program import language_of
from ringtausch_protocol.verifier.words import Language

#: Beside those of rules (see `rule.exit_code`): what was asked for cannot be meant.
USED_WRONGLY = 3
#: Where nobody listens: the card of the kit's ring must name some URL.
NOWHERE = "http://127.0.0.1:9"
EXIT_CODES = (
    "Exit code 0: every rule held. 1: one is broken. 2: none is broken, but one could not be judged. "
    "3: used wrongly, or nobody answered, and nothing was judged. 130: interrupted."
)


class Given(NamedTuple):
    """What the command line asks for."""

    url: str
    invitations: Sequence[Path]
    json: Path | None = None
    payee: str = ""
    second_payee: str = ""
    host: str = ""
    listen: str = ""
    own_url: str = NOWHERE
    wait: float = 600.0
    agree: bool = False
    stop: bool = False
    lang: Language = "en"

    def place(self) -> tuple[str, int] | None:
        """Where to listen; None: nowhere. Raises UsedWrongly."""
        if not self.listen:
            return None
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not int(port[:6]) <= 65_535:
            raise UsedWrongly(texts.NO_PLACE, value=self.listen)
        return host.strip("[]"), int(port)


def read_given(arguments: Sequence[str]) -> Given:
    """The arguments. Raises UsedWrongly; ends the program where help is asked for."""
    read = vars(_parser().parse_args(arguments))
    return Given(**{**read, "lang": language_of(arguments)})


def verify(given: Given) -> None:
    """What can be seen without a network. Raises UsedWrongly."""
    for option, url in (("URL", given.url), ("--own-url", given.own_url)):
        if not is_ring_url(url):
            raise UsedWrongly(texts.NO_URL, option=option, value=url)
    _verify_payee("--payee", given.payee)
    _verify_payee("--second-payee", given.second_payee)
    if given.host and not is_host(given.host):
        raise UsedWrongly(texts.NO_HOST, value=given.host)
    if not 0 <= given.wait < math.inf:
        raise UsedWrongly(texts.NO_WAIT, value=given.wait)
    if given.json is not None and not _can_be_written(given.json):
        raise UsedWrongly(texts.NO_REPORT, value=given.json)
    given.place()


def _verify_payee(option: str, handle: str) -> None:
    try:
        is_good = not handle or parse_handle(handle) == handle
    except LocalError:
        is_good = False
    if not is_good:
        raise UsedWrongly(texts.NO_HANDLE, option=option, value=handle)


def _can_be_written(path: Path) -> bool:
    """Whether a report can be written there at the end, as far as one sees now."""
    if path.exists():
        return not path.is_dir() and os.access(path, os.W_OK)
    return path.parent.is_dir() and os.access(path.parent, os.W_OK)


class _Parser(argparse.ArgumentParser):
    """One whose own errors are told as all others are."""

    def error(self, message: str) -> NoReturn:
        raise texts.not_read(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m ringtausch_protocol.conformance",
        description="Plays a peer ring, honest and lying, against a program that speaks SPEC.md.", epilog=EXIT_CODES,
    )  # fmt: skip
    parser.add_argument("url", metavar="URL", help="where the ring under test answers")
    parser.add_argument(
        "--invitation", dest="invitations", action="append", type=Path, required=True, metavar="FILE",
        help="an invitation by the ring under test; ten of them for all rules, as a fatal lie ends a line",
    )  # fmt: skip
    parser.add_argument("--host", default="", metavar="NAME", help="the Host header, if not that of URL")
    parser.add_argument(
        "--listen", default="", metavar="HOST:PORT", help="hear what the ring under test says by itself"
    )
    parser.add_argument("--own-url", default=NOWHERE, metavar="URL", help="where the ring under test reaches --listen")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    parser.add_argument("--lang", choices=["de", "en"], help="the language of what you are asked for")
    _add_what_operators_do(parser)
    return parser


def _add_what_operators_do(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--payee", default="", metavar="HANDLE", help="a member of the ring under test, for payments")
    parser.add_argument(
        "--second-payee", default="", metavar="HANDLE", help="another member, for a promise that is not for him"
    )
    parser.add_argument("--agree", action="store_true", help="judge assignments to which the ring under test agrees")
    parser.add_argument("--stop", action="store_true", help="at the end, judge how the ring under test winds down")
    parser.add_argument("--wait", type=float, default=600.0, metavar="SECONDS", help="how long to wait for the words")
