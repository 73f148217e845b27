# SPDX-License-Identifier: AGPL-3.0-or-later
"""All seeds and shares of a report, in several processes, all beginning with the same federation."""

from __future__ import annotations

import logging
import multiprocessing
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.federation_run.figures import Figures, figures
from tests.federation_run.founding import found_all
from tests.federation_run.plan import HOUR, draw, lines_of
from tests.federation_run.play import play
from tests.federation_run.report import Setting
from tests.federation_run.table import Ring
from tests.simulation.story import fast_folder


class Asked(NamedTuple):
    """What is to be played, and where the report goes."""

    rings: Sequence[Ring]
    seeds: Sequence[int]
    shares: Sequence[float]
    days: float
    jobs: int
    out: Path | None = None

    def write(self, setting: Setting, runs: Sequence[Figures], texts: Mapping[str, str]) -> None:
        """The report in its three forms."""
        assert self.out is not None
        self.out.mkdir(parents=True, exist_ok=True)
        told = msgspec.json.format(msgspec.json.encode({"setting": setting, "runs": list(runs)}), indent=1).decode()
        for suffix, data in {**texts, "json": told + "\n"}.items():
            (self.out / f"federation.{suffix}").write_text(data, encoding="utf-8")


def setting_of(asked: Asked) -> Setting:
    """What all runs have in common."""
    lines = lines_of(asked.rings)
    return Setting(
        rings=len(asked.rings), lines=len(lines), days=asked.days,
        rings_on_lines=len({name for line in lines for name in (line.one, line.other)}),
        limit_hours=sum(line.limit_seconds for line in lines) / HOUR, commit=_commit(),
    )  # fmt: skip


def _commit() -> str:
    """What git says is run; with `-dirty` where files were changed since."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no commit (not in a git checkout)"
    return f"commit {done.stdout.strip()}"


def run_all(asked: Asked) -> Iterator[Figures]:
    """Play every seed with every share of payments across, as they are done."""
    logging.disable(logging.CRITICAL)
    with fast_folder() as template:
        found_all(template, asked.rings, lines_of(asked.rings))
        work = [(seed, share) for share in sorted(asked.shares, reverse=True) for seed in asked.seeds]
        if asked.jobs == 1:
            yield from (_one(template, asked, each) for each in work)
            return
        with multiprocessing.get_context("forkserver").Pool(asked.jobs, _quiet) as pool:
            yield from pool.imap_unordered(partial(_one, template, asked), work, chunksize=1)


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


def _one(template: Path, asked: Asked, which: tuple[int, float]) -> Figures:
    seed, share = which
    return figures(play(template, draw(asked.rings, seed, share, asked.days), asked.rings))
