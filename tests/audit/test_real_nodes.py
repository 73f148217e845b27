# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that run are audited and mirrored by their addresses alone, with the tokens that they gave and without any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol.audit.program import mirroring
from ringtausch_protocol.audit.program.command import main
from tests.audit.nodes import asked, served
from tests.audit.test_sources import codes
from tests.federation.copies import pay_both_ways
from tests.federation.towns import talk


async def traded(oak: Ring, elm: Ring) -> None:
    """Some payments both ways, and no line talks any more."""
    await talk(oak, elm)
    await pay_both_ways(oak, elm, 2)
    for ring in (oak, elm):
        await ring.federation.stop()


async def tokens(file: Path, urls: list[str], rings: tuple[Ring, ...]) -> Path:
    """A file with what the operators of these rings gave."""
    given = [(url, (await ring.publication.readers.give(1)).token) for url, ring in zip(urls, rings, strict=True)]
    file.write_text("".join(f"{url} {token}\n" for url, token in given))
    return file


async def audit(into: Path, *words: object) -> tuple[int, dict[str, Any]]:
    """The command: exit code and what it wrote."""
    code = await asked(main, [*words, "--json", into, "--quiet"])
    return code, msgspec.json.decode(into.read_bytes())


async def test_running_rings_are_audited_and_mirrored_at_their_addresses(
    pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    await traded(*pair)
    async with served(*pair) as urls:
        file = await tokens(tmp_path / "tokens", urls, pair)
        with_tokens = await audit(tmp_path / "r.json", *urls, "--tokens", file)
        one_log = await audit(tmp_path / "r.json", f"{urls[0]}/log/1", f"{urls[1]}/log", "--tokens", file)
        mirrored = await asked(mirroring.main, [*urls, tmp_path / "mirror", "--tokens", file])
    of_mirror = await audit(tmp_path / "r.json", tmp_path / "mirror")

    assert (0, 0, 0, 0) == (with_tokens[0], one_log[0], mirrored, of_mirror[0])
    assert [[], [], []] == [codes(each[1]) for each in (with_tokens, one_log, of_mirror)]
    assert {"elm.example", "oak.example"} == {ring["address"] for ring in with_tokens[1]["rings"]}


async def test_entries_that_are_closed_to_us_are_no_fault_of_their_ring(
    pair: tuple[Ring, Ring], tmp_path: Path
) -> None:
    oak, elm = pair
    await traded(oak, elm)
    async with served(oak, elm) as urls:
        file = await tokens(tmp_path / "tokens", urls[:1], (oak,))
        alone = await audit(tmp_path / "r.json", *urls)
        half = await audit(tmp_path / "r.json", *urls, "--tokens", file)
        mirrored = await asked(mirroring.main, [urls[1], tmp_path / "mirror", "--tokens", file])

    assert (1, ["log_closed", "log_closed"]) == (alone[0], codes(alone[1]))
    assert (1, ["log_closed", "ring_not_seen"]) == (half[0], codes(half[1]))
    assert ([elm.identity.ring_id], 1) == (half[1]["missing"], mirrored)
