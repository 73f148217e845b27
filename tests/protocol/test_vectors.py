# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our package agrees with every vector: what is accepted is read and written again, what is refused has its code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ringtausch_protocol import canonical, envelope, frames, keys, limits, merkle, requests, settlement
from ringtausch_protocol.advert_bodies import AdvertsAnswer, AdvertsAsk
from ringtausch_protocol.bookings import Booking
from ringtausch_protocol.canonical import b64, unb64
from ringtausch_protocol.cards import verify_card, verify_chain
from ringtausch_protocol.documents import DOCUMENTS, OrderBox
from ringtausch_protocol.entries import log_entry, parse_log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import ITEMS, AnyItem, Decision, Order, SignedItem, encode_item, item_hash, parse_item
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.letters import LETTERS
from ringtausch_protocol.posts import Post, PostAnswer, Recover, RecoverAnswer
from ringtausch_protocol.sealing import OpeningKey
from ringtausch_protocol.words import WORDS, peering_words
from tests.protocol import reading_logs
from tests.vectors import write
from tests.vectors.cast import Case

FILES: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(write.FOLDER.glob("*.json"))
}
SCHEMAS: dict[str, Any] = {**DOCUMENTS, "frame": Header, "item": AnyItem, "order-box": OrderBox}
BODIES: dict[str, Any] = {
    "invitation": requests.Invitation, "peering": requests.PeeringAsk, "peering_answer": requests.PeeringAnswer,
    "ask": requests.Ask, "ask_answer": requests.AskAnswer, "say": requests.Say, "say_answer": requests.SayAnswer,
    "frames": Post, "frames_empty": Post, "frames_answer": PostAnswer, "refusal": requests.Refusal,
    "refusal_gap": requests.Refusal,
    "quote": requests.QuoteAsk, "quote_answer": requests.QuoteAnswer,
    "recover": Recover, "recover_answer": RecoverAnswer, **LETTERS,
    "adverts": AdvertsAsk, "adverts_answer": AdvertsAnswer,
}  # fmt: skip


def known(case: Case) -> dict[str, bytes]:
    """The keys of a case, as the package takes them."""
    return {name: bytes.fromhex(public) for name, public in case["keys"].items()}


def bytes_of(case: Case) -> bytes:
    """The bytes of a case that may be no text."""
    return bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()


# -- one reader for each kind of case: it returns what must be in an accepted case, or raises -------------------------


def read_signature(case: Case) -> Case:
    keys.verify(bytes.fromhex(case["public"]), bytes.fromhex(case["message"]), bytes.fromhex(case["signature"]))
    return {}


def read_public(case: Case) -> Case:
    return {"public": keys.check_public(bytes.fromhex(case["public"])).hex()}


def read_ring_id(case: Case) -> Case:
    found = keys.ring_id([bytes.fromhex(root) for root in case["roots"]], case["threshold"])
    return {"ring_id": found, "next_root": canonical.sha256_b64(found.encode())}


def read_key_id(case: Case) -> Case:
    of = case["key_name"], bytes.fromhex(case["public"]), case["type"]
    return {"key_id": keys.key_id(*of), "vkey": keys.vkey(*of)}


def read_canonical(case: Case) -> Case:
    data = bytes_of(case)
    found = canonical.parse(data, SCHEMAS[case["kind"]], limits.ITEM_BYTES)
    return {"text": canonical.encode(found).decode(), "sha256": canonical.sha256(data).hex()}


def read_envelope(case: Case) -> Case:
    data, kind = case["envelope"].encode(), case["kind"]
    payload = envelope.open_envelope(data, kind, known(case), case["threshold"])
    found = canonical.parse(payload, DOCUMENTS[kind], limits.DOCUMENT_BYTES)
    return {
        "payload": canonical.encode(found).decode(), "hash": b64(envelope.document_hash(kind, payload)),
        "envelope": canonical.encode(envelope.parse_envelope(data)).decode(),
    }  # fmt: skip


