# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of a witness: what it answers to every head it may be shown; and that an honest one prevents every fork."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringtausch_protocol import limits, notes, witness
from ringtausch_protocol.checkpoints import LogHead, verify_growth
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import EMPTY
from ringtausch_protocol.witness import AddCheckpoint, Verdict, Watched, judge, parse_request
from tests.vectors.cast import EICHE, LINDE
from tests.vectors.logbook import Logbook, entries_of

BOOK = Logbook(EICHE, entries_of(12))
#: The same ring's other history: entries 5 and behind differ.
FORKED = Logbook(EICHE, entries_of(5) + entries_of(7, "other"))
STRANGER = Logbook(LINDE, entries_of(12))
PATH = BOOK.consistency(5, 8)


def asked(old: int, size: int, path: list[bytes] | None = None, book: Logbook = BOOK) -> AddCheckpoint:
    """What a ring would send: as bytes, read again."""
    steps = (book.consistency(old, size) if 0 < old <= size else []) if path is None else path
    return parse_request(witness.format_request(old, steps, book.checkpoint(size).to_bytes()))


def known(size: int | None) -> Watched:
    return Watched((BOOK.key,), None if size is None else BOOK.head(size))


def test_a_request_is_written_as_c2sp_says() -> None:
    body = witness.format_request(5, PATH, BOOK.checkpoint(8).to_bytes())
    rows = body.decode().split("\n")

    assert ("old 5", len(PATH), "", BOOK.origin, "8") == (
        rows[0], len(rows[1 : rows.index("")]), rows[1 + len(PATH)], rows[2 + len(PATH)], rows[3 + len(PATH)],
    )  # fmt: skip
    request = parse_request(body)
    assert (5, tuple(PATH), BOOK.head(8), BOOK.origin) == (
        request.old, request.path, request.checkpoint.head, request.origin,
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 5\n", b"old 5\n\n", b"new 5\n\nx\n", b"old +5\n\nx\n", b"old 05\n\nx\n", b"old 5\nAAAA\n\nx\n",
        b"old 5\r\n\r\nx\n", b"old  5\n\nx\n", b"old 5 \n\nx\n", b"old\n\nx\n",
    ],
)  # fmt: skip
def test_a_body_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        parse_request(body)

    assert "malformed" == caught.value.code


def test_a_body_has_a_largest_size_and_a_path_63_steps() -> None:
    checkpoint = BOOK.checkpoint(8).to_bytes()

    assert 63 == len(parse_request(witness.format_request(5, [EMPTY] * 63, checkpoint)).path)
    with pytest.raises(RemoteError, match="malformed"):
        parse_request(witness.format_request(5, [EMPTY] * 64, checkpoint))
    with pytest.raises(RemoteError, match="too_large"):
        parse_request(b"x" * (limits.WITNESS_REQUEST_BYTES + 1))


CONFLICT = Verdict(409, "log_size", "5\n", is_evidence=True)
BAD_PROOF = Verdict(422, "bad_proof", is_evidence=True)
TABLE: dict[str, tuple[Callable[[], AddCheckpoint], Watched | None, Verdict]] = {
    "the first head of a log": (lambda: asked(0, 5), known(None), Verdict(200)),
    "an empty log": (lambda: asked(0, 0), known(None), Verdict(200)),
    "a log that grew": (lambda: asked(5, 8), known(5), Verdict(200)),
    "a log that did not grow": (lambda: asked(5, 5), known(5), Verdict(200)),
    "a log that nobody watches": (lambda: asked(0, 5), None, Verdict(404, "unknown_log")),
    "a signature of another key": (
        lambda: asked(0, 5), Watched((STRANGER.key._replace(name=BOOK.origin),)), Verdict(403, "unknown_key"),
    ),
    "a known key that fails": (
        lambda: broken(asked(0, 5)), known(None), Verdict(403, "bad_signature"),
    ),
    "an old size beyond the head": (
        lambda: asked(8, 5, []), known(5), Verdict(400, "malformed", is_evidence=True),
    ),
    "an old size below what is known": (lambda: asked(3, 8), known(5), CONFLICT),
    "an old size above what is known": (lambda: asked(6, 8), known(5), CONFLICT),
    "asking for the size": (lambda: asked(0, 8), known(5), CONFLICT),
    "a log that nothing is known of yet, from 5": (
        lambda: asked(5, 8), known(None), Verdict(409, "log_size", "0\n", is_evidence=True),
    ),
    "a head that went back": (lambda: asked(3, 4), known(5), CONFLICT),
    "no path": (lambda: asked(5, 8, []), known(5), BAD_PROOF),
    "a path that does not fit": (lambda: asked(5, 8, PATH[::-1]), known(5), BAD_PROOF),
    "a path from nothing": (lambda: asked(0, 8, PATH), known(None), BAD_PROOF),
    "a path where nothing grew": (lambda: asked(5, 5, PATH), known(5), BAD_PROOF),
    "a fork that grew": (lambda: asked(6, 8, book=FORKED), known(6), BAD_PROOF),
    "a fork of the same size": (lambda: asked(8, 8, [], FORKED), known(8), BAD_PROOF),
}  # fmt: skip


def broken(request: AddCheckpoint) -> AddCheckpoint:
    """The same head with a signature line of its key that does not verify."""
    checkpoint = request.checkpoint
    line = notes.Line(BOOK.origin, BOOK.key.hash, bytes(64))
    return request._replace(checkpoint=checkpoint._replace(note=checkpoint.note._replace(lines=(line,))))


@pytest.mark.parametrize(("make", "watched", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_a_witness_answers_after_the_table(
    make: Callable[[], AddCheckpoint], watched: Watched | None, verdict: Verdict
) -> None:
    assert verdict == judge(make(), watched)


def test_every_status_of_the_table_is_shown() -> None:
    assert {200, 400, 403, 404, 409, 422} == {verdict.status for _, _, verdict in TABLE.values()}


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12)), max_size=12),
)
def test_an_honest_witness_cosigns_one_history_only(steps: list[tuple[bool, int, int]]) -> None:
    """Whatever a ring with two histories shows it, in whatever order: all heads it cosigned lie on one."""
    watched, cosigned = known(None), []
    for is_fork, old, size in steps:
        book = FORKED if is_fork else BOOK
        if judge(asked(old, size, book=book), watched).status == 200:
            watched = watched._replace(head=book.head(size))
            cosigned.append((book, size))
    for (before, old), (after, size) in itertools.pairwise(cosigned):
        assert old <= size
        path = after.consistency(old, size) if old else []
        verify_growth(before.head(old), LogHead(after.origin, size, after.head(size).root), path)
