# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of the first contact (cards, epoch, root to come) and of every body that travels over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import msgspec

from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import encode_item
from ringtausch_protocol.keys import SigningKey, key_id, ring_id
from ringtausch_protocol.posts import Beside, Have, Kept, Post, PostAnswer, Recover, RecoverAnswer, wire_frame
from ringtausch_protocol.requests import NameBox, PeeringAnswer, PeeringAsk, QuoteAnswer, QuoteAsk, QuoteBox, Refusal
from ringtausch_protocol.sealing import box_info
from tests.vectors import payloads
from tests.vectors.cast import (
    BUCHE,
    EICHE,
    LINDE,
    NET,
    Case,
    Town,
    box_for,
    chance,
    epoch_of,
    frame_of,
    hash32,
    id16,
    sealed,
    secret_of,
)
from tests.vectors.chains import card_bodies
from tests.vectors.channels import hello_bodies
from tests.vectors.listing import compact, envelope_case
from tests.vectors.primitives import box_case, sealed_order_box


def peering_file() -> Case:
    """peering.json."""
    agreement = payloads.agreement()
    _, both = sealed("peer-agreement", agreement, EICHE.named(EICHE.operator), LINDE.named(LINDE.operator))
    known = {**EICHE.known(EICHE.operator), **LINDE.known(LINDE.operator)}
    return {
        "about": "Cards that prove themselves; epochs from secret and `rings` (who accepts, who invites); next roots.",
        "accepted": [
            *(_card(f"card of {town.name}", town.card.envelope, town) for town in (EICHE, LINDE, BUCHE)),
            *(_epoch(*towns) for towns in ((EICHE, LINDE), (BUCHE, EICHE))),
            *(_next_root(town) for town in (EICHE, LINDE)),
            envelope_case("the agreement that follows", "peer-agreement", both, known, 2),
        ],
        "refused": [*_bad_cards()],
    }


def _card(name: str, data: bytes, town: Town) -> Case:
    said = json.loads(envelope.parse_envelope(data).body())
    roots = [canonical.unb64(root, 32) for root in said["root_keys"]]
    known = {key_id(town.id, root): root.hex() for root in roots}
    case = envelope_case(name, "ring-card", data, known, said["root_threshold"])
    return {**case, "is": "card", "ring_id": said["ring_id"], "roots": [root.hex() for root in roots]}


def _epoch(one: Town, other: Town) -> Case:
    inviter, accepter = sorted((one, other), key=lambda town: town.name)
    return {
        "name": f"{inviter.name} invites {accepter.name}", "is": "epoch", "secret": secret_of(one, other).hex(),
        "rings": [accepter.id, inviter.id], "epoch": epoch_of(one, other),
    }  # fmt: skip


def _next_root(town: Town) -> Case:
    public, commitment = payloads.next_root_of(town)
    return {
        "name": f"the root to come of {town.name}", "is": "ring_id", "roots": [public.hex()], "threshold": 1,
        "ring_id": ring_id([public], 1), "next_root": commitment,
    }  # fmt: skip


def _bad_cards() -> Iterator[Case]:
    """Cards that their roots signed, and that are wrong in themselves."""
    card = json.loads(canonical.encode(LINDE.card.card))
    keys, weak = card["keys"], b64(bytes([1]) + bytes(31))
    purposes = ("checkpoint", "witness", "operator", "seal", "recovery")
    changes: dict[str, tuple[str, Case]] = {
        "ring id of another ring": ("wrong_ring", {"ring_id": EICHE.id}),
        "another threshold": ("wrong_ring", {"root_threshold": 1}),
        "a root more": ("wrong_ring", {"root_keys": [*card["root_keys"], b64(chance("stranger"))]}),
        "a root twice": ("malformed", {"root_keys": card["root_keys"][:1] * 2}),
        "a weak root": ("weak_key", {"root_keys": [weak]}),
        "a weak frame key": ("weak_key", {"keys": [{"purpose": "frame", "public": weak}, *keys]}),
        **{f"a weak {name} key": ("weak_key", {"keys": _with_key(keys, name, weak)}) for name in purposes},
        "no frame key": ("malformed", {"keys": [key for key in keys if key["purpose"] != "frame"]}),
        "no operator key": ("malformed", {"keys": [key for key in keys if key["purpose"] != "operator"]}),
        "no seal key": ("malformed", {"keys": [key for key in keys if key["purpose"] != "seal"]}),
        "two seal keys": ("malformed", {"keys": [*keys, {"purpose": "seal", "public": b64(chance("second seal"))}]}),
    }
    for name, (code, change) in changes.items():
        _, data = sealed("ring-card", compact({**card, **change}), *map(LINDE.named, LINDE.roots))
        yield {**_card(name, data, LINDE), "code": code}
    for name, code, signers in (
        ("one root of two signed", "threshold", [LINDE.named(LINDE.roots[0])]),
        ("a stranger signed too", "unknown_key", [*map(LINDE.named, LINDE.roots), EICHE.named(EICHE.operator)]),
        ("a stranger signed in a root's name", "bad_signature", _in_their_name(LINDE.roots)),
    ):
        yield {**_card(name, sealed("ring-card", LINDE.card.card, *signers)[1], LINDE), "code": code}