def read_card(case: Case) -> Case:
    card = verify_card(case["envelope"].encode())
    roots = [unb64(root, 32).hex() for root in card.card.root_keys]
    return {**read_envelope(case), "hash": card.hash, "ring_id": card.card.ring_id, "roots": roots}


def read_chain(case: Case) -> Case:
    return {"hashes": [card.hash for card in verify_chain([text.encode() for text in case["cards"]])]}


def read_item(case: Case) -> Case:
    data = case["item"].encode()
    return {"item": encode_item(parse_item(data)).decode(), "hash": item_hash(data)}


def read_frame(case: Case) -> Case:
    items = [item.encode() for item in case["items"]]
    frame = frames.parse_frame(case["header"].encode(), items, known(case))
    hashes = [merkle.leaf_hash(item) for item in items]
    assert (case["header"].encode(), tuple(items)) == frames.frame_of_entry(frame.entry())
    return {
        "payload": canonical.encode(frame.header).decode(), "hash": frame.hash, "items_root": frames.items_root(items),
        "paths": [list(map(b64, merkle.inclusion_path(hashes, place))) for place in range(len(items))],
    }  # fmt: skip


def read_signed_item(case: Case) -> Case:
    signed = canonical.parse(case["signed"].encode(), SignedItem, limits.ITEM_BYTES)
    header, item = frames.verify_signed_item(signed, known(case))
    digest = envelope.document_hash("frame", canonical.encode(header))
    return {
        "signed": canonical.encode(signed).decode(), "item_hash": item_hash(item), "header_hash": b64(digest)
    }  # fmt: skip


def read_tree(case: Case) -> Case:
    hashes = [merkle.leaf_hash(item.encode()) for item in case["items"]]
    grown = merkle.Frontier()
    for leaf in hashes:
        grown.append(leaf)
    assert merkle.tree_root(hashes) == grown.root()
    paths = [list(map(b64, merkle.inclusion_path(hashes, place))) for place in range(len(hashes))]
    return {"items_root": b64(grown.root()), "paths": paths}


def read_inclusion(case: Case) -> Case:
    path = [unb64(step, 32) for step in case["path"]]
    leaf = merkle.leaf_hash(case["leaf"].encode())
    merkle.verify_inclusion(leaf, case["index"], case["size"], path, unb64(case["root"], 32))
    return {}


def read_commitment(case: Case) -> Case:
    salt, (_, purpose, *_) = bytes.fromhex(case["salt"]), case["domain"].split("\n")
    if case["domain"] == "ringtausch/booking/v1\n":
        value = canonical.parse(case["value"].encode(), Booking, 1_000)
        data = b"ringtausch/booking/v1\n" + salt + canonical.encode(value)
        return {"commit": canonical.sha256_b64(data)}
    return {"commit": settlement.commit(purpose, salt, case["value"])}


def read_box(case: Case) -> Case:
    key = OpeningKey(bytes.fromhex(case["private"]))
    text = key.open(unb64(case["box"], None), case["info"].encode())
    return {"text": text.hex(), "public": key.public.hex()}


def read_words(case: Case) -> Case:
    one, other = case["rings"]
    return {"words": peering_words(one, other, unb64(case["agreement_hash"], 32))}


def read_entry(case: Case) -> Case:
    if "entry" in case:
        parse_log_entry(bytes.fromhex(case["entry"]))
    parts = [bytes.fromhex(part) for part in case["parts"]]
    entry = log_entry(case["type"], parts)
    assert (case["type"], parts) == parse_log_entry(entry)
    return {"leaf_hash": merkle.leaf_hash(entry).hex()}


def read_message(case: Case) -> Case:
    data = case["text"].encode()
    found = canonical.parse(data, BODIES[case["of"]], limits.REQUEST_BYTES)
    return {"text": canonical.encode(found).decode(), "sha256": canonical.sha256(data).hex()}


