# SPDX-License-Identifier: Apache-2.0
"""What the ring under test says by itself, at the kit's own address (SPEC.md 6.2, 6.4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.addresses import folder_of
from ringtausch_protocol.advert_bodies import AdvertsAsk
from ringtausch_protocol.conformance.model import Broken, Heard, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES, HELLO
from ringtausch_protocol.conformance.telling import ADVERTS
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import parse_header
from ringtausch_protocol.posts import Post
from ringtausch_protocol.requests import Ask, Say

RULES = RuleBook()
Call: TypeAlias = Ask | Say | Post | AdvertsAsk
#: What a ring calls another for by itself while payments, messages and statements of its own do not wait.
KINDS: dict[str, tuple[type[Call], ...]] = {HELLO: (Ask, Say), FRAMES: (Post,), ADVERTS: (AdvertsAsk,)}


def _heard(stage: Stage) -> list[Heard]:
    """The calls about a line, by their path without the kit's folder. Raises Unjudged where none came."""
    folder = folder_of(stage.url)
    called = (each._replace(path=_beneath(folder, each.path)) for each in stage.heard)
    found = [each for each in called if each.path in KINDS]
    if not found:
        raise Unjudged("nothing came: the kit needs --listen, and --own-url where the ring under test reaches it")
    return found


def _beneath(folder: str, path: str) -> str:
    """A path as SPEC.md 6.2 names it: a server in front of the kit may have taken the folder off, or not."""
    return path if path in KINDS else path.removeprefix(folder)


def _read(each: Heard) -> Call:
    """A call as it must be. Raises Broken."""
    said = b'"round":"hello"' in each.body[:20]
    kind = KINDS[each.path][-1 if said else 0]
    try:
        return canonical.parse(each.body, kind, limits.REQUEST_BYTES)
    except RemoteError as error:
        raise Broken(f"a canonical body for {each.path}", f"{error}: {excerpt(each.body)}") from None


@RULES.rule("calls-media-type", "6.2", "what the ring sends by itself is application/json")
def calls_media_type(stage: Stage) -> Talk[None]:
    yield from ()
    for each in _heard(stage):
        if each.media_type.partition(";")[0].strip() != "application/json":
            raise Broken("application/json", each.media_type)


@RULES.rule("calls-form", "2.2", "what the ring sends by itself is canonical, of the kind that its path wants")
def calls_form(stage: Stage) -> Talk[None]:
    yield from ()
    for each in _heard(stage):
        _read(each)


def _ours(stage: Stage) -> list[Call]:
    """The calls about a line of this run: rings of an earlier one at the same place are called for ever.

    Raises Broken; Unjudged where none came.
    """
    found = [call for each in _heard(stage) if _is_ours(stage, call := _read(each))]
    if not found:
        raise Unjudged("nothing came but what is said to rings of an earlier run")
    return found


def _is_ours(stage: Stage, call: Call) -> bool:
    """By the chain that it is about, whatever else it names; adverts are about none, and show a token alone."""
    lines = stage.lines
    if isinstance(call, Post):
        return call.have.epoch in {line.agreement.epoch for line in lines}
    if isinstance(call, AdvertsAsk):
        return call.token in {token for line in lines for token in line.tokens}
    if isinstance(call, Say):
        return call.from_ == stage.peer.card.ring_id
    chains = ((line.first, *(frame.hash for frame in (*line.came, *line.out))) for line in lines)
    return not {call.own.hash, call.peer.hash}.isdisjoint(itertools.chain(*chains))


@RULES.rule("calls-names", "6.4", "a question of the ring names itself, its net, and the ring that it calls")
def calls_names(stage: Stage) -> Talk[None]:
    yield from ()
    kits = {line.ring.ring_id for line in stage.lines}
    for ask in (call for call in _ours(stage) if isinstance(call, Ask)):
        if (ask.net, ask.from_) != (stage.peer.card.net, stage.peer.card.ring_id) or ask.to not in kits:
            raise Broken(f"net, from and to of {stage.peer.card.ring_id}", f"{ask.net} {ask.from_} {ask.to}")


@RULES.rule("calls-token", "6.4", "what the ring posts by itself shows the token that it was given")
def calls_token(stage: Stage) -> Talk[None]:
    yield from ()
    given = {token for line in stage.lines for token in line.tokens}
    for call in (call for call in _ours(stage) if isinstance(call, Post | AdvertsAsk)):
        if call.token not in given:
            raise Broken("a token of one of the kit's hellos", call.token)


@RULES.rule("calls-same-bytes", "6.2", "a frame comes in the same bytes, as often as it comes and whichever way")
def calls_same_bytes(stage: Stage) -> Talk[None]:
    yield from ()
    known = {(line.agreement.epoch, frame.header.seq): frame.envelope for line in stage.lines for frame in line.came}
    for post in _posts(stage):
        for frame in post.frames:
            place = (post.have.epoch, _seq_of(stage, bytes(frame.header)))
            if known.setdefault(place, bytes(frame.header)) != bytes(frame.header):
                raise Broken(excerpt(known[place]), excerpt(bytes(frame.header)))


def _seq_of(stage: Stage, signed: bytes) -> int:
    """The place of a frame, by its verified header. Raises Broken."""
    try:
        return parse_header(signed, stage.peer.frame_keys)[0].seq
    except RemoteError as error:
        raise Broken("a header that verifies", f"{error}: {excerpt(signed)}") from None


def _posts(stage: Stage) -> Iterator[Post]:
    yield from (call for call in _ours(stage) if isinstance(call, Post))
