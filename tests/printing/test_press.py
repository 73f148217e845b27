# SPDX-License-Identifier: AGPL-3.0-or-later
"""The queue before the program that lays pages out: one at a time, in time, and what is told when it does not work."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.printing import press as room
from ringtausch_node.printing.press import WAITING_MAX, Press
from ringtausch_node.printing.program import MISSING, Job

JOB = Job("<!doctype html><title>x</title>", "", "/web/style.css")
#: Said by a program of ours in the place of the real one, after it was asked whether it is there.
PROBE = "import sys, os; sys.argv[-1] == '--probe' and sys.exit(0); "


def saying(python: str, seconds: float = 20.0) -> Press:
    return Press((sys.executable, "-I", "-S", "-c", PROBE + python, "run"), seconds=seconds)


async def code_of(press: Press) -> str:
    with pytest.raises(LocalError) as caught:
        await press.pdf(JOB)
    return caught.value.code


async def test_what_the_program_writes_is_the_file() -> None:
    assert b"%PDF" == await saying("sys.stdin.buffer.read(); sys.stdout.write('%PDF')").pdf(JOB)


async def test_without_the_libraries_no_page_offers_a_pdf() -> None:
    press = Press((sys.executable, "-I", "-S", "-c", f"import sys; sys.exit({MISSING})"))
    assert (False, "pdf_missing") == (await press.is_ready(), await code_of(press))


async def test_without_the_extra_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    press = Press(("/nonexistent",))
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    assert (False, "pdf_missing") == (await press.is_ready(), await code_of(press))


@pytest.mark.parametrize("python", ["sys.exit(4)", "os.abort()", "sys.stdin.close(); sys.exit(1)"])
async def test_a_program_that_breaks_is_told_as_such(python: str) -> None:
    assert "pdf_failed" == await code_of(saying(python))


async def test_a_program_that_writes_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PDF_BYTES", 100_000)
    assert "pdf_failed" == await code_of(saying("[sys.stdout.write('x' * 10_000) for _ in iter(int, 1)]"))


async def test_a_page_without_end_is_not_even_begun() -> None:
    with pytest.raises(LocalError, match="pdf_failed"):
        await saying("sys.exit(0)").pdf(Job("x" * (room.HTML_BYTES + 1), "", ""))


async def test_who_takes_too_long_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    press = saying(
        f"open({str(mark)!r}, 'w').write(str(os.getpid())); sys.stdin.read(); import time; time.sleep(600)", 1.0
    )
    assert "pdf_slow" == await code_of(press)
    assert not (Path("/proc") / mark.read_text()).exists()


class Counted(Press):
    """Counts how many are at it at once."""

    running, most = 0, 0

    async def _run(self, arguments: tuple[str, ...], data: bytes) -> bytes:
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(10):
            await asyncio.sleep(0)  # let the others come as far as they come
        self.running -= 1
        return b"%PDF"


async def test_pages_are_laid_out_one_after_the_other() -> None:
    press = Counted()
    assert await press.is_ready()
    assert [b"%PDF"] * 3 == await asyncio.gather(*(press.pdf(JOB) for _ in range(3)))
    assert 1 == press.most


async def test_a_long_queue_is_not_made_longer() -> None:
    press = saying("sys.stdin.read(); sys.stdout.write('%PDF')")
    assert await press.is_ready()
    made = await asyncio.gather(*(press.pdf(JOB) for _ in range(WAITING_MAX + 1)), return_exceptions=True)
    assert (WAITING_MAX, "pdf_slow") == (made.count(b"%PDF"), getattr(made[-1], "code", ""))
