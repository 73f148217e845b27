# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who signed a checkpoint, how many witnesses cosigned, and what a log may grow into."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringtausch_protocol import checkpoints, limits, notes
from ringtausch_protocol.checkpoints import NO_POLICY, LogHead, Policy, verify_checkpoint
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import COSIGNER
from ringtausch_protocol.merkle import EMPTY
from ringtausch_protocol.notes import NoteKey
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON
from tests.vectors.logbook import Logbook, as_witness, checkpoint_key, entries_of, policy_of, witness_key

BOOK = Logbook(EICHE, entries_of(5))
PLAIN = BOOK.checkpoint(5).to_bytes().decode()
COSIGNED = BOOK.checkpoint(5, LINDE, BUCHE).to_bytes()
WITNESSES = policy_of(LINDE, BUCHE)


def replaced(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new)


def code_of(data: bytes | str, known: tuple[NoteKey, ...] = (BOOK.key,), policy: Policy = NO_POLICY) -> str | None:
    try:
        verify_checkpoint(data if isinstance(data, bytes) else data.encode(), known, policy)
    except RemoteError as error:
        return error.code
    return None


def test_a_checkpoint_tells_who_signed_it_and_when() -> None:
    found = verify_checkpoint(COSIGNED, [BOOK.key], WITNESSES)

    assert BOOK.head(5) == found.head
    assert BOOK.key == found.key
    assert [(as_witness(LINDE), NOON), (as_witness(BUCHE), NOON + 1)] == [tuple(each) for each in found.cosigned]


def test_a_checkpoint_that_was_read_names_who_claims_to_have_cosigned_it() -> None:
    claimed = checkpoints.told_cosigners(checkpoints.parse_checkpoint(COSIGNED))

    assert [(LINDE.id, NOON), (BUCHE.id, NOON + 1)] == claimed


def test_the_head_of_an_empty_log_is_signed_too() -> None:
    assert (0, EMPTY) == verify_checkpoint(BOOK.checkpoint(0).to_bytes(), [BOOK.key]).head[1:]


@pytest.mark.parametrize("change", [("\n5\n", "\n6\n"), ("/log/1\n5", "/log/2\n5")])
def test_a_changed_text_is_noticed(change: tuple[str, str]) -> None:
    assert code_of(replaced(*change)) in {"bad_signature", "unknown_key"}


def test_every_flipped_bit_is_noticed() -> None:
    for place in range(len(COSIGNED)):
        for bit in (1, 4, 32, 128):
            changed = COSIGNED[:place] + bytes([COSIGNED[place] ^ bit]) + COSIGNED[place + 1 :]
            assert code_of(changed, policy=WITNESSES) is not None, (place, bit)


def test_a_log_is_known_by_the_keys_with_its_name_only() -> None:
    other = NoteKey(checkpoints.origin_of(EICHE.id, 2), 1, BOOK.key.public)
    cosigner = NoteKey(BOOK.origin, COSIGNER, BOOK.key.public)

    assert ["unknown_key"] * 3 == [code_of(PLAIN, known) for known in ((), (other,), (cosigner,))]
    assert None is code_of(PLAIN, (other, cosigner, BOOK.key))


def changed_line(town_id: str, change: Callable[[bytes], bytes]) -> bytes:
    note = notes.parse_note(COSIGNED)
    lines = [line._replace(signature=change(line.signature)) if line.name == town_id else line for line in note.lines]
    return note._replace(lines=tuple(lines)).to_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda signature: bytes(8) + signature[8:],
        lambda signature: (limits.TIME_MAX + 1).to_bytes(8) + signature[8:],
        lambda signature: (NOON + 9).to_bytes(8) + signature[8:],
        lambda signature: signature[:-1],
        lambda signature: signature[:1],
        lambda signature: signature[8:],
    ],
)
def test_a_known_witness_that_fails_spoils_the_note(change: Callable[[bytes], bytes]) -> None:
    data = changed_line(LINDE.id, change)

    assert "bad_signature" == code_of(data, policy=Policy(WITNESSES.witnesses, 0))
    assert None is code_of(data)  # nobody asked for Linde's word


@pytest.mark.parametrize(("asked", "code"), [(0, None), (2, None), (3, "quorum")])
def test_a_quorum_of_witnesses_is_asked_for(asked: int, code: str | None) -> None:
    assert code == code_of(COSIGNED, policy=Policy(WITNESSES.witnesses, asked))
    assert ("quorum" if asked else None) == code_of(PLAIN, policy=Policy(WITNESSES.witnesses, asked))