def _with_key(keys: list[Case], purpose: str, public: str) -> list[Case]:
    return [{**key, "public": public} if key["purpose"] == purpose else key for key in keys]


def _in_their_name(roots: Sequence[SigningKey]) -> list[tuple[str, SigningKey]]:
    return [(LINDE.named(root)[0], EICHE.operator) for root in roots]


# -- bodies ------------------------------------------------------------------------------------------------------------


def messages_file() -> Case:
    """messages.json."""
    bodies = {**_peering_bodies(), **hello_bodies(), **_frame_bodies(), **_quote_bodies(), **_recover_bodies()}
    question, answer = _quote_boxes()
    return {
        "about": "Bodies of requests and answers as text; `of` says which. Frames in them are those of frames.json.",
        "accepted": [
            *(_message(of, of, body) for of, body in bodies.items()),
            answer,
            question,
            _token(),
            *(_message(name, of, body) for name, (of, body) in card_bodies().items()),
        ],
        "refused": [*_bad_messages(bodies)],
    }


def _message(name: str, of: str, body: bytes) -> Case:
    return {"name": name, "is": "message", "of": of, "text": body.decode(), "sha256": canonical.sha256(body).hex()}


def _peering_bodies() -> dict[str, bytes]:
    _, half = sealed("peer-agreement", payloads.agreement(), LINDE.named(LINDE.operator))
    both = envelope.add_signatures(half, "peer-agreement", [EICHE.named(EICHE.operator)])
    card = msgspec.Raw(LINDE.card.envelope)
    ask = PeeringAsk(secret=payloads.invitation().secret, card=card, agreement=msgspec.Raw(half))
    return {
        "invitation": canonical.encode(payloads.invitation()),
        "peering": canonical.encode(ask),
        "peering_answer": canonical.encode(PeeringAnswer(agreement=msgspec.Raw(both))),
    }


def _frame_bodies() -> dict[str, bytes]:
    order = encode_item(payloads.order())
    there = wire_frame(frame_of(EICHE, LINDE, [order]))
    paid = encode_item(payloads.decision(payloads.order(), EICHE, LINDE))
    back = wire_frame(frame_of(LINDE, EICHE, [paid], seq=5, ack_seq=7))
    have = Have(epoch=epoch_of(EICHE, LINDE), seq=4, hash=hash32("linde frame 4"))
    box = Beside(seq=7, index=0, sealed=b64(sealed_order_box()))
    post = Post(token=b64(chance("token of linde")), have=have, frames=[there], boxes=[box], notes=[])
    got = Have(epoch=epoch_of(EICHE, LINDE), seq=7, hash=hash32("eiche frame 7"))
    return {
        "frames": canonical.encode(post),
        "frames_empty": canonical.encode(msgspec.structs.replace(post, frames=[], boxes=[])),
        "frames_answer": canonical.encode(PostAnswer(have=got, frames=[back], boxes=[], notes=[])),
        "refusal": canonical.encode(Refusal(code="hello_needed")),
        "refusal_gap": canonical.encode(Refusal(code="gap", have=got)),
    }


