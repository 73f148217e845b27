# SPDX-License-Identifier: Apache-2.0
"""Adverts that the kit tells, of rings that it makes up for the purpose, and what it hears (SPEC.md 7.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.advert_bodies import AdvertKnown, AdvertsAnswer, AdvertsAsk
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Talk, Unjudged
from ringtausch_protocol.conformance.ring import KitRing
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import none_came, post, read
from ringtausch_protocol.documents import Advert, Edge

ADVERTS, KIND = "/peer/v1/adverts", "advert"
#: What the kit makes up is forgotten soon.
LIFE_SECONDS = 1_800
#: The steps of both buckets.
BUCKETS = tuple(minutes * 60 for minutes in (0, 30, 60, 120, 300, 600, 1_200))


class Told(NamedTuple):
    """An advert by a ring that nobody knows, and its card."""

    ring: KitRing
    seq: int
    data: bytes

    @property
    def card(self) -> bytes:
        """The card under which it verifies."""
        return self.ring.card.envelope


def advert(stage: Stage, ring: KitRing, signer: Any = None, **changes: Any) -> Told:
    """What a ring says of one line, with changes; signed by its frame key or another."""
    edge = Edge(peer=stage.main.ring.ring_id, limit_bucket=BUCKETS[2], free_bucket=BUCKETS[1], transit=True)
    true = Advert(
        v=1, net=ring.net, ring_id=ring.ring_id, seq=stage.now(), expires_at=stage.now() + LIFE_SECONDS, edges=[edge]
    )
    said = msgspec.structs.replace(true, **changes)
    signed = envelope.seal(KIND, canonical.encode(said), [(ring.frame_key_id, signer or ring.frame)])
    return Told(ring, said.seq, signed)


def stranger(stage: Stage, **changes: Any) -> Told:
    """The advert of a ring that was never heard of."""
    return advert(stage, stage.found("far"), **changes)


def asked(
    line: KitLine, told: Sequence[Told] = (), have: Sequence[AdvertKnown] = (), after_seconds: float = 0.0,
    **changes: Any,
) -> Talk[Answer]:  # fmt: skip
    """Tell adverts with their cards, and ask for others. `have`: what the kit says that it holds."""
    ask = AdvertsAsk(
        token=line.their_token, have=[*have], cards=[msgspec.Raw(each.card) for each in told],
        adverts=[msgspec.Raw(each.data) for each in told],
    )  # fmt: skip
    return (yield from post(ADVERTS, canonical.encode(msgspec.structs.replace(ask, **changes)), after_seconds))


def tells(
    line: KitLine, told: Sequence[Told] = (), have: Sequence[AdvertKnown] = (), after_seconds: float = 0.0
) -> Talk[AdvertsAnswer]:
    """The same, answered as it must be: with no more than a message may hold. Raises Broken."""
    answer = read((yield from asked(line, told, have, after_seconds)), AdvertsAnswer, limits.REQUEST_BYTES)
    line.adverts += map(bytes, answer.adverts)
    return answer


def held_seq(answer: AdvertsAnswer, ring: KitRing) -> int:
    """Up to which advert of a ring the ring under test says that it holds; 0: none."""
    return next((known.seq for known in answer.have if known.ring_id == ring.ring_id), 0)


def takes(stage: Stage, told: Told) -> Talk[None]:
    """The advert is true: from now on it is held. Raises Broken."""
    answer = yield from tells(stage.open_line(), [told])
    for pause in stage.patience.pauses():
        if held_seq(answer, told.ring) == told.seq:
            return
        if len(answer.have) >= limits.ADVERTS_KNOWN_MAX:
            raise Unjudged("the ring under test holds more adverts than one message names")
        answer = yield from tells(stage.open_line(), after_seconds=pause)
    raise Broken(f"have with seq {told.seq} of {told.ring.ring_id}", f"seq {held_seq(answer, told.ring)}")


def passes_over(stage: Stage, told: Told, held: int = 0) -> Talk[None]:
    """The advert is not taken, and that is no fault of the line. `held`: what is held of its ring before and after."""
    found = held_seq((yield from tells(stage.open_line(), [told])), told.ring)
    if found != held:
        raise Broken(f"have with seq {held} of {told.ring.ring_id}", f"seq {found}")


def heard(stage: Stage, line: KitLine, wanted: Sequence[Told]) -> Talk[list[AdvertsAnswer]]:
    """Ask as a ring that holds none of these, until all have come. Raises Broken."""
    missing, answers = {each.data: each for each in wanted}, list[AdvertsAnswer]()
    for pause in stage.patience.pauses():
        have = [known_of(each) for each in wanted if each.data not in missing]
        answers.append((yield from tells(line, have=have, after_seconds=pause)))
        for data in map(bytes, answers[-1].adverts):
            missing.pop(data, None)
        if not missing:
            return answers
    raise none_came(stage, line, f"{len(missing)} of {len(wanted)} adverts, byte for byte")


def known_of(told: Told) -> AdvertKnown:
    """That the kit holds it."""
    return AdvertKnown(ring_id=told.ring.ring_id, seq=told.seq, card=1)
