# SPDX-License-Identifier: Apache-2.0
"""Fork proofs: a small file that shows to anyone, offline, that a ring signed two histories of one log (SPEC.md 8.9).

A proof carries the ring's cards, which prove themselves by the ring id; heads are checkpoints, or headers of frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from ringtausch_protocol import canonical, cards, checkpoints, frames, limits, log_keys, merkle
from ringtausch_protocol.canonical import (
    Count,
    Hash32,
    Net,
    RingId,
    Seq,
    Wire,
    b64,
    b64_padded,
    type_v1,
    unb64,
    unb64_padded,
)  # fmt: skip
from ringtausch_protocol.cards import Card
from ringtausch_protocol.checkpoints import Checkpoint, LogHead
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import Node

#: F1, F2 and F3: two roots of one size; an end that did not grow from an earlier one; two entries at one index.
Fault = Literal["one_size", "history", "one_index"]
_Path = Annotated[list[Hash32], msgspec.Meta(max_length=limits.PROOF_HASHES_MAX)]


class HeadShown(Wire, frozen=True, omit_defaults=True):
    """A signed head as evidence: a checkpoint in padded base64, or a frame's header; with `leaf`, what stands in it."""

    checkpoint: (
        Annotated[str, msgspec.Meta(max_length=limits.FORK_PROOF_BYTES, pattern=r"^[A-Za-z0-9+/]+={0,2}$")] | None
    ) = None
    header: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    leaf: Hash32 | None = None
    path: _Path | None = None


class ForkProof(Wire, frozen=True, omit_defaults=True):
    """`fork-proof`: two heads that one log cannot both have had (SPEC.md 8.9). Signed by nobody: it proves itself."""

    v: type_v1
    net: Net
    ring_id: RingId
    log: Seq
    fault: Fault
    cards: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FORK_CARDS_MAX)]
    a: HeadShown
    b: HeadShown
    root: Hash32 | None = None
    path: _Path | None = None
    index: Count | None = None


class Accused(NamedTuple):
    """Whose log it is: federation, ring, number of the log, and the ring's cards under which the heads were signed."""

    net: str
    ring_id: str
    log: int
    cards: tuple[bytes, ...]


class Fork(NamedTuple):
    """A proof that holds: what kind it is, and both heads."""

    proof: ForkProof
    a: LogHead
    b: LogHead


# -- making ------------------------------------------------------------------------------------------------------------


def show_checkpoint(checkpoint: Checkpoint) -> HeadShown:
    """A checkpoint as evidence, without its cosignatures: what counts is that the ring signed."""
    lines = tuple(line for line in checkpoint.note.lines if line.name == checkpoint.head.origin)
    return HeadShown(checkpoint=b64_padded(checkpoint.note._replace(lines=lines).to_bytes()))


def show_header(envelope: bytes) -> HeadShown:
    """The header of a frame as evidence: the head in it was signed with it."""
    return HeadShown(header=msgspec.Raw(envelope))


def prove_one_size(accused: Accused, a: HeadShown, b: HeadShown) -> bytes:
    """F1: two heads of one size with two roots. Raises RemoteError as `verify_fork`, bad_proof where they are none."""
    return _write(_proof(accused, "one_size", a, b))


def prove_history(accused: Accused, a: HeadShown, b: HeadShown, old: int, size: int, node: Node) -> bytes:
    """F2: the log with head `b` did not have head `a` at its size. `node`: the nodes of the log that `b` names.

    old, size: the sizes of a and b. Raises RemoteError('bad_proof') where the log did have it, and as `verify_fork`.
    """
    path = merkle.prove_consistency(node, old, size) if old else []
    root = b64(merkle.range_root(node, 0, old))
    return _write(msgspec.structs.replace(_proof(accused, "history", a, b), root=root, path=[*map(b64, path)]))


def prove_one_index(accused: Accused, a: HeadShown, b: HeadShown, index: int) -> bytes:
    """F3: two entries at one index; both heads come from `with_leaf`. Raises RemoteError as `verify_fork`."""
    return _write(msgspec.structs.replace(_proof(accused, "one_index", a, b), index=index))


def with_leaf(shown: HeadShown, leaf: bytes, path: Sequence[bytes]) -> HeadShown:
    """A head together with the hash of an entry in it and the entry's inclusion path."""
    return msgspec.structs.replace(shown, leaf=b64(leaf), path=[*map(b64, path)])


