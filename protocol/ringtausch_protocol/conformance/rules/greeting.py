# SPDX-License-Identifier: Apache-2.0
"""Hello in two rounds, tokens, and the fence (SPEC.md 6.4)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.rules.peering import flip_signature
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES, HELLO, challenge_of, exchange, greet, post, read, refused
from ringtausch_protocol.documents import Position, Run, Standing
from ringtausch_protocol.items import Cancel, encode_item
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.posts import Have
from ringtausch_protocol.requests import AskAnswer, Say

RULES = RuleBook()


@RULES.rule("ask-ring", "6.4", "a question for another ring is refused wrong_ring")
def ask_ring(stage: Stage) -> Talk[None]:
    answer = yield from post(HELLO, stage.main.ask(to=stage.found("other").ring_id))
    refused(answer, "wrong_ring")


@RULES.rule("ask-net", "6.4", "a question of another federation is refused wrong_net")
def ask_net(stage: Stage) -> Talk[None]:
    answer = yield from post(HELLO, stage.main.ask(net=f"not-{stage.peer.card.net}"[:32]))
    refused(answer, "wrong_net")


@RULES.rule("challenge-same", "6.4", "the challenge is the same to all who ask, until a hello that verifies spends it")
def challenge_same(stage: Stage) -> Talk[None]:
    first = yield from challenge_of(stage.main)
    again = yield from challenge_of(stage.main)
    if first != again:
        raise Broken(f"challenge {first} again", again)


@RULES.rule("hello-challenge", "6.4", "a hello over a challenge that was not handed out is refused bad_challenge")
def hello_challenge(stage: Stage) -> Talk[None]:
    yield from challenge_of(stage.main)
    answer = yield from post(HELLO, stage.main.say(stage.main.hello(b64(stage.chance(32)))))
    refused(answer, "bad_challenge")


@RULES.rule("hello-key", "6.4", "a hello by a key that is not on the card is refused unknown_key")
def hello_key(stage: Stage) -> Talk[None]:
    line, key = stage.main, SigningKey(stage.chance(32))
    hello = line.hello((yield from challenge_of(line)))
    answer = yield from post(HELLO, line.say(hello, (key_id(line.ring.ring_id, key.public), key)))
    refused(answer, "unknown_key")


@RULES.rule("hello-purpose", "6.4", "a hello by the operator's key instead of a frame key is refused unknown_key")
def hello_purpose(stage: Stage) -> Talk[None]:
    line = stage.main
    hello = line.hello((yield from challenge_of(line)))
    refused((yield from post(HELLO, line.say(hello, line.ring.operator_signer))), "unknown_key")


@RULES.rule("hello-flipped", "2.3", "a hello with one bit of its signature changed is refused bad_signature")
def hello_flipped(stage: Stage) -> Talk[None]:
    line = stage.main
    said = canonical.parse(line.say(line.hello((yield from challenge_of(line)))), Say, 100_000)
    refused((yield from post(HELLO, _instead(said, flip_signature(bytes(said.hello))))), "bad_signature")


@RULES.rule("hello-strange", "2.3", "every signature counts: a good one beside that of a strange key is unknown_key")
def hello_strange(stage: Stage) -> Talk[None]:
    said, both = yield from _signed_twice(stage)
    refused((yield from post(HELLO, _instead(said, both))), "unknown_key")


@RULES.rule("hello-order", "2.3", "signatures out of the order of their key ids are refused malformed")
def hello_order(stage: Stage) -> Talk[None]:
    said, both = yield from _signed_twice(stage)
    found = envelope.parse_envelope(both)
    turned = msgspec.structs.replace(found, signatures=[*reversed(found.signatures)])
    refused((yield from post(HELLO, _instead(said, canonical.encode(turned)))), "malformed", "not_canonical")


def _signed_twice(stage: Stage) -> Talk[tuple[Say, bytes]]:
    """A true hello, and its envelope with the signature of a strange key beside the good one."""
    line, key = stage.main, SigningKey(stage.chance(32))
    said = canonical.parse(line.say(line.hello((yield from challenge_of(line)))), Say, 100_000)
    stranger = (key_id(line.ring.ring_id, key.public), key)
    return said, envelope.add_signatures(bytes(said.hello), "hello", [stranger])


def _instead(said: Say, signed: bytes) -> bytes:
    return canonical.encode(msgspec.structs.replace(said, hello=msgspec.Raw(signed)))


@RULES.rule("hello-type", "2.3", "a document of another type, though well signed, is refused wrong_type")
def hello_type(stage: Stage) -> Talk[None]:
    line = stage.main
    hello = line.hello((yield from challenge_of(line)))
    refused((yield from post(HELLO, line.say(hello, kind="hello-ack"))), "wrong_type")


@RULES.rule("hello-names", "6.4", "a hello whose body names another receiver is refused wrong_ring")
def hello_names(stage: Stage) -> Talk[None]:
    line = stage.main
    hello = line.hello((yield from challenge_of(line)), to=stage.found("other").ring_id)
    refused((yield from post(HELLO, line.say(hello))), "wrong_ring")


@RULES.rule("hello-epoch", "6.4", "a hello of another epoch is refused wrong_epoch")
def hello_epoch(stage: Stage) -> Talk[None]:
    line = stage.main
    standing = line.standing(epoch=b64(stage.chance(16)))
    answer = yield from post(HELLO, line.say(line.hello((yield from challenge_of(line)), standing)))
    refused(answer, "wrong_epoch")


@RULES.rule("hello-runs", "6.4", "a hello whose runs do not rise is refused malformed")
def hello_runs(stage: Stage) -> Talk[None]:
    line = stage.main
    run = Run(boot=line.boot, card=line.ring.card.hash, first_seq=1)
    answer = yield from post(
        HELLO, line.say(line.hello((yield from challenge_of(line)), line.standing(runs=[run, run])))
    )
    refused(answer, "malformed")


@RULES.rule("hello-card", "6.4", "a hello that names a card which nobody told is refused card_unknown or card_old")
def hello_card(stage: Stage) -> Talk[None]:
    line = stage.main
    standing = line.standing(card=b64(stage.chance(32)))
    answer = yield from post(HELLO, line.say(line.hello((yield from challenge_of(line)), standing)))
    refused(answer, "card_unknown", "card_old")


@RULES.rule("token-first", "6.4", "frames under a token that was not given are refused hello_needed")
def token_first(stage: Stage) -> Talk[None]:
    answer = yield from post(FRAMES, stage.main.post(token=b64(stage.chance(32))))
    refused(answer, "hello_needed")


@RULES.rule("hello", "6.4", "a true hello is answered by a hello-ack that verifies, over its nonce and its hash")
def hello(stage: Stage) -> Talk[None]:
    yield from greet(stage.main)


@RULES.rule("challenge-spent", "6.4", "a hello that was answered is refused bad_challenge when it comes again")
def challenge_spent(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    body = line.say(line.hello((yield from challenge_of(line))))
    first = yield from post(HELLO, body)
    if first.status != 200:
        raise Broken("200", f"{first.status}")
    refused((yield from post(HELLO, body)), "bad_challenge")


@RULES.rule(
    "ask-head", "6.4", "the answer to a question names the head of its log that the asker's hello told, after a post"
)
def ask_head(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    told = line.head()
    yield from greet(line)
    yield from exchange(stage, line)
    known = read((yield from post(HELLO, line.ask())), AskAnswer).head
    if known != told:
        raise Broken(f"{told}", f"{known}")


@RULES.rule("token-same", "6.4", "one pair of boots has one token: a repeated hello is given the same")
def token_same(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    before = line.their_token
    yield from greet(line)
    if line.their_token != before:
        raise Broken("the token that was given before", "another one")


@RULES.rule("have-unknown", "6.4", "a post that holds frames which the ring never sent is refused hello_needed")
def have_unknown(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    have = Have(epoch=line.agreement.epoch, seq=1_000_000, hash=b64(stage.chance(32)))
    refused((yield from post(FRAMES, line.post(have=have))), "hello_needed")
    yield from exchange(stage, line)


@RULES.rule("fence-frame", "6.4", "a frame of a boot that another boot has replaced is refused fenced")
def fence_frame(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    yield from exchange(stage, line)
    old = line.boot
    line.start()
    yield from greet(line)
    yield from exchange(stage, line)
    late = line.frame([encode_item(Cancel(order_hash=b64(stage.chance(32))))], boot=old)
    refused((yield from post(FRAMES, line.post([late]))), "fenced")


@RULES.rule("fence-hello", "6.4", "a hello of a boot that another boot has replaced is refused fenced")
def fence_hello(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    old = line.boot
    line.start()
    yield from greet(line)
    standing = line.standing(boot=old)
    refused((yield from post(HELLO, line.say(line.hello((yield from challenge_of(line)), standing)))), "fenced")
    yield from greet(line)


@RULES.rule("lost", "6.4", "to a peer that holds more than the ring ever sent nothing more is signed")
def lost(stage: Stage) -> Talk[None]:
    line = stage.liar(4)
    standing = line.standing(peer=Position(seq=9, hash=b64(stage.chance(32))))
    yield from is_left(line, standing)


def is_left(line: KitLine, standing: Standing) -> Talk[None]:
    """Say this of the channel: whatever is answered, no later hello is. Raises Broken."""
    yield from post(HELLO, line.say(line.hello((yield from challenge_of(line)), standing)))
    answer = yield from post(HELLO, line.ask())
    if answer.status == 200:  # a challenge is not signed, so it may still be given
        answer = yield from post(HELLO, line.say(line.hello(read(answer, AskAnswer).challenge)))
    refused(answer, "quarantined")
