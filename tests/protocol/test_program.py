# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m ringtausch_protocol`: recognises files, says what was verified and by whose keys, ends with 0, 1 or 2."""

from __future__ import annotations

import importlib
import io
import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, cards, envelope, frames, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.ring_card import CardKey, Revocation
from ringtausch_protocol.verifier import words
from ringtausch_protocol.verifier.program import main
from tests.protocol.files_to_verify import BOOK, ITEMS, files
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, Town, chance, frame_of, sealed
from tests.vectors.logbook import as_witness

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Call the program on files of a folder; a line of JSON comes back as a value."""
    for name, data in files().items():
        (tmp_path / name).write_bytes(data)

    def call(*arguments: str, known: str = "cards") -> tuple[int, Any]:
        given = [
            str(tmp_path / each) if before != "--as" and (tmp_path / each).exists() else each
            for before, each in itertools.pairwise(["", *arguments])
        ]
        out = io.StringIO()
        code = main([*given, "--json", *(["--keys", str(tmp_path / known)] if known else [])], out)
        return code, json.loads(out.getvalue())

    return call


@pytest.mark.parametrize(
    ("name", "kind", "signed", "facts"),
    [
        ("card", "envelope", [key for root in EICHE.roots for key in EICHE.known(root)], {"document": "ring-card"}),
        ("agreement", "envelope", [*EICHE.known(EICHE.operator), *LINDE.known(LINDE.operator)], {}),
        ("hello", "envelope", [*EICHE.known()], {"document": "hello", "ring": EICHE.id}),
        ("start", "envelope", [*EICHE.known(EICHE.operator)], {"document": "log-start"}),
        ("header", "envelope", [*EICHE.known()], {"document": "frame"}),
        ("item", "item", [*EICHE.known()], {"item": "cancel", "to": LINDE.id, "seq": 7, "place": 2}),
        ("checkpoint", "checkpoint", [BOOK.key.id, as_witness(LINDE).id, as_witness(BUCHE).id], {"cosignatures": 2}),
        ("receipt", "receipt", [BOOK.key.id, as_witness(LINDE).id, as_witness(BUCHE).id], {"index": 4, "type": 5}),
        ("booking", "booking", [BOOK.key.id, as_witness(LINDE).id, as_witness(BUCHE).id], {"credit": 8, "index": 7}),
        ("fork", "fork", [key for root in EICHE.roots for key in EICHE.known(root)], {"fault": "history", "size": 7}),
    ],
)
def test_every_kind_of_file_is_recognised_and_verified(
    run: Run, name: str, kind: str, signed: list[str], facts: dict[str, object]
) -> None:
    code, told = run(name)

    assert (0, True, kind, sorted(signed)) == (code, told["verified"], told["kind"], sorted(told["by"]))
    assert facts == {fact: told["facts"][fact] for fact in facts}
    assert set(told["facts"]) <= set(words.FACTS)
    assert (0, told) == run(name, "--as", kind)


@pytest.mark.parametrize("name", ["header", "item", "checkpoint", "receipt", "booking"])
def test_verifier_keys_do_instead_of_cards(run: Run, name: str) -> None:
    assert 0 == run(name, known="vkeys")[0]


@pytest.mark.parametrize("name", ["card", "fork"])
def test_what_proves_itself_needs_no_keys(run: Run, name: str) -> None:
    assert 0 == run(name, known="")[0]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("hello", "unknown_key"), ("agreement", "unknown_key"), ("item", "unknown_key"), ("checkpoint", "unknown_key"),
        ("receipt", "unknown_key"), ("bare", "bad_proof"), ("entry", "wrong_type"),
    ],
)  # fmt: skip
def test_without_keys_nothing_is_believed(run: Run, name: str, code: str) -> None:
    ended, told = run(name, known="") if name != "bare" else run(name)

    assert (1, False, code) == (ended, told["verified"], told["code"])


def test_a_receipt_without_its_entry_takes_it_from_a_file(run: Run) -> None:
    assert 0 == run("bare", "--entry", "entry")[0]
    assert (1, "bad_proof") == (run("bare", "--entry", "card")[0], run("bare", "--entry", "card")[1]["code"])


@pytest.mark.parametrize(("quorum", "code"), [("0", 0), ("2", 0), ("3", 1)])
def test_the_caller_says_how_many_witnesses_must_have_cosigned(run: Run, quorum: str, code: int) -> None:
    assert code == run("checkpoint", "--quorum", quorum)[0]


def write(run: Run, tmp_path: Path, data: bytes, *arguments: str) -> Any:
    (tmp_path / "file").write_bytes(data)
    code, told = run("file", *arguments)
    assert (1, False) == (code, told["verified"])
    return told["code"]


def by(town: Town, kind: str, value: Any) -> bytes:
    return sealed(kind, value, town.named(town.operator if kind == "peer-agreement" else town.frame))[1]


def test_a_document_is_signed_by_the_rings_that_it_names(run: Run, tmp_path: Path) -> None:
    assert "unknown_key" == write(run, tmp_path, by(BUCHE, "hello", payloads.hello()))
    assert "threshold" == write(run, tmp_path, by(EICHE, "peer-agreement", payloads.agreement()))
    assert "unknown_key" == write(
        run, tmp_path, sealed("hello", payloads.hello(), EICHE.named(EICHE.operator))[1]
    )  # an operator does not greet
    frame = frame_of(EICHE, LINDE, ITEMS, from_=BUCHE.id)
    assert "unknown_key" == write(run, tmp_path, canonical.encode(frames.signed_item(frame.envelope, frame.items, 2)))


def test_operators_sign_as_one_card_asks_and_cards_are_not_mixed(run: Run, tmp_path: Path) -> None:
    others = [SigningKey(chance(f"{number} operator")) for number in ("second", "third")]
    first = msgspec.structs.replace(payloads.second_card(), number=1, prev_card=None)  # two operators, both must sign
    [_, key] = [each for each in first.keys if each.purpose == "operator"]
    later = msgspec.structs.replace(key, public=b64(others[1].public))
    kept = [each for each in first.keys if each.purpose != "operator"]
    next_, roots = {"number": 2, "operator_threshold": 1, "keys": [*kept, later]}, [*map(LINDE.named, LINDE.roots)]
    payload, of_two = sealed(cards.KIND, first, *roots)
    digest = b64(envelope.document_hash(cards.KIND, payload))
    of_one = sealed(cards.KIND, msgspec.structs.replace(first, prev_card=digest, **next_), *roots)[1]
    (tmp_path / "both cards").write_bytes(EICHE.card.envelope + b"\n" + of_two + b"\n" + of_one)

    def code_by(*signers: SigningKey) -> tuple[int, str | None]:
        named = [EICHE.named(EICHE.operator), *map(LINDE.named, signers)]
        (tmp_path / "file").write_bytes(sealed("peer-agreement", payloads.agreement(), *named)[1])
        code, told = run("file", known="both cards")
        return code, told.get("code")

    assert (1, "threshold") == code_by(LINDE.operator)
    assert (1, "threshold") == code_by(others[0])
    assert (0, None) == code_by(LINDE.operator, others[0])
    assert (0, None) == code_by(others[1])


def test_another_kind_of_file_is_refused(run: Run, tmp_path: Path) -> None:
    assert "wrong_type" == write(run, tmp_path, b"something else")
    assert "wrong_type" == write(run, tmp_path, EICHE.card.envelope, "--as", "folder")
    assert "malformed" == write(run, tmp_path, EICHE.card.envelope, "--as", "receipt")
    assert "unsupported" == write(run, tmp_path, envelope.seal("poem", b"{}", [EICHE.named(EICHE.frame)]))
    assert "too_large" == write(run, tmp_path, b"x" * (limits.RECEIPT_BYTES + 1))


def test_a_folder_is_no_file_and_a_pipe_no_plain_one(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    assert (1, "malformed") == (run("pipe")[0], run("pipe")[1]["code"])
    assert (1, "malformed") == (run("folder", "--as", "receipt")[0], run("folder", "--as", "receipt")[1]["code"])


def test_every_file_gets_its_line_and_one_wrong_one_is_enough(tmp_path: Path) -> None:
    for name, data in files().items():
        (tmp_path / name).write_bytes(data)
    out = io.StringIO()
    code = main([str(tmp_path / "card"), str(tmp_path / "entry"), str(tmp_path / "fork"), "--json"], out)

    assert (1, [True, False, True]) == (code, [json.loads(row)["verified"] for row in out.getvalue().splitlines()])


# -- cards that follow each other, keys that were taken back --


def second_card(*revoked: str, size: int = 6) -> bytes:
    """Eiche's next card, which takes these keys back and has none of them."""
    card = EICHE.card.card
    end = Revocation(keys=sorted(revoked), log=1, size=size, channels=[]) if revoked else None
    kept = [
        CardKey(purpose=key.purpose, public=b64(SigningKey(chance(f"eiche {key.purpose} 2")).public))
        if key_id(EICHE.id, canonical.unb64(key.public, 32)) in revoked
        else key
        for key in card.keys
    ]
    following = msgspec.structs.replace(card, number=2, prev_card=EICHE.card.hash, keys=kept, revoked=end)
    return envelope.seal(cards.KIND, canonical.encode(following), [EICHE.named(root) for root in EICHE.roots])