def _recover_bodies() -> dict[str, bytes]:
    """Linde lost its disk: it gets Eiche's frame back, and then its own."""
    order = encode_item(payloads.order())
    theirs = frame_of(EICHE, LINDE, [order])
    paid = encode_item(payloads.decision(payloads.order(), EICHE, LINDE))
    own = frame_of(LINDE, EICHE, [paid], seq=5, ack_seq=7)
    box = Beside(seq=7, index=0, sealed=b64(sealed_order_box()))
    note = Beside(seq=5, index=0, sealed=b64(chance("a note")))
    kept = [
        Kept(whose="mine", header=msgspec.Raw(theirs.envelope), items=[msgspec.Raw(order)], boxes=[box], notes=[]),
        Kept(whose="yours", header=msgspec.Raw(own.envelope), items=[msgspec.Raw(paid)], boxes=[], notes=[note]),
    ]
    ask = Recover(token=b64(chance("token of eiche")), epoch=epoch_of(EICHE, LINDE), after_own=4, after_peer=6)
    return {"recover": canonical.encode(ask), "recover_answer": canonical.encode(RecoverAnswer(frames=kept))}


def _quote_bodies() -> dict[str, bytes]:
    question, answer = _quote_boxes()
    ask = QuoteAsk(
        token=b64(chance("token of linde")), payment_id=id16("payment"), amount_seconds=5400, sealed=question["box"]
    )  # fmt: skip
    _, invoice = sealed("invoice", payloads.invoice(), LINDE.named(LINDE.frame))
    return {
        "quote": canonical.encode(ask),
        "quote_answer": canonical.encode(QuoteAnswer(invoice=msgspec.Raw(invoice), sealed=answer["box"])),
    }


def _quote_boxes() -> tuple[Case, Case]:
    """The question's box, which Linde opens, and the answer's, which Eiche opens."""
    there = box_info(NET, EICHE.id, LINDE.id, id16("payment"))
    asked = canonical.encode(QuoteBox(payee="jürgen"))
    question = box_case("who is asked for", asked, there, box_for(LINDE, asked, there, "question"))
    back = box_info(NET, LINDE.id, EICHE.id, id16("payment"))
    told = canonical.encode(NameBox(name="Jürgen Groß"))
    box = box_for(EICHE, told, back, "answer")
    answer = {
        **box_case("the name to show", told, back, box), "private": chance("eiche seal").hex(),
        "public": EICHE.seal.public.hex(),
    }  # fmt: skip
    return question, answer


def _token() -> Case:
    """What Linde must show when it posts to Eiche, as it stands in the hello of documents.json."""
    box = canonical.unb64(payloads.hello().standing.token, None)
    return box_case("the token in a hello", chance("token of eiche"), payloads.token_info(EICHE, LINDE), box)


def _bad_messages(bodies: dict[str, bytes]) -> Iterator[Case]:
    changes: list[tuple[str, str, dict[str, object]]] = [
        ("an unknown field", "ask", {"more": 1}),
        ("an unknown round", "ask", {"round": "third"}),
        ("another alphabet in the token", "frames", {"token": "+" * 43}),
        ("an empty frame", "frames", {"frames": [{"header": {}, "items": []}]}),
        ("17 frames", "frames", {"frames": [{"header": {}, "items": [{}]}] * 17}),
        ("65 items", "frames", {"frames": [{"header": {}, "items": [{}] * 65}]}),
        ("a box without text", "frames", {"boxes": [{"seq": 7, "index": 0, "sealed": ""}]}),
        ("a box too long", "frames", {"boxes": [{"seq": 7, "index": 0, "sealed": "A" * 2901}]}),
        ("no have", "frames", {"have": None}),
        ("amount 0", "quote", {"amount_seconds": 0}),
        ("too many holds", "invitation", {"holds_max": 501}),
        ("no secret", "peering", {"secret": ""}),
    ]
    for name, of, change in changes:
        yield {**_message(name, of, compact({**json.loads(bodies[of]), **change})), "code": "malformed"}
    odd = {
        "a blank before a header": ("frames", bodies["frames"].replace(b'"header":', b'"header": ')),
        "a tab inside a header": ("frames", bodies["frames"].replace(b'"payloadType":', b'"payloadType":\t')),
        "another order": ("quote", compact(dict(reversed(json.loads(bodies["quote"]).items())))),
    }
    for name, (of, body) in odd.items():
        yield {**_message(name, of, body), "canonical": bodies[of].decode(), "code": "not_canonical"}
