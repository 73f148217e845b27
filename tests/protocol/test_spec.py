# SPDX-License-Identifier: AGPL-3.0-or-later
"""SPEC.md says what the code does: its tables of states, codes, limits, fields and words are those of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import ringtausch_protocol
from ringtausch_protocol import (
    advert_bodies,
    advert_proofs,
    bookings,
    codes,
    documents,
    entries,
    envelope,
    forks,
    frames,
    letters,
    limits,
    requests,
    reset_bodies,
    ring_card,
    ring_close,
    roster,
    settlement,
    words,
)  # fmt: skip
from ringtausch_protocol.documents import DOCUMENTS
from ringtausch_protocol.items import ITEMS, SignedItem
from ringtausch_protocol.posts import Beside, Have, Kept, Post, PostAnswer, Recover, RecoverAnswer, WireFrame
from tests.house.tree import ROOT, name_of, python_files
from tests.vectors import write

SPEC = ROOT / "protocol" / "SPEC.md"
TEXT = SPEC.read_text(encoding="utf-8")

#: Heading of a field table -> the struct it describes.
FIELDS: dict[str, type[msgspec.Struct]] = {
    **DOCUMENTS,
    **{str(kind.__struct_config__.tag): kind for kind in ITEMS},
    **letters.LETTERS,
    "envelope": envelope.Envelope, "signature": envelope.Signature, "card-key": ring_card.CardKey,
    "card-unit": ring_card.CardUnit, "revocation": ring_card.Revocation, "channel-end": ring_card.ChannelEnd,
    "card-name": requests.CardName, "line-terms": documents.LineTerms, "head": documents.Head,
    "position": documents.Position, "run": documents.Run, "standing": documents.Standing, "edge": documents.Edge,
    "closed-line": ring_close.ClosedLine,
    "open-hold": documents.OpenHold, "order-box": documents.OrderBox, "frame": frames.Header,
    "signed-item": SignedItem, "wire-frame": WireFrame, "have": Have, "beside": Beside,
    "frames": Post, "frames_answer": PostAnswer, "recover": Recover, "kept": Kept,
    "recover_answer": RecoverAnswer, "invitation": requests.Invitation, "peering": requests.PeeringAsk,
    "peering_answer": requests.PeeringAnswer, "ask": requests.Ask, "ask_answer": requests.AskAnswer,
    "say": requests.Say,
    "say_answer": requests.SayAnswer, "quote": requests.QuoteAsk, "quote_answer": requests.QuoteAnswer,
    "refusal": requests.Refusal, "booking": bookings.Booking, "opened-booking": bookings.OpenedBooking,
    "log-start": entries.LogStart, "head-told": entries.HeadTold,
    "log_token": requests.LogToken, "fork-proof": forks.ForkProof,
    "advert-proof": advert_proofs.AdvertProof, "head-shown": forks.HeadShown,
    "adverts": advert_bodies.AdvertsAsk, "adverts_answer": advert_bodies.AdvertsAnswer,
    "advert-known": advert_bodies.AdvertKnown,
    "roster-head": roster.RosterHead, "roster-ring": roster.RosterRing, "roster-log": roster.RosterLog,
    "reset": reset_bodies.ResetAsk, "reset_answer": reset_bodies.ResetAnswer,
}  # fmt: skip


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of the first table of a text, without its head."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table is not None
    lines = [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in table[0].splitlines()]
    return [[cell.strip() for cell in line] for line in lines[2:]]


@pytest.mark.parametrize(
    ("place", "heading"),
    [("payer", "The payer's ring"), ("between", "A ring between"), ("payee", "The payee's ring")],
)
def test_the_state_tables_are_those_of_the_package(place: str, heading: str) -> None:
    said = {(state, event): (after, acts) for state, event, after, acts in rows(section(f"{heading} (`{place}`)"))}
    done = {
        (state.value, event.value): (move.state.value, ", ".join(act.value for act in move.acts))
        for (state, event), move in settlement.TABLES[settlement.Place(place)].items()
    }

    assert done == said


def test_every_event_and_act_is_explained() -> None:
    tables = TEXT.partition("\nEvents:\n")[2]
    events, acts = (rows(part) for part in tables.split("\nActs:\n")[:2])

    assert [event.value for event in settlement.Event] == [row[0] for row in events]
    assert [act.value for act in settlement.Act] == [row[0] for row in acts]


def test_the_codes_are_those_of_the_package() -> None:
    expected = [[code.name, code.kind, str(code.status), code.en] for code in codes.CODES.values()]

    assert expected == rows(section("9. Codes"))


def test_the_limits_are_those_of_the_package() -> None:
    source = Path(limits.__file__).read_text(encoding="utf-8")
    expected = [
        [name, str(getattr(limits, name)), why]
        for name, why in re.findall(r"^([A-Z][A-Z_]*) = .*?  # (.*)$", source, re.MULTILINE)
    ]

    assert expected == rows(section("10. Limits"))


def test_the_words_are_those_of_the_package() -> None:
    block = re.search(r"```words\n(.*?)```", TEXT, re.DOTALL)

    assert block is not None
    assert list(words.WORDS) == block[1].split()


@pytest.mark.parametrize("name", FIELDS)
def test_the_fields_are_those_of_the_package(name: str) -> None:
    said = [row[0] for row in rows(section(name))]
    kind = FIELDS[name]
    tag = kind.__struct_config__.tag_field
    expected = [
        field.encode_name + ("" if field.required or name == "booking" else "?")
        for field in msgspec.structs.fields(kind)
    ]

    assert ([tag] if tag and tag != "kind" else []) + expected == said


def test_every_table_of_fields_is_looked_at() -> None:
    headed = re.findall(r"^#### ([a-z_-]+)$", TEXT, re.MULTILINE)

    assert sorted(set(FIELDS)) == sorted(headed)


def bounds(schema: dict[str, Any]) -> Iterator[tuple[int | None, int | None]]:
    """Least and most of the numbers that a JSON schema allows."""
    for each in schema.get("anyOf", [schema]):
        if each.get("type") == "integer":
            most = each.get("maximum", each.get("exclusiveMaximum", 0) - 1)
            yield each.get("minimum"), most


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"booking"}))
def test_the_numbers_are_bounded_as_the_package_bounds_them(name: str) -> None:
    """int(a..b) and the named number types say what msgspec checks."""
    named = {
        "amount": (1, limits.AMOUNT_MAX), "amount0": (0, limits.AMOUNT_MAX), "seconds": (0, limits.BALANCE_MAX),
        "balance": (-limits.BALANCE_MAX, limits.BALANCE_MAX), "seq": (1, limits.SEQ_MAX), "count": (0, limits.SEQ_MAX),
        "time": (0, limits.TIME_MAX),
    }  # fmt: skip
    schema = msgspec.json.schema_components([FIELDS[name]], ref_template="{name}")[1][FIELDS[name].__name__]
    for field, kind, *_ in rows(section(name)):
        found = list(bounds(schema["properties"][field.rstrip("?")]))
        if found:
            said = re.fullmatch(r"int\((\d+)\.\.(.+)\)", kind)
            assert found == [(int(said[1]), number(said[2])) if said else named[kind]], field


def number(text: str) -> int:
    """2^53 - 1, 2^40 or digits."""
    found = re.fullmatch(r"(\d+)(?:\^(\d+))?(?: - (\d+))?", text)
    assert found is not None
    base, exponent, less = (int(part or 1) for part in found.groups())
    return int(pow(base, exponent)) - (less if found[3] else 0)


def test_the_documents_listed_are_those_of_the_package() -> None:
    listed = [row[0].partition(" ")[0] for row in rows(section("4. Documents"))]

    assert sorted([*DOCUMENTS, frames.HEADER_KIND, "log-start"]) == sorted(listed)


def test_every_example_is_a_vector() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in sorted(write.FOLDER.glob("*.json")))
    examples = [line for block in re.findall(r"```vector\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]

    assert len(examples) > 8
    assert [] == [line for line in examples if json.dumps(line) not in everything]


def test_every_file_of_vectors_is_named() -> None:
    listed = [row[0] for row in rows(section("Annex B. Vectors"))]

    assert sorted(listed) == sorted(path.name for path in write.FOLDER.glob("*.json"))


def test_every_section_that_code_cites_is_here() -> None:
    numbers = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", TEXT, re.MULTILINE))
    cited = {
        (name_of(path), number)
        for path in python_files()
        for found in re.findall(r"SPEC\.md,? (?:sections? )?((?:\d+(?:\.\d+)?(?:, | and )?)+)", path.read_text("utf-8"))
        for number in re.findall(r"\d+(?:\.\d+)?", found)
    }

    assert len(cited) > 30
    assert [] == sorted(cite for cite in cited if cite[1] not in numbers)


def test_sections_that_the_text_cites_are_here() -> None:
    numbers = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", TEXT, re.MULTILINE))
    prose = re.sub(r"```.*?```|`[^`]*`|RFC \d+ section [\d.]+", "", TEXT, flags=re.DOTALL)
    cited = set(re.findall(r"(?<=[(\s])([2-9]\.\d+)(?=[):,;.\s])", prose))

    assert set() == cited - numbers


def test_no_two_sections_have_one_number() -> None:
    numbers = re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", TEXT, re.MULTILINE)

    assert len(set(numbers)) == len(numbers)
    assert ringtausch_protocol.__doc__ is not None
    assert "SPEC.md" in ringtausch_protocol.__doc__
