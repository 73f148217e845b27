# SPDX-License-Identifier: Apache-2.0
"""What rings say of their lines: taken, passed over, told on (SPEC.md 7.5).

The kit makes up rings beyond its own, and two of its lines tell and hear. Whether a way takes a line that only one of
its ends names shows inside the ring under test alone: nobody there pays for the kit.
"""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.advert_bodies import AdvertsAnswer
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ring import KEY_ABOVE_P, WEAK_KEY, KitRing
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import ONWARD, Stage
from ringtausch_protocol.conformance.talking import greet, read, refused
from ringtausch_protocol.conformance.telling import (
    BUCKETS,
    KIND,
    advert,
    asked,
    heard,
    held_seq,
    known_of,
    passes_over,
    stranger,
    takes,
    tells,
)
from ringtausch_protocol.documents import Advert
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.ring_card import CardKey

RULES = RuleBook()
DAY_SECONDS = 86_400


@RULES.rule("adverts", "7.5", "who asks for adverts is answered by what the ring holds and tells")
def adverts(stage: Stage) -> Talk[None]:
    yield from tells(stage.open_line())


@RULES.rule("adverts-token", "6.4", "adverts under a token that was not given are refused hello_needed")
def adverts_token(stage: Stage) -> Talk[None]:
    refused((yield from asked(stage.open_line(), token=b64(stage.chance(32)))), "hello_needed")


@RULES.rule("adverts-many", "7.5", "more than 64 adverts in one message are refused malformed")
def adverts_many(stage: Stage) -> Talk[None]:
    told = [stranger(stage)] * (limits.ADVERTS_TOLD_MAX + 1)
    refused((yield from asked(stage.open_line(), told)), "malformed")


@RULES.rule("advert-taken", "7.5", "a true advert of a ring far away is held, whoever brings it")
def advert_taken(stage: Stage) -> Talk[None]:
    yield from takes(stage, stranger(stage))


@RULES.rule("advert-forged", "7.5", "an advert that its ring did not sign is passed over")
def advert_forged(stage: Stage) -> Talk[None]:
    yield from passes_over(stage, stranger(stage, signer=stage.main.ring.frame))


@RULES.rule("advert-cardless", "7.5", "an advert of a ring of which no card is known is passed over")
def advert_cardless(stage: Stage) -> Talk[None]:
    told = stranger(stage)
    answer = yield from asked(stage.open_line(), [told], cards=[])
    if told.ring.ring_id.encode() in answer.body:
        raise Broken(f"nothing of {told.ring.ring_id}", excerpt(answer.body))


@RULES.rule("advert-card", "3.4", "an advert under a card with a weak key, or with two seal keys, is passed over")
def advert_card(stage: Stage) -> Talk[None]:
    told = stranger(stage)
    for name, keys in _false_keys(told.ring).items():
        card = msgspec.Raw(told.ring.sign_card(keys=keys))
        answer = read((yield from asked(stage.open_line(), [told], cards=[card])), AdvertsAnswer)
        if held_seq(answer, told.ring):
            raise Broken(f"nothing of {told.ring.ring_id}", f"its advert, under a card with {name}")


def _false_keys(ring: KitRing) -> dict[str, list[CardKey]]:
    """The keys of a card by which nobody should know its ring: what is wrong with them -> all of them."""
    true = ring.card.card.keys
    others = [each for each in true if each.purpose != "seal"]
    return {
        "a weak seal key": [*others, CardKey(purpose="seal", public=b64(bytes(32)))],
        "two seal keys": [*true, CardKey(purpose="seal", public=b64(ring.chance(32)))],
        "a frame key above p": [*true, CardKey(purpose="frame", public=b64(KEY_ABOVE_P))],
        "a weak checkpoint key": [*true, CardKey(purpose="checkpoint", public=b64(WEAK_KEY))],
    }


@RULES.rule("advert-net", "7.5", "an advert of another federation is passed over")
def advert_net(stage: Stage) -> Talk[None]:
    yield from passes_over(stage, stranger(stage, net="another-net"))


@RULES.rule("advert-expired", "7.5", "an advert that has expired is passed over")
def advert_expired(stage: Stage) -> Talk[None]:
    yield from passes_over(stage, stranger(stage, expires_at=stage.now() - 2 * limits.CLOCK_SLACK_SECONDS))


@RULES.rule("advert-long", "7.5", "an advert that would count for more than a day is passed over")
def advert_long(stage: Stage) -> Talk[None]:
    late = stage.now() + DAY_SECONDS + 2 * limits.CLOCK_SLACK_SECONDS
    yield from passes_over(stage, stranger(stage, expires_at=late))