def _proof(accused: Accused, fault: Fault, a: HeadShown, b: HeadShown) -> ForkProof:
    return ForkProof(
        v=1, net=accused.net, ring_id=accused.ring_id, log=accused.log, fault=fault,
        cards=[msgspec.Raw(card) for card in accused.cards], a=a, b=b,
    )  # fmt: skip


def _write(proof: ForkProof) -> bytes:
    """The proof's bytes, verified first: nobody is accused by mistake."""
    data = canonical.encode(proof)
    verify_fork(data)
    return data


# -- verifying ---------------------------------------------------------------------------------------------------------


def parse_fork(data: bytes) -> ForkProof:
    """Read a proof strictly; verify nothing. Raises RemoteError: too_large, malformed, not_canonical."""
    return canonical.parse(data, ForkProof, limits.FORK_PROOF_BYTES)


def verify_fork(data: bytes) -> Fork:
    """Check a proof; it needs nothing beside itself.

    Raises RemoteError: too_large, malformed, not_canonical; as `verify_chain`; wrong_ring, wrong_net (cards or heads of
    another ring); unknown_key, bad_signature (heads); bad_proof (both heads can be true).
    """
    proof = parse_fork(data)
    chain = cards.verify_chain([bytes(card) for card in proof.cards])
    _verify_whose(proof, chain[0].card.ring_id, chain[0].card.net)
    a, b = (_verify_head(proof, shown, chain) for shown in (proof.a, proof.b))
    if not _FAULTS[proof.fault](proof, a, b):
        raise RemoteError("bad_proof", "both heads can be true")
    return Fork(proof, a, b)


def _verify_whose(proof: ForkProof, ring_id: str, net: str) -> None:
    if ring_id != proof.ring_id:
        raise RemoteError("wrong_ring", "evidence about another ring")
    if net != proof.net:
        raise RemoteError("wrong_net", "evidence from another federation")


def _verify_head(proof: ForkProof, shown: HeadShown, chain: Sequence[Card]) -> LogHead:
    """The head that was shown, signed by a key of one of the cards."""
    origin = checkpoints.origin_of(proof.ring_id, proof.log)
    if (shown.checkpoint is None) == (shown.header is msgspec.UNSET):
        raise RemoteError("malformed", "a head is a checkpoint or a header")
    if shown.checkpoint is not None:
        known = [key for card in chain for key in log_keys.checkpoint_keys(card, origin)]
        return checkpoints.verify_checkpoint(unb64_padded(shown.checkpoint), known).head
    named = {name: public for card in chain for name, public in card.frame_keys.items()}
    assert isinstance(shown.header, msgspec.Raw)
    header, _ = frames.parse_header(bytes(shown.header), named)
    _verify_whose(proof, header.from_, header.net)
    if header.head.log != proof.log:
        raise RemoteError("bad_proof", "head of another log")
    return LogHead(origin, header.head.size, unb64(header.head.root, 32))


def _is_one_size(proof: ForkProof, a: LogHead, b: LogHead) -> bool:
    _verify_fields(proof)
    return a.size == b.size and a.root != b.root


def _is_history(proof: ForkProof, a: LogHead, b: LogHead) -> bool:
    _verify_fields(proof, "root", "path")
    root = unb64(proof.root or "", 32)
    checkpoints.verify_growth(a._replace(root=root), b, [unb64(step, 32) for step in proof.path or ()])
    return a.size < b.size and a.root != root


def _is_one_index(proof: ForkProof, a: LogHead, b: LogHead) -> bool:
    _verify_fields(proof, "index")
    for head, shown in ((a, proof.a), (b, proof.b)):
        path = [unb64(step, 32) for step in shown.path or ()]
        merkle.verify_inclusion(unb64(shown.leaf or "", 32), proof.index or 0, head.size, path, head.root)
    return proof.a.leaf != proof.b.leaf


def _verify_fields(proof: ForkProof, *names: str) -> None:
    """Exactly the optional fields of this fault are there: what proves nothing has no place in a proof."""
    there = {name for name in ("root", "path", "index") if getattr(proof, name) is not None}
    leaves = {part is not None for shown in (proof.a, proof.b) for part in (shown.leaf, shown.path)}
    if there != set(names) or leaves != {proof.fault == "one_index"}:
        raise RemoteError("malformed", f"fields of another fault than {proof.fault}")


_FAULTS = {"one_size": _is_one_size, "history": _is_history, "one_index": _is_one_index}
