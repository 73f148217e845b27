# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an audit reads before it judges: frames, signatures, trees whose files change while they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from ringtausch_protocol import entries, limits
from ringtausch_protocol.audit.evidence import usual
from ringtausch_protocol.audit.evidence.seen import read_frame
from ringtausch_protocol.audit.evidence.signatures import GROUP, WAITING_MAX, Check, Signatures
from ringtausch_protocol.audit.evidence.tree import LogBroken, LogTree
from ringtausch_protocol.audit.evidence.usual import Usual
from ringtausch_protocol.audit.findings.model import Findings, Place
from ringtausch_protocol.checkpoints import parse_checkpoint
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from tests.audit.busy import busy_logs
from tests.audit.exports import FilesInMemory
from tests.vectors import payloads
from tests.vectors.cast import EICHE, sealed


def parts() -> list[bytes]:
    """Header and order of a frame."""
    return next(entries.parse_entry(each)[1] for each in busy_logs(1)[0].entries if each[0] == ENTRY_FRAME)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda given: [given[0], bytes(limits.FRAME_BYTES)], "too_large"),
        (lambda given: [sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))[1], given[1]], "wrong_type"),
        (lambda given: [given[0], given[1], given[1]], "bad_proof"),
        (lambda given: [given[0], given[1][:-1]], "bad_proof"),
    ],
)
def test_what_is_no_frame_is_refused(change: Callable[[list[bytes]], list[bytes]], code: str) -> None:
    with pytest.raises(RemoteError) as refused:
        read_frame(change(parts()), b"", Usual())
    assert code == refused.value.code


def test_an_item_too_long_is_not_usual_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Usual()
    assert reader.item(bytes(limits.ITEM_BYTES + 1)) is None

    monkeypatch.setattr(usual, "KNOWN_MAX", 0)
    read_frame(parts(), b"", reader)
    assert reader.envelope(parts()[0]) is None


def test_no_more_groups_wait_than_memory_is_given() -> None:
    waiting = 0

    def begin(group: Sequence[Check]) -> Callable[[], Sequence[bool]]:
        nonlocal waiting
        waiting += 1

        def answer() -> Sequence[bool]:
            nonlocal waiting
            waiting -= 1
            return [True] * (len(group) - 1) + [False]

        return answer

    findings = Findings()
    signatures, most = Signatures(begin, findings), 0
    for number in range(GROUP * (WAITING_MAX + 5)):
        signatures.add(Check(b"", b"", b"", Place(f"{number // GROUP}")))
        most = max(most, waiting)
    signatures.finish()

    assert (WAITING_MAX, 0, WAITING_MAX + 5) == (most, waiting, len(findings.all()))


def test_tiles_that_change_while_they_are_read_break_the_log() -> None:
    log = busy_logs(1)[0]
    files = log.files()
    tree = LogTree(FilesInMemory("eiche", files), parse_checkpoint(files["checkpoint"]).head)
    tree.verify()
    [name] = [path for path in files if path.startswith("tile/0/")]

    assert tree.leaf_at(0) == files[name][:32]
    assert tree.leaf_at(tree.head.size) is None
    for changed in (files[name][:-1] + bytes(1), files[name][:-1]):
        files[name] = changed
        with pytest.raises(LogBroken):
            tree.leaves(0)
