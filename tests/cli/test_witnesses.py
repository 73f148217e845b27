# SPDX-License-Identifier: AGPL-3.0-or-later
"""`log witness` and what `state` says of witnesses, in both languages."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ringtausch_node.bootstrap import open_ring
from ringtausch_protocol import forks
from ringtausch_protocol.checkpoints import parse_checkpoint
from tests.cli.conftest import Run
from tests.witnessing.books import forked, honest


def test_a_ring_alone_has_no_witness(run: Run, ring: Path) -> None:
    assert (
        "Gegengezeichnet: niemand bezeugt es; dazu braucht es einen anderen Ring mit einer Vereinbarung"
        in run("log", "witness", ring, lang="de_DE.UTF-8").out
    )
    assert "We have not witnessed another log yet." in run("log", "witness", ring).out
    found = run("log", "witness", ring, "--json").json
    assert (0, None, [], [], []) == tuple(
        found[name] for name in ("quorum", "cosigned_size", "witnesses", "watched", "forks")
    )
    assert "niemand bezeugt es" in run("state", ring, lang="de_DE.UTF-8").out


async def _accuse(folder: Path) -> bytes:
    """Somebody hands the ring a proof that it signed two histories itself."""
    ring = await open_ring(folder)
    try:
        accused = forks.Accused("test", ring.identity.ring_id, 1, (ring.identity.own.envelope,))
        heads = [forks.show_checkpoint(parse_checkpoint(book(ring).signed(20))) for book in (honest, forked)]
        proof = forks.prove_one_size(accused, heads[0], heads[1])
        await ring.witnessing.forked.found(proof)
    finally:
        await ring.close()
    return proof


def test_a_ring_that_is_accused_says_so_and_shows_the_proof(run: Run, ring: Path) -> None:
    proof = asyncio.run(_accuse(ring))

    for command in (("log", "witness"), ("state",)):
        assert "zwei Fassungen seines Protokolls" in run(*command, ring, lang="de_DE.UTF-8").out
    (fork,) = run("log", "witness", ring, "--json").json["forks"]
    assert (True, proof) == (fork["is_own"], Path(fork["file"]).read_bytes())
    assert [fork] == run("state", ring, "--json").json["witnesses"]["forks"]


def test_a_proof_that_was_deleted_is_written_again_at_the_next_command(run: Run, ring: Path) -> None:
    proof = asyncio.run(_accuse(ring))
    (file,) = (ring / "evidence").iterdir()
    file.unlink()

    assert 0 == run("log", "witness", ring).code
    assert proof == file.read_bytes()