@RULES.rule("advert-newer", "7.5", "a newer advert takes the place of the one before, and an older one does not")
def advert_newer(stage: Stage) -> Talk[None]:
    ring, now = stage.found("far"), stage.now()
    yield from takes(stage, advert(stage, ring, seq=now))
    yield from takes(stage, advert(stage, ring, seq=now + 1, edges=[]))
    yield from passes_over(stage, advert(stage, ring, seq=now), held=now + 1)


@RULES.rule("advert-told", "7.5", "an advert is told on to others as it was signed, with the card that it needs")
def advert_told(stage: Stage) -> Talk[None]:
    other, told = (yield from _other(stage)), stranger(stage)
    yield from takes(stage, told)
    answers = yield from heard(stage, other, [told])
    if told.card not in {bytes(card) for answer in answers for card in answer.cards}:
        raise Broken(f"the card of {told.ring.ring_id} beside its advert", "another card, or none")


@RULES.rule("advert-named", "7.5", "who says that he holds an advert is not told it")
def advert_named(stage: Stage) -> Talk[None]:
    other, told = (yield from _other(stage)), stranger(stage)
    yield from takes(stage, told)
    answer = yield from tells(other, have=[known_of(told)])
    if told.data in map(bytes, answer.adverts):
        raise Broken("nothing that was named", excerpt(told.data))


@RULES.rule("advert-equal", "7.5", "of two adverts of one seq the first stays: the other is not told on")
def advert_equal(stage: Stage) -> Talk[None]:
    other, ring = (yield from _other(stage)), stage.found("far")
    first, second = advert(stage, ring), advert(stage, ring, edges=[])
    yield from takes(stage, first)
    yield from passes_over(stage, second, held=first.seq)
    answers = yield from heard(stage, other, [first])
    if second.data in {bytes(each) for answer in answers for each in answer.adverts}:
        raise Broken(excerpt(first.data), excerpt(second.data))


@RULES.rule("adverts-bounded", "7.5", "more adverts than a message may hold come one message after the other")
def adverts_bounded(stage: Stage) -> Talk[None]:
    other = yield from _other(stage)
    told = [stranger(stage) for _ in range(limits.ADVERTS_TOLD_MAX + 2)]
    half = len(told) // 2
    for part in (told[:half], told[half:]):
        yield from tells(stage.open_line(), part)
    yield from heard(stage, other, told)


@RULES.rule("advert-own", "7.5", "what the ring says of itself verifies for a day: its lines, room in steps, transit")
def advert_own(stage: Stage) -> Talk[None]:
    yield from tells(stage.open_line())
    mine = [said for line in stage.lines for data in line.adverts if (said := _own(stage, data))]
    if not mine:
        raise Unjudged("it has told nothing of its lines yet: half a minute after the first words it would have")
    for said in mine:
        _verify_edges(stage, said)


def _own(stage: Stage, data: bytes) -> Advert | None:
    """An advert by the ring under test, verified; None for others'. Raises Broken."""
    try:
        said = canonical.parse(envelope.parse_envelope(data).body(), Advert, limits.DOCUMENT_BYTES)
        if said.ring_id != stage.peer.card.ring_id:
            return None
        envelope.open_envelope(data, KIND, stage.peer.frame_keys)
    except RemoteError as error:
        raise Broken("an advert that verifies", f"{error}: {excerpt(data)}") from None
    return said


def _verify_edges(stage: Stage, said: Advert) -> None:
    """Raises Broken: counts too long, a peer twice, figures that are no steps, transit where it carries for nobody."""
    carried = {stage.main.ring.ring_id, *(line.ring.ring_id for line in stage.lines[ONWARD : ONWARD + 1])}
    others = {line.ring.ring_id for line in stage.lines} - carried
    if said.net != stage.peer.card.net or said.expires_at > stage.now() + DAY_SECONDS + limits.CLOCK_SLACK_SECONDS:
        raise Broken(f"an advert of {stage.peer.card.net}, for a day at most", f"{said.net}, until {said.expires_at}")
    if len({edge.peer for edge in said.edges} - {said.ring_id}) < len(said.edges):
        raise Broken("each peer once", f"{[edge.peer for edge in said.edges]}")
    for edge in said.edges:
        if not {edge.limit_bucket, edge.free_bucket} <= {*BUCKETS} or (edge.transit and edge.peer in others):
            raise Broken(f"steps of {BUCKETS}, and transit for the first and the sixth ring alone", f"{edge}")


def _other(stage: Stage) -> Talk[KitLine]:
    """A second line that hears. Raises Unjudged where there is none."""
    line = stage.onward()
    if not line.is_in_step:
        yield from greet(line)
    return line