FRAME_KEY = key_id(EICHE.id, EICHE.frame.public)
LOG_KEY = key_id(EICHE.id, BOOK.key.public)


def known_after(tmp_path: Path, card: bytes) -> str:
    (tmp_path / "later").write_bytes(files()["cards"] + card + b"\n" + EICHE.card.envelope)
    return "later"


def test_keys_of_every_card_of_a_chain_count(run: Run, tmp_path: Path) -> None:
    later = known_after(tmp_path, second_card())
    (tmp_path / "second").write_bytes(second_card())

    assert [0] * 6 == [
        run(name, known=later)[0] for name in ("card", "second", "header", "item", "checkpoint", "start")
    ]
    assert (0, 2) == (run("second")[0], run("second")[1]["facts"]["number"])


def test_a_card_that_does_not_follow_is_refused(run: Run, tmp_path: Path) -> None:
    third = json.loads(envelope.parse_envelope(second_card()).body()) | {"number": 3}
    payload = json.dumps(third, separators=(",", ":")).encode()
    (tmp_path / "third").write_bytes(envelope.seal(cards.KIND, payload, [EICHE.named(key) for key in EICHE.roots]))

    assert "card_skipped" == run("third")[1]["code"]


def test_what_a_revoked_key_signed_does_not_count_away_from_its_channel(run: Run, tmp_path: Path) -> None:
    later = known_after(tmp_path, second_card(FRAME_KEY))

    assert ["revoked_key"] * 3 == [run(name, known=later)[1]["code"] for name in ("header", "item", "hello")]
    assert 0 == run("checkpoint", known=later)[0]


@pytest.mark.parametrize(("size", "code"), [(7, 0), (8, 0), (6, 1)])
def test_a_head_under_a_revoked_key_counts_if_others_cosigned_it_before(
    run: Run, tmp_path: Path, size: int, code: int
) -> None:
    later = known_after(tmp_path, second_card(LOG_KEY, size=size))
    (tmp_path / "alone").write_bytes(BOOK.checkpoint(7).to_bytes())

    assert [code, code] == [run(name, known=later)[0] for name in ("checkpoint", "receipt")]
    assert "revoked_key" == run("alone", "--quorum", "0", known=later)[1]["code"]


def test_who_only_imports_every_module_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert importlib.import_module("ringtausch_protocol.__main__").__name__ == "ringtausch_protocol.__main__"
    assert ("", "") == capsys.readouterr()
