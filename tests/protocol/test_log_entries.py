# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is signed in the entries of a log is checked where its signer is known, and cards in the log make them known."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import frames, keys
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import log_entry
from ringtausch_protocol.tiles import ENTRIES, Tile
from ringtausch_protocol.verifier.findings import Finding, FoundWrong
from ringtausch_protocol.verifier.log_folder import logs_in, verify_folder
from ringtausch_protocol.verifier.program import main
from ringtausch_protocol.verifier.trust import Trust
from tests.protocol.files_to_verify import ITEMS
from tests.protocol.test_cards import NEXT, card_after, root_change
from tests.protocol.test_log_folder import start_entry, write_cards
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, Town, header_for, sealed
from tests.vectors.logbook import Logbook, entries_of

CARD_OF_LINDE = log_entry(4, (LINDE.card.envelope,))
BOTH = [town.named(town.operator) for town in (EICHE, LINDE)]
AGREEMENT = log_entry(4, (sealed("peer-agreement", payloads.agreement(), *BOTH)[1],))
HELLO = log_entry(2, (sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))[1],))


def frame(sender: Town, receiver: Town, head: Head) -> bytes:
    """A frame as an entry."""
    header = msgspec.structs.replace(header_for(sender, receiver, ITEMS), head=head)
    name, signer = sender.named(sender.frame)
    return frames.seal_frame(header, ITEMS, name, signer).entry()


def own_frame(before: Sequence[bytes], *, log: int = 1, size: int | None = None, root: bytes | None = None) -> bytes:
    """A frame of Eiche that stands behind these entries of its log, and names them or something else."""
    head = Logbook(EICHE, before).head(len(before))
    return frame(EICHE, LINDE, Head(
        log=log, size=head.size if size is None else size, root=b64(root or head.root)
    ))  # fmt: skip


def check(folder: Path, made: Sequence[bytes], log: int = 1, trust: Trust | None = None) -> Finding:
    """Verify a log of Eiche's with these entries."""
    Logbook(EICHE, made, log).write(folder, len(made))
    write_cards(folder, EICHE.card.envelope)
    return verify_folder(folder, trust or Trust())


def counted(found: Finding) -> tuple[Any, Any]:
    return found.facts["signed"], found.facts["unproved"]


def wrong(folder: Path, made: Sequence[bytes], log: int = 1) -> tuple[str, str]:
    with pytest.raises(FoundWrong) as caught:
        check(folder, made, log)
    return caught.value.code, caught.value.where


def test_cards_in_the_log_prove_what_follows(tmp_path: Path) -> None:
    theirs = frame(LINDE, EICHE, Head(log=7, size=7, root=b64(bytes(32))))
    made = [log_entry(4, (EICHE.card.envelope,)), HELLO, CARD_OF_LINDE, AGREEMENT, theirs, *entries_of(2)]

    assert (5, 0) == counted(check(tmp_path, made))


def test_what_nobody_here_can_prove_is_counted(tmp_path: Path) -> None:
    theirs = frame(LINDE, EICHE, Head(log=1, size=0, root=b64(bytes(32))))
    known = Trust()
    known.add(keys.vkey(LINDE.id, LINDE.frame.public).encode())

    assert (1, 2) == counted(check(tmp_path, [AGREEMENT, theirs, HELLO]))
    assert (2, 1) == counted(verify_folder(tmp_path, known))


def test_an_own_frame_names_the_log_before_it(tmp_path: Path) -> None:
    before = entries_of(3)

    assert (1, 0) == counted(check(tmp_path, [*before, own_frame(before)]))


@pytest.mark.parametrize("named", [{"size": 2}, {"root": bytes(32)}, {"log": 2}])
def test_an_own_frame_that_names_another_head_is_found(tmp_path: Path, named: dict[str, Any]) -> None:
    before = entries_of(3)
    place = Tile(ENTRIES, 0, 4).path

    assert ("bad_entry", f"{place} entry 3") == wrong(tmp_path, [*before, own_frame(before, **named)])


def test_a_frame_that_came_back_names_an_earlier_log(tmp_path: Path) -> None:
    assert (2, 0) == counted(check(tmp_path, [start_entry(), own_frame([], log=1, size=9)], log=2))


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (log_entry(1, (frames.frame_of_entry(own_frame([]))[0], b"{}")), "bad_proof"),
        (HELLO.replace(b'"payload":"e', b'"payload":"f'), "bad_signature"),
        (log_entry(2, (sealed("hello", payloads.hello(), LINDE.named(LINDE.frame))[1],)), "unknown_key"),
        (log_entry(4, (sealed("strange", b"{}", EICHE.named(EICHE.frame))[1],)), "unsupported"),
        (log_entry(4, (LINDE.card.envelope[:-2] + b"}",)), "malformed"),
        (CARD_OF_LINDE.replace(b'"payload":"e', b'"payload":"f'), "malformed"),
    ],
)
def test_a_signature_or_document_that_is_wrong_is_found(tmp_path: Path, made: bytes, code: str) -> None:
    found = wrong(tmp_path, [CARD_OF_LINDE, made])

    assert (code, f"{Tile(ENTRIES, 0, 2).path} entry 1") == found


def test_a_card_whose_forerunner_is_missing_proves_nothing(tmp_path: Path) -> None:
    later = card_after(EICHE.card, [*EICHE.roots, NEXT], **root_change())
    Logbook(LINDE, [log_entry(4, (later,))]).write(tmp_path, 1)
    write_cards(tmp_path, LINDE.card.envelope)

    assert (0, 1) == counted(verify_folder(tmp_path, Trust()))


def test_a_folder_of_logs_is_checked_in_its_order(tmp_path: Path) -> None:
    check(tmp_path / "1", [CARD_OF_LINDE])
    check(tmp_path / "2", [start_entry(), frame(LINDE, EICHE, Head(log=1, size=0, root=b64(bytes(32))))], log=2)
    out = io.StringIO()

    assert [tmp_path / "1", tmp_path / "2"] == logs_in(tmp_path)
    assert 0 == main([str(tmp_path), "--json"], out)
    assert [(1, 0), (2, 0)] == [
        (row["facts"]["signed"], row["facts"]["unproved"]) for row in map(json.loads, out.getvalue().splitlines())
    ]
    assert [tmp_path / "1"] == logs_in(tmp_path / "1")
    (tmp_path / "empty").mkdir()
    assert [tmp_path / "empty"] == logs_in(tmp_path / "empty")
    assert 1 == main([str(tmp_path), "--as", "checkpoint", "--json"], io.StringIO())
