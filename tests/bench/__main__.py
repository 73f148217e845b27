# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.bench [--only P1 ...] [--json FILE] [--long | --attack]`: measure, print a table and JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

from tests.bench import attack, auditing, between, http, idle, local, long, pages, rings, signed_log, ways
from tests.bench.figures import Figure
from tests.bench.rig import work_folder

Measure = Callable[[Path], Awaitable[list[Figure]]]
SHORT: dict[str, Measure] = {
    "P1": local.measure,
    "P1b": http.measure,
    "P2": rings.measure,
    "P2b": between.measure,
    "P6": auditing.measure,
    "P8": idle.measure,
    "P12": signed_log.measure,
    "P14": ways.measure,
}
LONG: dict[str, Measure] = {
    "P6": auditing.measure_long,
    "P7": pages.measure,
    "P11": long.measure,
    "P12": signed_log.measure_long,
}
ATTACK: dict[str, Measure] = {"P13": attack.measure}


async def _run(names: list[str], table: dict[str, Measure]) -> list[Figure]:
    found: list[Figure] = []
    for name, measure in table.items():
        if names and name not in names:
            continue
        with work_folder() as root:
            taken = await measure(root)
        for figure in taken:
            sys.stdout.write(figure.line() + "\n")
            sys.stdout.flush()
        found += taken
    return found


def main() -> int:
    """Print the figures; the exit code says only whether the measuring itself worked: speed is no test."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", nargs="*", default=[], help=f"of {', '.join({**SHORT, **LONG, **ATTACK})}")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--long", action="store_true", help="what takes minutes (P6, P7, P11, P12) instead")
    parser.add_argument("--attack", action="store_true", help="honest payments beside attacks (P13) instead")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    table = ATTACK if asked.attack else LONG if asked.long else SHORT
    figures = asyncio.run(_run(asked.only, table))
    text = json.dumps([asdict(figure) for figure in figures], ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
