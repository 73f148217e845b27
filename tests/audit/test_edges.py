# SPDX-License-Identifier: AGPL-3.0-or-later
"""What seldom happens to an audit: files that cannot be read, cards out of order, logs given twice, long histories."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.ledger.lines import HISTORY_MAX, LineBook, Posting
from ringtausch_protocol.audit.ledger.payments import Payments
from ringtausch_protocol.audit.program.clock import seconds
from ringtausch_protocol.audit.program.kept import KeptFiles, keeping
from ringtausch_protocol.audit.report.figures import lasting
from ringtausch_protocol.audit.sources.archives import as_malformed
from ringtausch_protocol.audit.sources.folders import FolderFiles, cards_beside, logs_in, read_cards
from ringtausch_protocol.audit.sources.patience import Patience
from ringtausch_protocol.audit.sources.web import WebFiles
from ringtausch_protocol.checkpoints import LogHead, origin_of
from ringtausch_protocol.errors import RemoteError
from tests.audit.busy import busy_logs
from tests.audit.exports import Export, FilesInMemory, audited, codes, write
from tests.audit.roads import order_along
from tests.audit.test_keys import revoking_card
from tests.vectors.cast import BUCHE, EICHE

LOGS = busy_logs(1)


# -- sources -----------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="missing"):
        FolderFiles(tmp_path, "here").read("checkpoint", 10)


def test_cards_lie_beside_a_log_as_a_list_or_alone_or_not_at_all(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path, "here")
    nothing = cards_beside(files)
    (tmp_path / "card.json").write_bytes(b'{"one": 1}\n')
    assert ((), (b'{"one": 1}',)) == (nothing, cards_beside(files))
    for broken in (b"[1,", b"[" * 300_000):
        with pytest.raises(RemoteError, match=r"cards\.json"):
            read_cards(broken)


def test_a_link_beside_a_log_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "logs", *LOGS)
    (tmp_path / "logs" / "again").symlink_to(tmp_path / "logs" / LOGS[0].name)
    assert len(LOGS) == len(logs_in(tmp_path / "logs", "logs"))


def test_what_the_system_refuses_is_a_bad_source() -> None:
    with pytest.raises(RemoteError, match="source: no room"), as_malformed("source"):
        raise OSError(28, "no room")


def test_a_kept_file_that_was_cut_off_is_fetched_again_and_only_tiles_are_kept(tmp_path: Path) -> None:
    tile = "tile/0/000"
    files = KeptFiles(FilesInMemory("far", {tile: b"new", "checkpoint": b"head"}), tmp_path)
    (tmp_path / "tile/0").mkdir(parents=True)
    (tmp_path / tile).write_bytes(b"cut off")
    assert (b"new", b"head") == (files.read(tile, 99), files.read("checkpoint", 99))
    assert [tmp_path / tile] == [each for each in tmp_path.rglob("*") if each.is_file()]


def test_nothing_is_kept_of_an_address_without_a_head(tmp_path: Path) -> None:
    given = LogGiven(WebFiles("http://127.0.0.1:9", Patience(seconds)), b"no head", ())
    assert given == keeping(given, tmp_path)


def test_what_is_kept_stays_while_an_address_is_off(tmp_path: Path) -> None:
    log = LOGS[0]
    kept = tmp_path / origin_of(log.ring_id, log.number) / "tile/0/000"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a tile")
    keeping(LogGiven(WebFiles("http://127.0.0.1:9", Patience(seconds)), log.files()["checkpoint"], ()), tmp_path)
    assert kept.exists()


# -- logs --------------------------------------------------------------------------------------------------------------


def test_a_head_that_is_none_is_an_unreadable_log() -> None:
    given = LogGiven(FilesInMemory("here", {}), b"no head", ())
    assert ["log_unreadable"] == codes(audit(Asked([given])))


def test_the_same_log_twice_is_one() -> None:
    assert [] == codes(audited(*LOGS, LOGS[0]))


def test_a_log_that_a_later_one_closed_may_be_shorter_than_it_was() -> None:
    eiche = LOGS[0]
    later = Export(eiche.ring_id, 2, eiche.entries, eiche.cards, eiche.seeds, eiche.name)
    known = LogHead(origin_of(eiche.ring_id, 1), len(eiche.entries) + 1, bytes(32))
    found = [audit(Asked([log.given() for log in logs], remembered={known.origin: known}))
             for logs in ([eiche], [eiche, later])]  # fmt: skip
    assert [True, False] == ["log_shrunk" in codes(each) for each in found]


# -- evidence and ledger -----------------------------------------------------------------------------------------------


def test_a_later_card_waits_for_the_one_before() -> None:
    rings, later = Rings(), revoking_card(1)
    unproved = rings.add(later)
    before = rings.known()
    rings.add(EICHE.card.envelope)
    assert (2, [], [1, 2]) == (unproved.number, before, [card.number for card in rings.chain(EICHE.id)])


def test_what_was_owed_longer_ago_than_a_line_remembers_is_not_known() -> None:
    line = LineBook("ours", "theirs")
    for seq in range(1, HISTORY_MAX + 2):
        line.post(Posting(in_own=True, seq=seq, seconds=1, order_hash=""))
    assert (None, HISTORY_MAX) == (line.owed_at(1, 0), line.owed_at(HISTORY_MAX, 0))


def test_an_attempt_that_came_back_after_a_loss_is_not_early() -> None:
    payments, order = Payments(), order_along(EICHE, BUCHE)
    told = [payments.begin_try(order, "one", is_again=is_again) for is_again in (False, True)]
    assert [True, True] == told


def test_an_order_counts_once_as_soon_as_it_is_known_who_gave_it() -> None:
    payments, found = Payments(), []
    for signer in ("", "", EICHE.id, EICHE.id):
        found.append(payments.is_counted("an order"))
        payments.end("an order", "posted", BUCHE.id)
        payments.know_signer("an order", signer)
    assert [False, False, False, True] == found


@pytest.mark.parametrize(
    ("seconds", "expected"), [(30, "0 minutes"), (7_199, "119 minutes"), (7_200, "2 hours"), (172_800, "2 days")]
)
def test_a_time_is_told_in_its_largest_unit_that_is_there_twice(seconds: int, expected: str) -> None:
    assert expected == lasting(seconds, "en")
