# SPDX-License-Identifier: Apache-2.0
"""Before the first rule: the invitations are read and still count, and who answers is the ring that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ringtausch_protocol import canonical
from ringtausch_protocol.cards import Card, verify_card, verify_chain
from ringtausch_protocol.conformance import sending, texts
from ringtausch_protocol.conformance.given import Given
from ringtausch_protocol.conformance.model import NOTHING, Answer, Request, excerpt
from ringtausch_protocol.conformance.rules.peering import other_terms
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import PEERING, code_of
from ringtausch_protocol.conformance.texts import UsedWrongly
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import INVITATION_BYTES, Invitation
from ringtausch_protocol.verifier.findings import read_file
from ringtausch_protocol.verifier.words import Words

#: What a ring says of an invitation that begins no line.
REFUSED: Mapping[str, Words] = MappingProxyType(
    {
        "invitation_used": texts.INVITATION_USED, "invitation_expired": texts.INVITATION_OVER,
        "invitation_unknown": texts.INVITATION_UNKNOWN, "winding_down": texts.WINDING_DOWN,
    }
)  # fmt: skip


def stage_of(given: Given, clock: Callable[[], int]) -> Stage:
    """The lines that the invitations begin. `clock`: Unix seconds. Raises UsedWrongly."""
    read = [_read(path) for path in given.invitations]
    cards = [_inviter(path, invitation) for path, invitation in zip(given.invitations, read, strict=True)]
    _verify_single(given.invitations, read)
    peer = cards[0]
    for path, card in zip(given.invitations, cards, strict=True):
        if card.card.ring_id != peer.card.ring_id:
            raise UsedWrongly(texts.OTHER_INVITATION, value=path, other=name_of(card), ring=name_of(peer))
    return Stage(read, peer, sending.chance, clock, given.own_url, given.payee, given.second_payee)


def _read(path: Path) -> Invitation:
    try:
        read = canonical.parse(read_file(path, INVITATION_BYTES).strip(), Invitation, INVITATION_BYTES)
    except OSError as error:
        raise UsedWrongly(texts.NOT_READ, value=path, reason=error.strerror) from None
    except RemoteError as error:
        raise UsedWrongly(texts.NO_INVITATION, value=path, reason=error) from None
    return read


def _inviter(path: Path, invitation: Invitation) -> Card:
    try:
        return verify_chain([bytes(raw) for raw in (*invitation.cards, invitation.card)])[-1]
    except RemoteError as error:
        raise UsedWrongly(texts.NO_INVITATION, value=path, reason=error) from None


def _verify_single(paths: Sequence[Path], read: Sequence[Invitation]) -> None:
    known: set[str] = set()
    for path, invitation in zip(paths, read, strict=True):
        if invitation.secret in known:
            raise UsedWrongly(texts.INVITED_TWICE, value=path)
        known.add(invitation.secret)


def verify_served(peer: Card, send: Callable[[Request], Answer], url: str) -> None:
    """The ring of the invitations answers here, or one whose card is for the rules to judge.

    Raises UsedWrongly.
    """
    try:
        answer = send(Request("GET", "/.well-known/ringtausch", headers=NOTHING))
    except OSError as error:
        raise UsedWrongly(texts.NOBODY, url=url, reason=error) from None
    kind = answer.headers.get("content-type", "")
    try:
        served = verify_card(answer.body) if answer.status == 200 else None
    except RemoteError:
        if kind.startswith("application/json"):
            return
        served = None
    if served is None:
        raise UsedWrongly(texts.NO_CARD, url=url, came=f"{answer.status} {kind} {excerpt(answer.body)}".rstrip())
    if served.card.ring_id != peer.card.ring_id:
        raise UsedWrongly(texts.OTHER_RING, url=url, invited=name_of(peer), served=name_of(served))


def verify_invitations(stage: Stage, paths: Sequence[Path], send: Callable[[Request], Answer]) -> list[Answer]:
    """Ask for each whether it counts, with terms that no ring agrees to, so that none is used up. -> the answers.

    Raises UsedWrongly; OSError and Unjudged where nobody answers.
    """
    answers = [send(Request("POST", PEERING, line.peering(other_terms(line)))) for line in stage.lines]
    for path, answer in zip(paths, answers, strict=True):
        if (told := REFUSED.get(code_of(answer))) is not None:
            raise UsedWrongly(told, value=path)
    return answers


def name_of(card: Card) -> str:
    """A ring as people know it, and as programs do."""
    return f"{card.card.address} ({card.card.ring_id})"