def test_one_key_under_two_names_counts_once() -> None:
    note = BOOK.checkpoint(5, LINDE)
    twice = notes.add_lines(note, [notes.cosign_note(note.text, "linde.example", witness_key(LINDE), NOON + 5)])
    known = (as_witness(LINDE), NoteKey("linde.example", COSIGNER, witness_key(LINDE).public))

    assert None is code_of(twice.to_bytes(), policy=Policy(known, 1))
    assert "quorum" == code_of(twice.to_bytes(), policy=Policy(known, 2))


def test_a_line_of_a_key_that_stands_there_is_not_added_again() -> None:
    note = BOOK.checkpoint(5, LINDE)
    later = notes.cosign_note(note.text, LINDE.id, witness_key(LINDE), NOON + 60)

    assert note == notes.add_lines(note, [later, later])


def test_cosignatures_of_an_answer_are_taken_over() -> None:
    checkpoint = checkpoints.parse_checkpoint(PLAIN.encode())
    line = notes.cosign_note(checkpoint.note.text, LINDE.id, witness_key(LINDE), NOON)
    answer = f"{line}— other AAAAAAAA\n".encode()
    taken = checkpoints.read_cosignatures(checkpoint, answer, [as_witness(LINDE)])

    assert [line] == taken
    assert BOOK.checkpoint(5, LINDE).to_bytes() == checkpoints.with_cosignatures(checkpoint, taken)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "malformed"), (b"x\n", "malformed"), (b"\xe2\x80\x94 a AAAAAAAA", "malformed"),
        (b"x" * (limits.CHECKPOINT_BYTES + 1), "too_large"),
        (str(notes.cosign_note(PLAIN, LINDE.id, witness_key(LINDE), NOON)).encode(), "bad_signature"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_cosignature_is_refused(answer: bytes, code: str) -> None:
    with pytest.raises(RemoteError) as caught:
        checkpoints.read_cosignatures(checkpoints.parse_checkpoint(PLAIN.encode()), answer, [as_witness(LINDE)])

    assert code == caught.value.code


def test_a_signature_of_the_log_is_no_cosignature() -> None:
    known = NoteKey(LINDE.id, COSIGNER, checkpoint_key(EICHE).public)

    assert "quorum" == code_of(PLAIN, policy=Policy((known,), 1))


@pytest.mark.parametrize(
    ("witnesses", "quorum"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 5), (9, 5)]
)
def test_a_quorum_is_more_than_half_and_five_at_most(witnesses: int, quorum: int) -> None:
    assert quorum == checkpoints.quorum_of(witnesses)


# -- growth ------------------------------------------------------------------------------------------------------------


def grows(old: LogHead, new: LogHead, path: list[bytes]) -> bool:
    try:
        checkpoints.verify_growth(old, new, path)
    except RemoteError as error:
        return error.code != "bad_proof"
    return True


def test_a_log_grows_from_nothing_and_from_every_size() -> None:
    assert grows(BOOK.head(0), BOOK.head(5), [])
    assert grows(BOOK.head(0), BOOK.head(0), [])
    assert grows(BOOK.head(3), BOOK.head(5), BOOK.consistency(3, 5))
    assert grows(BOOK.head(5), BOOK.head(5), [])


def test_a_log_does_not_shrink_change_or_become_another() -> None:
    other = Logbook(EICHE, entries_of(5), log=2)
    forked = Logbook(EICHE, entries_of(5, "another"))

    assert not grows(BOOK.head(5), BOOK.head(3), BOOK.consistency(3, 5))
    assert not grows(BOOK.head(0), BOOK.head(5), [EMPTY])
    assert not grows(BOOK.head(0)._replace(root=bytes(32)), BOOK.head(5), [])
    assert not grows(BOOK.head(0), other.head(5), [])
    assert not grows(BOOK.head(3), forked.head(5), forked.consistency(3, 5))
    assert not grows(BOOK.head(3), BOOK.head(5), [EMPTY] * (limits.PROOF_HASHES_MAX + 1))


def test_a_witness_files_a_log_under_the_hash_of_its_origin() -> None:
    assert 64 == len(notes.gossip_name(BOOK.origin))
    assert notes.gossip_name(BOOK.origin) != notes.gossip_name(checkpoints.origin_of(EICHE.id, 2))


def test_the_longest_origin_fits() -> None:
    assert len(checkpoints.origin_of(EICHE.id, limits.SEQ_MAX)) <= limits.ORIGIN_LENGTH