def read_epoch(case: Case) -> Case:
    accepter, inviter = case["rings"]
    seed = bytes.fromhex(case["secret"]) + accepter.encode() + inviter.encode()
    return {"epoch": b64(canonical.sha256(b"ringtausch/epoch/v1\n" + seed)[:16])}


def read_decision(case: Case) -> Case:
    (order_header, order_item), (header, item) = (
        frames.verify_signed_item(canonical.parse(text.encode(), SignedItem, limits.ITEM_BYTES), known(case))
        for text in (case["order"], case["decision"])
    )
    order, decision = parse_item(order_item), parse_item(item)
    assert isinstance(order, Order)
    assert isinstance(decision, Decision)
    order_hash = item_hash(order_item)
    settlement.verify_order_binding(order, order_header)
    settlement.verify_decision(decision, header, order, order_hash)
    return {"order_hash": order_hash}


def order_of(case: Case) -> Order:
    order = parse_item(case["item"].encode())
    assert isinstance(order, Order)
    return order


def refuse(code: str | None) -> None:
    if code is not None:
        raise RemoteError(code)


def read_shape(case: Case) -> Case:
    refuse(settlement.refuse_shape(order_of(case)))
    return read_item(case)


def read_window(case: Case) -> Case:
    refuse(settlement.refuse_window(order_of(case), case["now"], case["longest_seconds"]))
    return read_item(case)


def read_room(case: Case) -> Case:
    room = settlement.Room(*(case[field] for field in settlement.Room._fields))
    asks = settlement.as_on_edge(case.get("purpose", "transfer"), case.get("edge", 0))
    refuse(settlement.refuse_room(room, case["amount_seconds"], asks))
    return {}


READERS: dict[str, Callable[[Case], Case]] = {
    name.removeprefix("read_"): reader
    for name, reader in {**globals(), **vars(reading_logs)}.items()
    if name.startswith("read_")
}


def cases(which: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{name}: {case['is']}: {case['name']}")
        for name, file in FILES.items()
        for case in file[which]
    ]


@pytest.mark.parametrize("case", cases("accepted"))
def test_what_others_may_send_is_read_and_written_again(case: Case) -> None:
    found = READERS[case["is"]](case)

    assert {field: case[field] for field in found} == found


@pytest.mark.parametrize("case", cases("refused"))
def test_what_nobody_may_send_is_refused_with_its_code(case: Case) -> None:
    with pytest.raises(RemoteError) as caught:
        READERS[case["is"]](case)

    assert case["code"] == caught.value.code


def test_the_vectors_are_what_their_program_writes() -> None:
    made = write.contents()

    assert {name: made[name] for name in sorted(made)} == {
        path.name: path.read_bytes() for path in sorted(write.FOLDER.glob("*.json"))
    }


def test_no_two_cases_of_a_file_have_one_name() -> None:
    for name, file in FILES.items():
        for which in ("accepted", "refused"):
            names = [(case["is"], case["name"]) for case in file[which]]
            assert len(set(names)) == len(names), name


def test_there_is_a_vector_of_every_document_and_item() -> None:
    documents = {case["kind"] for case in FILES["documents"]["accepted"]}
    items = {json.loads(case["item"])["kind"] for case in FILES["items"]["accepted"]}

    assert documents == set(DOCUMENTS)
    assert items == {str(kind.__struct_config__.tag) for kind in ITEMS}


def test_the_words_are_those_of_the_package() -> None:
    assert list(WORDS) == FILES["words"]["list"]
    assert FILES["words"]["list_hash"] == canonical.sha256("".join(f"{word}\n" for word in WORDS).encode()).hex()


def test_a_signature_is_the_same_whoever_makes_it() -> None:
    case = FILES["keys"]["accepted"][0]
    key = SigningKey(canonical.sha256(b"ringtausch vectors signer"))

    assert (case["public"], case["signature"]) == (key.public.hex(), key.sign(bytes.fromhex(case["message"])).hex())
