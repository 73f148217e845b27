# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may read entries: a ring asks with a signed document and gets a token for a few minutes (SPEC.md 8.4).

In memory only: after a restart everybody asks again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.ids import Ids
from ringtausch_node.rates import Busy, Rates
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import LogAccess
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import LogToken

KIND = "log-access"
TOKEN_BYTES = 32
#: How often one peer may ask: what is remembered of its requests stays below two hundred rows.
ASKS_PER_SECOND, ASKS_BURST = 0.2, 50.0
_SCHEME = "Bearer "


class _Given(NamedTuple):
    path: str
    expires_at: int


class Access:
    """Tokens for entries, by the signed requests of peers."""

    def __init__(self, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines) -> None:
        self._clock, self._ids, self._identity, self._lines = clock, ids, identity, lines
        self._rates = Rates(clock, per_second=ASKS_PER_SECOND, burst=ASKS_BURST)
        #: Tokens, and requests by ring and nonce, in the order in which they end.
        self._given: OrderedDict[str, _Given] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    def ask(self, signed: bytes) -> LogToken:
        """A token for a signed request.

        Raises RemoteError: as `open_envelope`; wrong_net, wrong_ring, unknown_peer, not_confirmed, stale_request,
        replay, too_many_requests.
        """
        claimed = canonical.parse(envelope.parse_envelope(signed).body(), LogAccess, limits.DOCUMENT_BYTES)
        line = self._peer(claimed)
        envelope.open_envelope(signed, KIND, line.card.frame_keys)
        if wait := self._rates.take(claimed.from_):
            raise Busy(wait)
        now = self._clock.now()
        self._forget(now)
        self._verify_fresh(claimed, now)
        given = LogToken(token=b64(self._ids.random(TOKEN_BYTES)), expires_at=now + limits.LOG_TOKEN_SECONDS)
        self._given[given.token] = _Given(claimed.path, given.expires_at)
        return given

    def _forget(self, now: int) -> None:
        """What has ended, and requests that are refused as old by now."""
        while self._given and next(iter(self._given.values())).expires_at < now:
            self._given.popitem(last=False)
        while self._seen and next(iter(self._seen.values())) < now - 2 * limits.LOG_ACCESS_SECONDS:
            self._seen.popitem(last=False)

    def opens(self, authorization: str, path: str) -> bool:
        """Whether a header `Authorization` opens a path."""
        token = shown_token(authorization)
        found = None if token is None else self._given.get(token)
        return found is not None and found.path == path and found.expires_at >= self._clock.now()

    def _peer(self, claimed: LogAccess) -> Line:
        if claimed.to != self._identity.ring_id:
            raise RemoteError("wrong_ring", "the request is for another ring")
        if claimed.net != self._identity.net:
            raise RemoteError("wrong_net", claimed.net)
        line = self._lines.by_ring(claimed.from_)
        if line is None:
            raise RemoteError("unknown_peer", "no agreement with this ring")
        if line.peer.state == "agreed":
            raise RemoteError("not_confirmed", line.peer.address)
        return line

    def _verify_fresh(self, claimed: LogAccess, now: int) -> None:
        if abs(now - claimed.at) > limits.LOG_ACCESS_SECONDS:
            raise RemoteError("stale_request", "of another time")
        name = (claimed.from_, claimed.nonce)
        if name in self._seen:
            raise RemoteError("replay", "this request was answered")
        self._seen[name] = now


def shown_token(authorization: str) -> str | None:
    """The token in a header `Authorization`, or None."""
    token = authorization.removeprefix(_SCHEME)
    return None if token == authorization else token
