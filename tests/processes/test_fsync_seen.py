# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seen from outside the process: the disk has confirmed the decision before a byte of the answer leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.processes.towns import Town, befriend, ended, program, until

#: Calls as strace tells them: `[pid 7] fdatasync(12</path>) = 0`, cut in two where another thread came between.
_POST = re.compile(r'recvfrom\((\d+<[^>]*>), "POST /peer/v1/frames .* = (\d+)$')
_SYNC = re.compile(r"^(\d+) +(?:fdatasync|fsync)\(\d+<[^>]*ring\.sqlite[^>]*>(\) += 0| <unfinished)")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (?:fdatasync|fsync) resumed>\) += 0")
_ANSWER = re.compile(r'sendto\((\d+<[^>]*>), "HTTP/1\.1 200 ')
#: A post that brings no frame has nothing that must be kept, and is shorter than any signature with its header.
EMPTY_BYTES = 800


def _answers(trace: Path) -> Iterator[int]:
    """For every answered post with frames, how many syncs were done between its arrival and its answer."""
    waiting: dict[str, int] = {}
    begun: dict[str, set[str]] = {}
    for line in _text(trace).splitlines():
        if (post := _POST.search(line)) and int(post[2]) > EMPTY_BYTES:
            waiting[post[1]] = 0
        elif sync := _SYNC.search(line):
            begun[sync[1]] = set(waiting)  # what came later than its beginning, a sync does not cover
        if (sync := _RESUMED.search(line) or _SYNC.search(line)) and "unfinished" not in line:
            covered = begun.pop(sync[1], set())
            waiting = {connection: count + (connection in covered) for connection, count in waiting.items()}
        if (answer := _ANSWER.search(line)) and answer[1] in waiting:
            yield waiting.pop(answer[1])


def _text(trace: Path) -> str:
    return trace.read_text(encoding="utf-8", errors="replace")


def test_the_payee_syncs_before_it_answers(found: Callable[..., Town], tmp_path: Path) -> None:
    oak, elm = found("oak"), found("elm")
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,recvfrom,sendto,sendmsg,write,writev"
    elm.wrapper = (program("strace"), "-D", "-f", "-y", "-s", "64", "-e", calls, "-o", str(trace))
    oak.start()
    elm.start()
    befriend(oak, elm)
    for number in range(5):
        oak.pay(elm, number)
    assert {"paid"} == set(ended(oak, range(5)).values())
    oak.stop()
    elm.stop()
    until(lambda: "+++ exited with 0 +++" in _text(trace).splitlines()[-1], "the trace to be written")

    answers = list(_answers(trace))
    assert len(answers) >= 2  # the probe, and the payments, some of them in one frame
    assert min(answers) >= 1, answers
