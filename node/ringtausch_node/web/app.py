# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of one ring: their table, who may use each, and the .json beside every page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from aiohttp.web import BaseRequest, Response, StreamResponse

from ringtausch_node.printing.press import Press
from ringtausch_node.rates import Rates
from ringtausch_node.refusals import Refusals
from ringtausch_node.ring import Ring
from ringtausch_node.serving import Route
from ringtausch_node.serving.problems import ProblemPage, wants_page
from ringtausch_node.web.door.doorkeeper import Doorkeeper, NotSignedIn
from ringtausch_node.web.door.turnstile import Turnstile
from ringtausch_node.web.door.visit import PageRoute
from ringtausch_node.web.everybody import coming_in, joining, strangers
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.rendering import Renderer
from ringtausch_node.web.member import (
    account,
    bills,
    cards,
    communities,
    devices,
    distance,
    own_data,
    paying,
    payments,
    receipts,
    settings,
    trusted,
)  # fmt: skip
from ringtausch_node.web.office import (
    clarifying,
    confirmations,
    desk,
    forgetting,
    invitations,
    lists,
    members,
    months,
    newcomers,
    paper_cards,
    slips,
    statements,
)  # fmt: skip
from ringtausch_node.web.operator import (
    assigning,
    auditing,
    balances,
    changing,
    line_ends,
    netting,
    operating,
    outbox,
    passing,
    rings,
    roles,
    safety,
    setting_up,
    signing_out,
    trying,
    winding_down,
    writing,
)  # fmt: skip

_Handler: TypeAlias = Callable[[BaseRequest, tuple[str, ...]], Awaitable[StreamResponse]]
_JSON, _PDF = ".json", ".pdf"
#: What the .json of the first page is called, whose own path has no name.
_FIRST = "/index"
#: Pages that need nothing but the services: of members, of the office, of the operator.
_PARTS: tuple[Callable[[Ring], list[PageRoute]], ...] = (
    distance.routes, account.routes, cards.routes, paying.routes, payments.routes, receipts.routes, bills.routes,
    settings.routes, trusted.routes, own_data.routes, communities.routes,
    members.routes, newcomers.routes, lists.routes, invitations.routes, paper_cards.routes, desk.routes,
    forgetting.routes, months.routes, statements.routes, confirmations.routes, clarifying.routes, slips.routes,
    operating.routes, outbox.routes, safety.routes, trying.routes, auditing.routes, changing.routes, writing.routes,
    roles.routes, rings.routes, line_ends.routes, balances.routes, winding_down.routes, netting.routes,
    passing.routes, assigning.routes,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How often strangers may try to come in; tests set less."""

    #: A family behind one address, each with a letter in hand and a typing error or two.
    tries_per_address_burst: float = 20.0
    #: After that one a minute: 2^40 codes outlive everybody.
    tries_per_second: float = 1 / 60
    #: For one name, from wherever: more than a person with a bad day needs.
    tries_per_name_burst: float = 10.0
    #: Of one member, whatever the pages: as much as a program may ask (`ApiLimits`). No hand is that fast.
    pages_per_member_per_second: float = 100.0
    pages_per_member_burst: float = 1_000.0


class Web(NamedTuple):
    """The pages as a server takes them."""

    routes: tuple[Route, ...]
    problem_page: ProblemPage


def build_app(services: Ring, limits: WebLimits | None = None, press: Press | None = None) -> Web:
    """The pages of one ring. `press` makes their PDFs."""
    limits = limits or WebLimits()
    rates = Rates(
        services.clock, per_second=limits.pages_per_member_per_second, burst=limits.pages_per_member_burst
    )  # fmt: skip
    doorkeeper = Doorkeeper(services.config, services.members, rates)
    renderer = Renderer(services, doorkeeper, press or Press())
    refusals = services.entrance.refusals
    served = [
        route for page in pages(services, doorkeeper, limits)
        for route in _served(page, doorkeeper, renderer, refusals)
    ]  # fmt: skip
    return Web(tuple(served), renderer.problem_page)


def pages(services: Ring, doorkeeper: Doorkeeper, limits: WebLimits) -> list[PageRoute]:
    """The table of pages. tests/web/routes.txt keeps it by hand."""
    turnstile = Turnstile(
        services.clock, per_second=limits.tries_per_second, per_address=limits.tries_per_address_burst,
        per_name=limits.tries_per_name_burst,
    )  # fmt: skip
    return [
        *strangers.routes(services, doorkeeper.cookies),
        *coming_in.routes(services, doorkeeper.cookies, turnstile),
        *joining.routes(services, turnstile),
        *setting_up.routes(services, doorkeeper.cookies, turnstile),
        *devices.routes(services, doorkeeper.cookies),
        *signing_out.routes(services, doorkeeper.cookies),
        *(route for part in _PARTS for route in part(services)),
    ]


def _served(page: PageRoute, doorkeeper: Doorkeeper, renderer: Renderer, refusals: Refusals) -> list[Route]:
    """A page, and for one that is read its .json and .pdf: the last placeholder may carry it, a fixed path has more."""
    handler = _noted(_handler(page, doorkeeper, renderer), refusals)
    routes = [Route(page.method, page.path, handler)]
    if page.method == "GET" and "." not in page.path and not page.path.endswith("}"):
        stem = _FIRST if page.path == "/" else page.path
        routes += [Route("GET", stem + suffix, handler) for suffix in _suffixes(page)]
    return routes


def _suffixes(page: PageRoute) -> tuple[str, ...]:
    return (_JSON, _PDF) if page.is_paper else (_JSON,)


def _noted(handler: _Handler, refusals: Refusals) -> _Handler:
    """The same handler; what it refuses is noted."""

    async def noted_handler(request: BaseRequest, found: tuple[str, ...]) -> StreamResponse:
        with refusals.noted("a page"):
            return await handler(request, found)

    return noted_handler


def _handler(page: PageRoute, doorkeeper: Doorkeeper, renderer: Renderer) -> _Handler:
    async def handler(request: BaseRequest, found: tuple[str, ...]) -> StreamResponse:
        path = request.raw_path.partition("?")[0]
        suffix = next((each for each in _suffixes(page) if page.method == "GET" and path.endswith(each)), "")
        if suffix and found:
            found = (*found[:-1], found[-1].removesuffix(suffix))
        try:
            visit = await doorkeeper.visit(request, found, page.who, page.form_bytes, takes_file=page.takes_file)
        except NotSignedIn:
            if not wants_page(request):
                raise
            return _to_sign_in(request)
        result = await page.handler(visit)
        if isinstance(result, StreamResponse):
            return result
        if suffix == _PDF or (page.is_paper and visit.field("als") == "pdf" and result.status == HTTPStatus.OK):
            return await renderer.paper(visit, result, page.path)
        return await renderer.answer(visit, result, as_json=suffix == _JSON, is_paper=page.is_paper)

    return handler


def _to_sign_in(request: BaseRequest) -> Response:
    """A page for members: sign in, and come back to it. What was sent in a form is not done."""
    back = request.raw_path if request.method in ("GET", "HEAD") else "/konto"
    return see_other("/anmelden?weiter=" + quote(back, safe="/"))
