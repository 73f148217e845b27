# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of adverts: what a ring says of its lines, and the bodies in which rings tell each other (SPEC.md 7.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.advert_bodies import AdvertKnown, AdvertsAnswer, AdvertsAsk
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Advert, Edge
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Case, Town, chance, sealed
from tests.vectors.listing import compact, envelope_case

_DAY_SECONDS = 86_400


def adverts_file() -> Case:
    """adverts.json."""
    bodies = _bodies()
    return {
        "about": "Adverts as envelopes, and bodies about them as text; `of` says which. Both ends name the edge.",
        "accepted": [
            *(_advert(name, town, advert) for name, town, advert in _adverts()),
            *(_body(name, name.partition(",")[0], body) for name, body in bodies.items()),
        ],
        "refused": [*_bad(bodies)],
    }


def _adverts() -> list[tuple[str, Town, Advert]]:
    """Both ends of one edge; the newest of a ring that says none any more."""
    there = Edge(peer=EICHE.id, limit_bucket=36_000, free_bucket=18_000, transit=True)
    here = Edge(peer=LINDE.id, limit_bucket=72_000, free_bucket=72_000, transit=False)
    return [
        ("of one end", EICHE, _said(EICHE, 4, [here])),
        ("of the other end", LINDE, _said(LINDE, 9, [there])),
        ("of a ring without lines", BUCHE, _said(BUCHE, 1, [])),
    ]


def _said(town: Town, seq: int, edges: list[Edge]) -> Advert:
    return Advert(v=1, net=NET, ring_id=town.id, seq=seq, expires_at=NOON + _DAY_SECONDS, edges=edges)


def _signed(town: Town, advert: Advert) -> bytes:
    return sealed("advert", advert, town.named(town.frame))[1]


def _advert(name: str, town: Town, advert: Advert) -> Case:
    return envelope_case(name, "advert", _signed(town, advert), town.known(town.frame))


def _bodies() -> dict[str, bytes]:
    """Linde lacks the adverts of Eiche and Buche, and has none of its own told yet."""
    told = [msgspec.Raw(_signed(town, advert)) for _, town, advert in _adverts()]
    have = [AdvertKnown(ring_id=EICHE.id, seq=4, card=1), AdvertKnown(ring_id=LINDE.id, seq=0, card=0)]
    ask = AdvertsAsk(
        token=b64(chance("token of linde")), have=have, cards=[msgspec.Raw(BUCHE.card.envelope)],
        adverts=[told[0], told[2]],
    )  # fmt: skip
    nothing = AdvertsAnswer(have=[], cards=[], adverts=[])
    return {
        "adverts": canonical.encode(ask),
        "adverts_answer": canonical.encode(AdvertsAnswer(have=have[:1], cards=[], adverts=told[1:2])),
        "adverts_answer, nothing to tell": canonical.encode(nothing),
    }


def _body(name: str, of: str, body: bytes) -> Case:
    return {"name": name, "is": "message", "of": of, "text": body.decode(), "sha256": canonical.sha256(body).hex()}


def _bad(bodies: dict[str, bytes]) -> Iterator[Case]:
    known = json.loads(bodies["adverts"])["have"][0]
    changes: list[tuple[str, dict[str, object]]] = [
        ("an unknown field", {"more": 1}),
        ("no token", {"token": ""}),
        ("more rings than are named", {"have": [known] * (limits.ADVERTS_KNOWN_MAX + 1)}),
        ("more adverts than are told", {"adverts": [{}] * (limits.ADVERTS_TOLD_MAX + 1)}),
        ("more cards than are told", {"cards": [{}] * (limits.ADVERTS_TOLD_MAX + 1)}),
        ("a number below 0", {"have": [{**known, "seq": -1}]}),
        ("a ring id too short", {"have": [{**known, "ring_id": EICHE.id[1:]}]}),
    ]
    for name, change in changes:
        yield {**_body(name, "adverts", compact({**json.loads(bodies["adverts"]), **change})), "code": "malformed"}
    turned = compact(dict(reversed(json.loads(bodies["adverts"]).items())))
    odd = _body("another order", "adverts", turned)
    yield {**odd, "canonical": bodies["adverts"].decode(), "code": "not_canonical"}
    _, town, advert = _adverts()[0]
    yield {**envelope_case("signed by another", "advert", _signed(BUCHE, advert), town.known(town.frame)),
           "code": "unknown_key"}  # fmt: skip
