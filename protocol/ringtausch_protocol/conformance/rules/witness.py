# SPDX-License-Identifier: Apache-2.0
"""The ring under test as the witness of the kit's log (SPEC.md 8.8)."""

from __future__ import annotations

import hashlib

from ringtausch_protocol import merkle
from ringtausch_protocol.checkpoints import (
    LogHead,
    origin_of,
    parse_checkpoint,
    read_cosignatures,
    sign_checkpoint,
    verify_checkpoint,
)
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import NOTHING, Answer, Broken, Request, Talk, excerpt
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import came, refused
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.log_keys import checkpoint_keys, witness_keys
from ringtausch_protocol.witness import SIZE_TYPE, format_request

RULES = RuleBook()
#: Sizes at which the kit's log shows itself; the sizes of one run only grow.
FIRST, SECOND = 1, 3


def head_of(line: KitLine, size: int, root: bytes = b"") -> bytes:
    """A checkpoint of the kit's log as it was at a size."""
    origin = origin_of(line.ring.ring_id, 1)
    head = LogHead(origin, size, root or merkle.tree_root(line.leaves[:size]))
    return sign_checkpoint(head, line.ring.checkpoint).to_bytes()


def show(old: int, path: list[bytes], note: bytes) -> Talk[Answer]:
    """Bring a checkpoint to the witness."""
    body = format_request(old, path, note)
    return (yield Request("POST", "/witness/add-checkpoint", body, {"Content-Type": "text/plain"}))


def _grow(line: KitLine, old: int, size: int) -> list[bytes]:
    return merkle.prove_consistency(merkle.nodes_of(line.leaves[:size]), old, size) if old else []


def _cosigned(stage: Stage, note: bytes, answer: Answer) -> None:
    if answer.status != 200:
        raise Broken("200 with a cosignature", came(answer))
    try:
        lines = read_cosignatures(parse_checkpoint(note), answer.body, witness_keys(stage.peer))
    except RemoteError as error:
        raise Broken("a cosignature that verifies", f"{error}: {excerpt(answer.body)}") from None
    if not lines:
        raise Broken("a line by a witness key of the card", excerpt(answer.body))


@RULES.rule("witness-form", "8.8", "a body of another form is answered 400")
def witness_form(_stage: Stage) -> Talk[None]:
    answer = yield Request("POST", "/witness/add-checkpoint", b"old +0\n\n", {"Content-Type": "text/plain"})
    refused(answer, "malformed")


@RULES.rule("witness-unknown", "8.8", "a log that nobody watches is answered 404")
def witness_unknown(stage: Stage) -> Talk[None]:
    stranger, key = stage.found("stranger"), SigningKey(stage.chance(32))
    head = LogHead(origin_of(stranger.ring_id, 1), 1, merkle.tree_root([stage.chance(32)]))
    refused((yield from show(0, [], sign_checkpoint(head, key).to_bytes())), "unknown_log")


@RULES.rule("witness-key", "8.8", "a checkpoint that none of the log's keys has signed is answered 403")
def witness_key(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    head = LogHead(origin_of(line.ring.ring_id, 1), FIRST, merkle.tree_root(line.leaves[:FIRST]))
    answer = yield from show(0, [], sign_checkpoint(head, SigningKey(stage.chance(32))).to_bytes())
    if answer.status != 403:
        raise Broken("403 unknown_key", came(answer))


@RULES.rule("witness", "8.8", "a checkpoint of a peer's log is cosigned")
def witness(stage: Stage) -> Talk[None]:
    note = head_of(stage.open_line(), FIRST)
    _cosigned(stage, note, (yield from show(0, [], note)))


@RULES.rule(
    "witness-size", "8.8", "another old size than the witness knows is answered 409, with the size it knows",
    needs="witness",
)  # fmt: skip
def witness_size(stage: Stage) -> Talk[None]:
    answer = yield from show(0, [], head_of(stage.open_line(), SECOND))
    is_told = answer.headers.get("content-type", "").startswith(SIZE_TYPE) and answer.body == f"{FIRST}\n".encode()
    if answer.status != 409 or not is_told:
        raise Broken(f"409 as {SIZE_TYPE} with {FIRST}", f"{answer.headers.get('content-type', '')} {came(answer)}")


@RULES.rule("witness-old", "8.8", "an old size above the checkpoint's is answered 400")
def witness_old(stage: Stage) -> Talk[None]:
    refused((yield from show(SECOND, [], head_of(stage.open_line(), FIRST))), "malformed")


@RULES.rule(
    "witness-growth", "8.8", "a checkpoint that does not grow from the known one is answered 422",
    needs="witness",
)  # fmt: skip
def witness_growth(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    answer = yield from show(FIRST, [stage.chance(32)], head_of(line, SECOND))
    if answer.status != 422:
        raise Broken("422 bad_proof", came(answer))


@RULES.rule(
    "witness-grows", "8.8", "a checkpoint that grows from the known one is cosigned",
    needs="witness",
)  # fmt: skip
def witness_grows(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    note = head_of(line, SECOND)
    _cosigned(stage, note, (yield from show(FIRST, _grow(line, FIRST, SECOND), note)))


@RULES.rule(
    "witness-told", "8.8", "what a witness told one it tells all, with the log's signature and its own",
    needs="witness-grows",
)  # fmt: skip
def witness_told(stage: Stage) -> Talk[None]:
    origin = origin_of(stage.open_line().ring.ring_id, 1)
    name = hashlib.sha256(origin.encode()).hexdigest()
    answer = yield Request("GET", f"/witness/{name}/checkpoint", headers=NOTHING)
    if answer.status != 200:
        raise Broken("200 with the checkpoint", came(answer))
    try:
        verify_checkpoint(answer.body, checkpoint_keys(stage.main.ring.card, origin))
        _cosigned(stage, answer.body, Answer(200, {}, answer.body.partition(b"\n\n")[2]))
    except RemoteError as error:
        raise Broken("a checkpoint that verifies", f"{error}: {excerpt(answer.body)}") from None


@RULES.rule(
    "witness-fork", "8.8", "a second history of a log, at a size that was cosigned, is never cosigned",
    needs="witness-grows",
)  # fmt: skip
def witness_fork(stage: Stage) -> Talk[None]:
    # The same head with another root would prove a fork and stop the line: this is the last thing said on it.
    line = stage.open_line()
    answer = yield from show(SECOND, [], head_of(line, SECOND, stage.chance(32)))
    if answer.status != 422:
        raise Broken("422 bad_proof", came(answer))
