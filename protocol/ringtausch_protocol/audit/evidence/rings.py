# SPDX-License-Identifier: Apache-2.0
"""Who the rings are: their cards, and under which card each boot signs (SPEC.md 3.5, 6.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from ringtausch_protocol import cards, envelope, keys
from ringtausch_protocol.canonical import unb64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.documents import Standing
from ringtausch_protocol.errors import RemoteError


class Rings:
    """The cards of all rings. A card proves itself, or is proved by the one before; it may come in any order."""

    def __init__(self) -> None:
        self._chains: dict[str, list[Card]] = {}
        #: Cards of a number that another one in the chain has, and what follows those: proved like any other.
        self._second: dict[str, list[Card]] = {}
        self._waiting: dict[str, dict[int, bytes]] = {}
        self._by_hash: dict[str, Card] = {}
        self._boots: dict[tuple[str, str], str] = {}

    # -- cards -------------------------------------------------------------------------------------------------------

    def add(self, data: bytes) -> Card:
        """Know a card. Raises RemoteError as `verify_card` and `verify_next`.

        A later card whose predecessor is not known yet waits for it, and is given back unproved. A second card of one
        number that its ring's root keys have signed by the rules is known too: who took it could know of no other.
        """
        claimed = cards.read_card(data)
        if claimed.hash in self._by_hash:
            return self._by_hash[claimed.hash]
        chain = self._chains.get(claimed.card.ring_id, [])
        if not chain and claimed.card.prev_card is None:
            return self._keep(cards.verify_card(data))
        if chain and claimed.number <= chain[-1].number + 1:
            try:
                return self._keep(cards.verify_next(chain[-1], data))
            except RemoteError:
                if (second := self._prove_second(claimed, data)) is None:
                    raise
                return second
        self._waiting.setdefault(claimed.card.ring_id, {})[claimed.number] = data
        return claimed

    def _keep(self, card: Card) -> Card:
        ring_id = card.card.ring_id
        self._chains.setdefault(ring_id, []).append(card)
        self._by_hash[card.hash] = card
        self._look_behind(card, self._keep)
        return card

    def _keep_second(self, card: Card) -> Card:
        self._second.setdefault(card.card.ring_id, []).append(card)
        self._by_hash[card.hash] = card
        self._look_behind(card, self._keep_second)
        return card

    def _look_behind(self, card: Card, keep: Callable[[Card], Card]) -> None:
        """The card that has waited for this one, if it follows it; else it goes on waiting."""
        following = self._waiting.get(card.card.ring_id, {}).get(card.number + 1)
        with suppress(RemoteError):
            if following is not None:
                found = cards.verify_next(card, following)
                del self._waiting[card.card.ring_id][found.number]
                keep(found)

    def _prove_second(self, claimed: Card, data: bytes) -> Card | None:
        """A card that follows an earlier one, or a second one, by the rules; None where it follows none."""
        if claimed.number == 1:
            with suppress(RemoteError):
                return self._keep_second(cards.verify_card(data))
        for before in self.all_cards(claimed.card.ring_id):
            if before.number == claimed.number - 1:
                with suppress(RemoteError):
                    return self._keep_second(cards.verify_next(before, data))
        return None

    def chain(self, ring_id: str) -> list[Card]:
        """The proved cards of a ring, oldest first."""
        return self._chains.get(ring_id, [])

    def signer_of(self, data: bytes) -> str:
        """The ring whose known root keys have signed a card, which may be none that follows; empty where none has."""
        try:
            ring_id = cards.read_card(data).card.ring_id
        except RemoteError:
            return ""
        return ring_id if any(cards.is_signed_by_root(card, data) for card in self.chain(ring_id)) else ""

    def all_cards(self, ring_id: str) -> list[Card]:
        """All proved cards of a ring: those of its chain, and those with which it has begun another one."""
        return [*self.chain(ring_id), *self._second.get(ring_id, [])]

    def of_two_words(self) -> list[tuple[str, int]]:
        """(ring id, number) of the rings that have signed two cards of one number: the first such number of each."""
        return sorted((ring_id, min(card.number for card in found)) for ring_id, found in self._second.items())

    def verify_one_word(self) -> None:
        """Raises RemoteError('two_cards') where a ring has signed two cards of one number."""
        for ring_id, number in self.of_two_words():
            raise RemoteError("two_cards", f"number {number} of {ring_id}")

    def by_hash(self, digest: str) -> Card | None:
        """A proved card by its H."""
        return self._by_hash.get(digest)

    def known(self) -> list[str]:
        """The ids of all rings of which there is a card."""
        return sorted(self._chains)

    # -- boots -------------------------------------------------------------------------------------------------------

    def introduce(self, ring_id: str, standing: Standing) -> None:
        """A greeting says under which cards the boots of a ring sign. The first word about a boot counts."""
        self._boots.setdefault((ring_id, standing.boot), standing.card)
        for run in standing.runs:
            self._boots.setdefault((ring_id, run.boot), run.card)

    def frame_keys(self, ring_id: str, boot: str) -> Mapping[str, bytes]:
        """The keys that sign frames of a boot: those of its card; of an unknown boot those of every card."""
        card = self._by_hash.get(self._boots.get((ring_id, boot), ""))
        if card is not None and card.card.ring_id == ring_id:
            return card.frame_keys
        return {name: public for each in self.all_cards(ring_id) for name, public in each.frame_keys.items()}

    # -- documents ---------------------------------------------------------------------------------------------------

    def verify_document(self, data: bytes, kind: str, signers: Iterable[str], purpose: str) -> bytes:
        """Check that each of these rings has signed: operators at the threshold of one of its cards, or a frame key.

        -> the payload. Raises RemoteError as `open_envelope`; threshold where a ring has not signed, or too few.
        """
        rings = [self.all_cards(ring_id) for ring_id in signers]
        named = [_keys_of(card, purpose) for chain in rings for card in chain]
        payload = envelope.open_envelope(data, kind, {name: key for each in named for name, key in each.items()})
        names = {each.keyid for each in envelope.parse_envelope(data).signatures}
        for chain in rings:
            if not any(_is_enough(card, purpose, names) for card in chain):
                raise RemoteError("threshold", "a ring has not signed, or with too few keys")
        return payload

    def may_have_signed(self, data: bytes, signers: Iterable[str], others: Iterable[str], purpose: str) -> bool:
        """Whether one of `others` is not known to have signed, and a key has that is on no known card of `signers`."""
        names = {each.keyid for each in envelope.parse_envelope(data).signatures}
        known = {name for ring_id in signers for card in self.all_cards(ring_id) for name in _keys_of(card, purpose)}
        lacks = [each for each in others if not any(_is_enough(card, purpose, names) for card in self.all_cards(each))]
        return bool(lacks) and not names <= known


def _keys_of(card: Card, purpose: str) -> dict[str, bytes]:
    publics = [unb64(key.public, 32) for key in card.card.keys if key.purpose == purpose]
    return {keys.key_id(card.card.ring_id, public): public for public in publics}


def _is_enough(card: Card, purpose: str, names: set[str]) -> bool:
    needed = card.card.operator_threshold if purpose == "operator" else 1
    return len(names & _keys_of(card, purpose).keys()) >= needed
