# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every byte of every signed document flipped, bytes of every field of every item, every kind offered as every other.

All are offered to a real ring where they would arrive. Each is refused with a code of the table, and everything that
stands in the ring's database is as before. In the end the true ones are taken: they were good all the time.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ringtausch_node.config import Lines
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.documents import DOCUMENTS
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import ITEMS, encode_item, parse_item
from tests.federation.contents import contents_of
from tests.federation.stage import Stage, code_in
from tests.federation.towns import Towns, peer, row_of, talk, until
from tests.vectors import payloads
from tests.vectors.payloads import items as items_of_every_kind

CASES_LEAST = 2_000


@pytest.fixture
async def stage(towns: Towns) -> Stage:
    wide = Lines(frames_per_minute=60_000)
    oak, elm, ash = [await towns.found(name, lines=wide) for name in ("oak", "elm", "ash")]
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)

    async def is_quiet() -> bool:
        here, there = await row_of(oak, elm), await row_of(elm, oak)
        return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)

    await until(is_quiet)
    await elm.federation.stop()
    await oak.federation.stop()
    return Stage(towns, oak, elm, ash)


def values_in(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each field with a value of its own, by its path."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from values_in(value, f"{path}.{name}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from values_in(value, f"{path}[{number}]")
    else:
        yield path, found


def flips_of(payload: bytes, every: int = 1) -> Iterator[tuple[str, bytes]]:
    """(field, payload with one bit changed in it), for every byte of every value, or the first and every so many."""
    start = 0
    for path, value in values_in(json.loads(payload)):
        text = json.dumps(value, ensure_ascii=False).encode()
        start = payload.index(b":" + text if not path.endswith("]") else text, start) + (not path.endswith("]"))
        inside = range(start + 1, start + len(text) - 1) if isinstance(value, str) else range(start, start + len(text))
        for place in inside[::every]:
            yield path, payload[:place] + bytes((payload[place] ^ 1,)) + payload[place + 1 :]
        start += len(text)


def with_payload(true: bytes, payload: bytes) -> bytes:
    """The envelope with another payload under the same signatures."""
    told = json.loads(true)
    told["payload"] = base64.b64encode(payload).decode()
    return json.dumps(told, separators=(",", ":")).encode()


def flipped(true: bytes) -> Iterator[tuple[str, bytes]]:
    """Every flip of an envelope: inside its payload, and in its type, key ids and signatures."""
    payload = envelope.parse_envelope(true).body()
    for path, changed in flips_of(payload):
        yield path, with_payload(true, changed)
    for path, changed in flips_of(true):
        if path != ".payload":
            yield f"envelope{path}", changed


@pytest.mark.timeout(300)
async def test_no_flipped_bit_of_anything_signed_is_taken(stage: Stage) -> None:
    fields: set[str] = set()
    codes: Counter[str] = Counter()
    things = await stage.things()
    for thing in things:
        before, last = await contents_of(stage.oak), ""
        for path, data in flipped(thing.true):
            code = await thing.offer(data)
            assert code, f"{thing.kind}{path} was taken"
            codes[code] += 1
            if path != last:
                assert before == await contents_of(stage.oak), f"{thing.kind}{last}"
                fields, last = fields | {f"{thing.kind}{path}"}, path
        assert before == await contents_of(stage.oak), thing.kind
    assert codes.total() >= CASES_LEAST
    assert set(codes) <= set(CODES)
    assert len(fields) > 120
    for thing in reversed(things):  # the frame first: a hello may begin a new count
        assert "" == await thing.offer(thing.true), thing.kind


@pytest.mark.timeout(300)
async def test_no_flipped_bit_of_an_item_is_taken(stage: Stage) -> None:
    """Items are signed through the root that their frame's header names."""
    frame = await stage.next_frame()
    before, count = await contents_of(stage.oak), 0
    for place, item in enumerate(frame.items):
        for path, data in flips_of(item, every=3):
            items = [*frame.items[:place], data, *frame.items[place + 1 :]]
            code = code_in(await stage.post(frame, items=items))
            assert code in {"bad_proof", "malformed", "not_canonical"}, f"{place}{path}: {code or 'taken'}"
            count += 1
        assert before == await contents_of(stage.oak), item
    assert count >= CASES_LEAST
    assert "" == code_in(await stage.post(frame))


async def test_no_kind_passes_as_another(stage: Stage) -> None:
    """Well signed by the right keys, with the right type over the wrong content, and the other way round."""
    signers = {"ring-card": stage.ash, "peer-agreement": stage.ash}
    things = await stage.things()
    before, cases = await contents_of(stage.oak), 0
    for thing in things:
        for _, kind, value, _ in payloads.documents():
            payload = canonical.encode(value)
            ring = signers.get(thing.kind, stage.elm)
            identity = ring.identity
            keys = [(identity.frame_key_id, identity.frame_signer), *identity.operator_signers]
            for key in keys:
                for as_kind in {kind, thing.kind} if kind != thing.kind else set[str]():
                    code = await thing.offer(envelope.seal(as_kind, payload, [key]))
                    assert code in CODES, f"{kind} as {thing.kind}: taken"
                    cases += 1
    assert before == await contents_of(stage.oak)
    assert cases >= 6 * len(DOCUMENTS) * 2


def test_no_item_passes_as_another() -> None:
    kinds = {str(kind.__struct_config__.tag) for kind in ITEMS}
    cases = 0
    for _, item in items_of_every_kind():
        told = json.loads(encode_item(item))
        for other in kinds - {told["kind"]}:
            with pytest.raises(RemoteError) as refused:
                parse_item(json.dumps({**told, "kind": other}, separators=(",", ":")).encode())
            assert refused.value.code in CODES
            cases += 1
    assert cases >= len(kinds) * (len(kinds) - 1)
