# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom a form means: a handle, a number, a whole name, name@ring, the ring in short, or the link of a card."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_protocol.addresses import parse_handle


class Payees:
    """Reads what was typed for a payee."""

    def __init__(self, services: Ring) -> None:
        self._services = services

    async def read(self, text: str, ring: str) -> str:
        """A payee as the services know him: typed as a handle, a name of this ring, or name@ring, the ring in short.

        The link of a card is read too. Raises LocalError: payee_empty, name_elsewhere, link_unknown.
        """
        text = " ".join(text.split())
        if not text:
            raise LocalError("payee_empty", "nobody named")
        if text.casefold().startswith(("https://", "http://")):
            return await self._of_link(text)
        handle, at, typed = (part.strip() for part in text.partition("@"))
        if at:
            return f"{handle}@{await self._ring(typed)}"
        if ring and ring != self._services.config.address:
            return f"{_handle_elsewhere(text)}@{ring}"
        names = await self._services.members.names()
        named = [each for each, name in names.items() if " ".join(name.split()).casefold() == text.casefold()]
        return named[0] if len(named) == 1 else text

    async def _of_link(self, text: str) -> str:
        """Whose card a link is: of this ring, or of one we know by this address."""
        at, handle = read_card_link(text)
        own = self._services.config
        if at in (own.address, urlsplit(own.url).netloc.lower()):
            return handle
        if at not in await self._known():
            raise LocalError("link_unknown", "of a ring that is not known here")
        return f"{handle}@{at}"

    async def _known(self) -> list[str]:
        """The addresses of the rings that somebody here may mean."""
        own, peers = self._services.config.address, await self._services.federation.peers()
        return [own, *(peer.address for peer in peers), *self._services.federation.outgoing.towns_beyond()]

    async def _ring(self, typed: str) -> str:
        """`ulme` is ulme.example where that is the only ring we know by this beginning."""
        known = await self._known()
        beginning = [each for each in known if each == typed.lower() or each.startswith(f"{typed.lower()}.")]
        return beginning[0] if len(beginning) == 1 else typed


def read_card_link(text: str) -> tuple[str, str]:
    """Where the link of a card leads, and whose card it is. Raises LocalError('link_unknown') where it is none."""
    try:
        found = urlsplit(text)
        return found.netloc.lower(), parse_handle(unquote(found.path.partition("/z/")[2]))
    except (ValueError, RingtauschError):
        raise LocalError("link_unknown", "no link of a card") from None


def _handle_elsewhere(text: str) -> str:
    """A handle of another ring, as typed. Raises LocalError('name_elsewhere') where it cannot be one."""
    try:
        parse_handle(text)
    except LocalError:
        raise LocalError("name_elsewhere", "no handle") from None
    return text
