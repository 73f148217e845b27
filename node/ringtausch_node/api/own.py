# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a member sets and takes along, over HTTP: distance, mails, password, own data; and the accounts of all."""

from __future__ import annotations

from unicodedata import normalize

import msgspec
from aiohttp.web import BaseRequest, Response

from ringtausch_node.api.members import Guard, Reader
from ringtausch_node.api.own_schemas import (
    CommunitiesView,
    Done,
    EmailBody,
    MailsBody,
    NewToken,
    OtherBody,
    PasswordBody,
    ReportBody,
    TokenBody,
)
from ringtausch_node.api.schemas import FlatDecoder
from ringtausch_node.entrance.records import MailChoice
from ringtausch_node.members import Actor
from ringtausch_node.ring import Ring
from ringtausch_node.serving import Route, json_answer

_encode = msgspec.json.Encoder().encode
_decode_other, _decode_report = FlatDecoder(OtherBody), FlatDecoder(ReportBody)
_decode_token = FlatDecoder(TokenBody)
_decode_email, _decode_mails, _decode_password = (
    FlatDecoder(EmailBody),
    FlatDecoder(MailsBody),
    FlatDecoder(PasswordBody),
)


def routes(services: Ring, read_json: Reader, guarded: Guard) -> list[Route]:
    """The part of the API's table that is about the caller alone."""
    of = Handlers(services, read_json)
    return [
        Route("GET", "/api/v1/communities", guarded(of.communities)),
        Route("GET", "/api/v1/me/blocks", guarded(of.blocks)),
        Route("POST", "/api/v1/me/blocks", guarded(of.block)),
        Route("POST", "/api/v1/me/blocks/end", guarded(of.unblock)),
        Route("POST", "/api/v1/me/reports", guarded(of.report)),
        Route("GET", "/api/v1/me/settings", guarded(of.settings)),
        Route("POST", "/api/v1/me/email", guarded(of.set_email)),
        Route("POST", "/api/v1/me/mails", guarded(of.choose_mails)),
        Route("POST", "/api/v1/me/password", guarded(of.set_password)),
        Route("POST", "/api/v1/me/tokens", guarded(of.issue_token)),
        Route("GET", "/api/v1/me/data", guarded(of.data)),
    ]


class Handlers:
    """The handlers of one ring."""

    def __init__(self, services: Ring, read_json: Reader) -> None:
        self._communities, self._own_data = services.communities, services.own_data
        self._access = services.members.access
        self._blocking, self._entrance, self._read_json = services.members.blocking, services.entrance, read_json

    async def communities(self, _actor: Actor, _request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """How the ring's own accounts stand, for everybody here."""
        return json_answer(_encode(CommunitiesView(communities=await self._communities.list())))

    async def blocks(self, actor: Actor, _request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """Whom the caller keeps away."""
        return json_answer(_encode(await self._blocking.list(actor)))

    async def block(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Keep somebody away. -> all of them."""
        await self._blocking.block(_decode_other(await self._read_json(request)).other, actor)
        return await self.blocks(actor, request, found)

    async def unblock(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """End it. -> those that are left."""
        await self._blocking.unblock(_decode_other(await self._read_json(request)).other, actor)
        return await self.blocks(actor, request, found)

    async def report(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """Tell the office something about somebody."""
        body = _decode_report(await self._read_json(request))
        await self._blocking.report(body.about, normalize("NFC", body.words), actor)
        return json_answer(_encode(Done()), 201)

    async def settings(self, actor: Actor, _request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """How the caller is reached and comes in."""
        return json_answer(_encode(await self._entrance.own_settings(actor)))

    async def set_email(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Another mail address, or none."""
        body = _decode_email(await self._read_json(request))
        await self._entrance.set_email(actor.handle, body.email, actor, body.proof)
        return await self.settings(actor, request, found)

    async def choose_mails(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Which mails the caller wants."""
        body = _decode_mails(await self._read_json(request))
        await self._entrance.choose_mail(MailChoice(body.payments, body.invoices), actor)
        return await self.settings(actor, request, found)

    async def set_password(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Another password for the pages, or none."""
        body = _decode_password(await self._read_json(request))
        await self._entrance.set_password(body.password, actor, body.proof)
        return await self.settings(actor, request, found)

    async def issue_token(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """Another access for a program of the caller's."""
        body = _decode_token(await self._read_json(request))
        token = await self._access.issue_own(body.label, actor, lambda: self._entrance.prove(actor, body.proof))
        return json_answer(_encode(NewToken(label=body.label.strip(), token=token)), 201)

    async def data(self, actor: Actor, _request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """Everything that the ring has stored about the caller."""
        return json_answer(_encode(await self._own_data.collect(actor)))
