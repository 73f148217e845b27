# SPDX-License-Identifier: Apache-2.0
"""Items that are handed on inside another ring's item, under the header of who signed them (SPEC.md 6.2, 7.1)."""

from __future__ import annotations

from ringtausch_protocol import canonical, cards, envelope, frames, limits, settlement
from ringtausch_protocol.audit.ledger.said import Said
from ringtausch_protocol.audit.ledger.world import Shown, World
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Order, SignedItem, parse_item


class Handed:
    """What the log of one ring shows of other rings' items. `is_cut`: an earlier log of it is missing."""

    def __init__(self, world: World, *, is_cut: bool) -> None:
        self._world, self._is_cut = world, is_cut

    def read(self, said: Said, signed: SignedItem) -> tuple[object, Header | None]:
        """The item inside an item, and its own header; it must be what its own ring signed, else it is a finding."""
        try:
            header = self._header(signed)
            item = parse_item(bytes(signed.item))
            if isinstance(item, Order):
                settlement.verify_order_binding(item, header)
        except RemoteError as error:
            self._world.findings.add("order_changed", said.place, code=error.code)
            return None, None
        return item, header

    def _header(self, signed: SignedItem) -> Header:
        """The header under which an item was signed; by a key that may stand on a card in logs that are not here."""
        data = bytes(signed.header)
        signer = envelope.signer_of(data)
        shown = self._world.rings.all_cards(signer.rpartition("+")[0])
        keys = {key: public for card in shown for key, public in card.frame_keys.items()}
        if self._is_cut and signer not in keys:
            header = canonical.parse(envelope.parse_envelope(data).body(), Header, limits.DOCUMENT_BYTES)
            if not self._world.has(header.from_, header.head):
                frames.verify_placed(signed, header)
                return header
        return frames.verify_signed_item(signed, keys)[0]

    def shown(self, said: Said, signed: SignedItem, header: Header) -> Shown:
        """Whose word an order is: its payer's; who shows it answers for one under a key that was revoked before it.

        Under a key that stands on no card that is here it is nobody's: a log that is not here may prove it.
        """
        key, rings = envelope.signer_of(bytes(signed.header)), self._world.rings
        if not any(key in card.frame_keys for card in rings.all_cards(header.from_)):
            return Shown(header.head, "")
        revoked = rings.chain(header.from_)[-1].revoked.get(key)
        is_over = revoked is not None and header.seq > cards.end_of(revoked, header.to, header.epoch)
        return Shown(header.head, said.header.from_ if is_over else header.from_)
