# SPDX-License-Identifier: Apache-2.0
"""How a line begins: invitation, agreement, words (SPEC.md 3.1, 3.4, 5.1)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import AGREEMENT, KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.ring import WEAK_KEY, KitRing
from ringtausch_protocol.conformance.rule import RuleBook, Script
from ringtausch_protocol.conformance.stage import KEPT, Stage
from ringtausch_protocol.conformance.talking import HELLO, PEERING, code_of, post, read, refused
from ringtausch_protocol.documents import PeerAgreement
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import PeeringAnswer
from ringtausch_protocol.ring_card import CardUnit

RULES = RuleBook()
#: What holds once the words were compared; late, for many rings let one address try but few wrong invitations at once.
CONFIRMED = RuleBook()
#: Text that may not be written so, each within a card that its ring has signed: as the name of its unit.
TEXTS = (
    ("nfc", "text that is not in NFC is refused", "Stu\u0308ndchen"),
    ("control", "text with a control character is refused", "Stunden\u0085"),
    ("separator", "text with a line separator is refused", "Stunden\u2028"),
    ("bidi", "text with a mark that turns the direction of writing is refused", "Stunden\u202e"),
)
#: What a ring may say of an invitation that is used, over or not enough, or of itself: another one is needed.
NO_FAULT = ("invitation_used", "invitation_expired", "invitation_unknown", "threshold", "winding_down")


@RULES.rule("stranger", "5.1", "a ring without an agreement is refused unknown_peer")
def stranger(stage: Stage) -> Talk[None]:
    nobody = stage.found("stranger")
    answer = yield from post(HELLO, stage.main.ask(from_=nobody.ring_id))
    refused(answer, "unknown_peer")


@RULES.rule("key-weak", "3.1", "a card with a frame key of small order is refused weak_key")
def key_weak(stage: Stage) -> Talk[None]:
    line = stage.main
    card = line.ring.sign_card(frame_public=WEAK_KEY)
    answer = yield from post(PEERING, line.peering(card=msgspec.Raw(card)))
    refused(answer, "weak_key")


@RULES.rule("card-flipped", "2.3", "a card with one bit of its signature changed is refused bad_signature")
def card_flipped(stage: Stage) -> Talk[None]:
    line = stage.main
    answer = yield from post(PEERING, line.peering(card=msgspec.Raw(flip_signature(line.ring.card.envelope))))
    refused(answer, "bad_signature")


@RULES.rule("card-of-another", "3.4", "a card whose ring_id is not made of its root keys is refused wrong_ring")
def card_of_another(stage: Stage) -> Talk[None]:
    other = stage.found("other")
    card = stage.main.ring.sign_card(ring_id=other.ring_id)
    answer = yield from post(PEERING, stage.main.peering(card=msgspec.Raw(card)))
    refused(answer, "wrong_ring")


@RULES.rule("card-operators", "3.4", "a card that asks for more operators than it names is refused malformed")
def card_operators(stage: Stage) -> Talk[None]:
    card = stage.main.ring.sign_card(operator_threshold=2)
    answer = yield from post(PEERING, stage.main.peering(card=msgspec.Raw(card)))
    refused(answer, "malformed")


def _written(text: str) -> Script:
    def script(stage: Stage) -> Talk[None]:
        card = stage.main.ring.sign_card(unit=CardUnit(name=text, per_hour=1, decimals=2))
        answer = yield from post(PEERING, stage.main.peering(card=msgspec.Raw(card)))
        refused(answer, "not_canonical", "malformed")

    return script


for _name, _says, _text in TEXTS:
    RULES.rule(f"text-{_name}", "2.2", _says)(_written(_text))


@RULES.rule("peering-secret", "5.1", "an invitation that nobody gave is refused invitation_unknown")
def peering_secret(stage: Stage) -> Talk[None]:
    answer = yield from post(PEERING, stage.main.peering(secret=b64(stage.chance(32))))
    refused(answer, "invitation_unknown")


@RULES.rule("peering-terms", "5.1", "other terms than those of the invitation are refused terms")
def peering_terms(stage: Stage) -> Talk[None]:
    refused((yield from post(PEERING, stage.main.peering(other_terms(stage.main)))), "terms")


@RULES.rule("peering-signer", "5.1", "an agreement signed by a frame key instead of an operator is refused")
def peering_signer(stage: Stage) -> Talk[None]:
    line = stage.main
    answer = yield from post(PEERING, line.peering(signer=(line.ring.frame_key_id, line.ring.frame)))
    refused(answer, "unknown_key")


@RULES.rule("peering", "5.1", "an invitation that is accepted is answered by the same agreement, signed by both")
def peering(stage: Stage) -> Talk[None]:
    for number, line in enumerate(stage.lines, 1):
        if number != KEPT + 1:
            came = yield from post(PEERING, line.peering())
            if (code := code_of(came)) in NO_FAULT:
                raise Unjudged(f"invitation {number}: the ring under test says {code}")
            verify_both(line, bytes(read(came, PeeringAnswer).agreement))
            line.is_agreed = True


@RULES.rule("peering-again", "5.1", "the same ring with the same agreement gets the same answer again")
def peering_again(stage: Stage) -> Talk[None]:
    if not stage.main.is_agreed:
        raise Unjudged("no agreement")
    first = yield from post(PEERING, stage.main.peering())
    again = yield from post(PEERING, stage.main.peering())
    if first != again and (first.status, first.body) != (again.status, again.body):
        raise Broken(excerpt(first.body), excerpt(again.body))


@RULES.rule("peering-once", "5.1", "an invitation is used once: another ring is refused invitation_used")
def peering_once(stage: Stage) -> Talk[None]:
    if not stage.main.is_agreed:
        raise Unjudged("no agreement")
    thief = KitLine(stage.found("thief"), stage.main.invitation, stage.peer, stage.now)
    refused((yield from post(PEERING, thief.peering())), "invitation_used")


@RULES.rule("words-first", "5.1", "before the words were compared everything else is refused not_confirmed")
def words_first(stage: Stage) -> Talk[None]:
    if not stage.main.is_agreed:
        raise Unjudged("no agreement")
    answer = yield from post(HELLO, stage.main.ask())
    if answer.status == 200:
        raise Broken("403 not_confirmed", "200: the words were not compared yet")
    refused(answer, "not_confirmed")


@CONFIRMED.rule("known-peer", "5.1", "who has a confirmed line and accepts another invitation is shown what stands")
def known_peer(stage: Stage) -> Talk[None]:
    answer = yield from _accepted_again(stage, stage.main.ring)
    verify_both(stage.main, bytes(read(answer, PeeringAnswer).agreement))


@CONFIRMED.rule("known-address", "5.1", "another ring under the address of a confirmed one is refused known_peer")
def known_address(stage: Stage) -> Talk[None]:
    ring = stage.main.ring
    refused((yield from _accepted_again(stage, KitRing(ring.net, ring.address, ring.url, stage.chance))), "known_peer")


def _accepted_again(stage: Stage, ring: KitRing) -> Talk[Answer]:
    """A ring accepts the invitation that is kept. Raises Unjudged where there is none, or it counts no more."""
    if not stage.main.is_agreed or len(stage.lines) <= KEPT:
        raise Unjudged(f"needs an agreement, and an invitation that was not used: give {KEPT + 1} of them")
    answer = yield from post(PEERING, KitLine(ring, stage.lines[KEPT].invitation, stage.peer, stage.now).peering())
    if (code := code_of(answer)) in NO_FAULT:
        raise Unjudged(f"invitation {KEPT + 1}: the ring under test says {code}")
    return answer


def other_terms(line: KitLine) -> PeerAgreement:
    """Those of the invitation, but for one figure."""
    longer = line.agreement.deadline_seconds % limits.DEADLINE_MAX_SECONDS + 1
    return msgspec.structs.replace(line.agreement, deadline_seconds=longer)


def verify_both(line: KitLine, signed: bytes) -> None:
    """The agreement came back unchanged, signed by operators of both rings. Raises Broken."""
    operator, key = line.ring.operator_signer
    known = {**line.peer.operator_keys, operator: key.public}
    try:
        payload = envelope.open_envelope(signed, AGREEMENT, known, line.peer.card.operator_threshold + 1)
    except RemoteError as error:
        raise Broken("an agreement signed by the operators of both", f"{error}: {excerpt(signed)}") from None
    if payload != canonical.encode(line.agreement):
        raise Broken(excerpt(canonical.encode(line.agreement)), excerpt(payload))


def flip_signature(signed: bytes) -> bytes:
    """The envelope with one bit of its first signature changed."""
    found = envelope.parse_envelope(signed)
    first, *others = found.signatures
    raw = bytearray(first.raw())
    raw[0] ^= 1
    flipped = msgspec.structs.replace(first, sig=canonical.b64_padded(bytes(raw)))
    return canonical.encode(msgspec.structs.replace(found, signatures=[flipped, *others]))
