# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bar of an audit: for whoever watches a terminal, with how much of all that is, and a line that ends."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ringtausch_protocol.audit.auditing.opening import all_entries
from ringtausch_protocol.audit.auditing.result import Asked
from ringtausch_protocol.audit.program.command import main
from ringtausch_protocol.audit.program.progress import showing
from tests.audit.exports import Export, write


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def exported(logs: list[Export], tmp_path: Path) -> Path:
    """Both rings' logs as folders."""
    return write(tmp_path / "logs", *logs)


def drawn(total: int, *counts: int) -> list[str]:
    """All bars that stood on the terminal, one after the other."""
    terminal = Terminal()
    with showing(total, terminal) as tell:
        for count in counts:
            tell(count)
    assert terminal.getvalue().endswith("\n")
    return terminal.getvalue().removesuffix("\n").split("\r")[1:]


def test_a_bar_grows_from_nothing_to_all() -> None:
    assert [
        "[..............................]   0 % 0/200",
        "[###############...............]  50 % 100/200",
        "[##############################] 100 % 200/200",
    ] == drawn(200, 100, 200)


def test_it_is_drawn_anew_for_a_thousandth_and_not_for_less() -> None:
    bars = drawn(1_000_000, *range(0, 1_000_001, 100))
    assert 1_001 == len(bars)
    assert bars[1].endswith("  0 % 1000/1000000")
    assert bars[-1].endswith("100 % 1000000/1000000")


def test_a_log_that_says_it_is_shorter_than_it_is_fills_no_more_than_the_bar() -> None:
    assert "[##############################] 100 % 30/20" == drawn(20, 30, 40)[-1]
    assert "[##############################] 100 % 1/0" == drawn(0, 1)[-1]


def test_the_line_ends_where_the_audit_is_broken_off() -> None:
    terminal = Terminal()
    with pytest.raises(KeyboardInterrupt):
        _break_off(terminal)
    assert terminal.getvalue().endswith("]  50 % 5/10\n")


def _break_off(terminal: Terminal) -> None:
    with showing(10, terminal) as tell:
        tell(5)
        raise KeyboardInterrupt


def test_an_audit_on_a_terminal_ends_at_all_entries_also_of_logs_that_it_knows(
    exported: Path, logs: list[Export], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = sum(len(log.entries) for log in logs)
    for _ in range(2):  # the second time no entry is new
        terminal, out = Terminal(), io.StringIO()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert 0 == main([str(exported), "--state", str(tmp_path / "state")], out)
        assert terminal.getvalue().endswith(f"] 100 % {count}/{count}\n")
        assert "%" not in out.getvalue()


def test_of_two_copies_of_a_log_the_longer_one_counts(logs: list[Export]) -> None:
    one = logs[0]
    shorter = Export(one.ring_id, one.number, one.entries[:-1], one.cards, one.seeds, one.name)
    assert len(one.entries) == all_entries(Asked([one.given(), shorter.given(), one.given()]))


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_nobody_watches_or_wants_to(exported: Path, monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO]) -> None:
    written = stream()
    monkeypatch.setattr(sys, "stderr", written)
    assert 0 == main([str(exported), *(["--quiet"] if stream is Terminal else [])], io.StringIO())
    assert "" == written.getvalue()
