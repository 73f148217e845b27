# SPDX-License-Identifier: AGPL-3.0-or-later
"""What others ask of this ring as a witness, as bytes: paths and HTTP belong to the edge (SPEC.md 8.8, 8.9)."""

from __future__ import annotations

import re

from ringtausch_node.errors import code_of
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.witnessing.cosigner import Cosigner
from ringtausch_node.witnessing.forked import Forked
from ringtausch_protocol import canonical, witness
from ringtausch_protocol.errors import RemoteError, RingtauschError
from ringtausch_protocol.requests import Refusal
from ringtausch_protocol.witness import Verdict

_TEXT = "text/plain; charset=utf-8"
_GOSSIP_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_OK, _NO_CONTENT, _BAD_REQUEST = 200, 204, 400
#: A head is old after a few seconds; a refusal at once.
_SHORT, _NEVER = "public, max-age=5", "no-store"


class WitnessAnswers:
    """Answers to `add-checkpoint`, to gossip, and to fork proofs. Never raises for what the other side did."""

    def __init__(self, cosigner: Cosigner, forked: Forked) -> None:
        self._cosigner, self._forked = cosigner, forked

    async def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign a head, or say by the table of C2SP why not."""
        try:
            asked = witness.parse_request(body)
        except RemoteError as error:
            return refuse(error, _BAD_REQUEST)
        try:
            answer = await self._cosigner.consider(asked)
        except RingtauschError as error:
            return refuse(error)
        if answer.verdict.status == _OK:
            return Reply(_OK, answer.line.encode(), {"Content-Type": _TEXT})
        return _verdict(answer.verdict)

    async def told(self, name: str) -> Reply:
        """The newest head that we cosigned of the log with this gossip name."""
        found = await self._cosigner.told(name) if _GOSSIP_NAME.fullmatch(name) else None
        if found is None:
            return refuse(RemoteError("unknown_log"))
        return Reply(_OK, found, {"Content-Type": _TEXT, "Cache-Control": _SHORT})

    async def fork_proof(self, body: bytes) -> Reply:
        """Take a proof about this ring or one of its peers."""
        try:
            await self._forked.found(body)
        except RingtauschError as error:
            return refuse(error)
        return Reply(_NO_CONTENT, b"", {})


def _verdict(verdict: Verdict) -> Reply:
    if verdict.body:
        return Reply(verdict.status, verdict.body.encode(), {"Content-Type": witness.SIZE_TYPE})
    return refuse(RemoteError(verdict.code or ""), verdict.status)


def refuse(error: RingtauschError, status: int | None = None) -> Reply:
    """A refusal as other rings read it; `status` where the code alone does not say it."""
    headers = {"Content-Type": "application/json", "Cache-Control": _NEVER}
    return Reply(status or code_of(error.code).status, canonical.encode(Refusal(code=error.code)), headers)
