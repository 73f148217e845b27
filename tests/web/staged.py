# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring with something behind every form and every page of the table, and who may see all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from ringtausch_node.config import Mail
from ringtausch_node.config.membership import Membership
from ringtausch_node.store import Tx
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, peer, talk
from tests.serving.wire import Heard, listening
from tests.web.conftest import Browser, Oak, Pages, paid
from tests.web.test_every_form import seal_of
from tests.web.test_routes import concrete


class Stage(NamedTuple):
    """A ring with something behind every form, and its operator, who may send all of them."""

    oak: Oak
    olga: Browser
    seal: Mapping[str, str]
    places: Mapping[str, str]

    def at(self, path: str) -> str:
        """A path of the table with what is there at its placeholders."""
        for name, value in {**self.places, **({"handle": "lars"} if path.endswith("/vergessen") else {})}.items():
            path = path.replace("{" + name + "}", value)
        return concrete(path)

    async def send(self, path: str, fields: Mapping[str, str]) -> Heard:
        """One form, in no browser's way of writing where a text is none."""
        body = urlencode({**self.seal, **fields}, errors="surrogatepass").encode()
        return await self.olga.post(self.at(path), body)

    async def books(self) -> tuple[dict[str, int], int]:
        """All balances and how many bookings there are."""
        balances = {each.handle: each.balance_seconds for each in await self.oak.ring.members.list()}
        return {name: balances[name] for name in ("alma", "ben", "olga")}, await self.oak.ring.store.read(_bookings)


def _bookings(tx: Tx) -> int:
    return int(next(iter(tx.execute("SELECT count(*) FROM transfer")))[0])


@asynccontextmanager
async def staged(tmp_path: Path) -> AsyncIterator[Stage]:
    """Alma has paid Ben and asked Olga to pay, what Ben paid was booked back; Dora asks to join, Lars has left."""
    towns = Towns(tmp_path)
    mail = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@oak.example")
    oak = await towns.found("oak", membership=Membership(sign_up="page"), mail=mail)
    elm = await towns.found("elm")
    for handle, role in (("alma", "member"), ("ben", "member"), ("olga", "operator"), ("lars", "member")):
        await oak.members.add(handle, handle.title(), role)
    await peer(oak, elm)
    await talk(oak, elm)
    limits = WebLimits(tries_per_address_burst=1e6, tries_per_name_burst=1e6)
    async with listening(Pages(oak, limits)) as port:
        yield await _played(Oak(oak, port))
    await towns.close_all()


async def _played(oak: Oak) -> Stage:
    alma, olga = await oak.member("alma"), await oak.member("olga")
    await paid(oak, "alma", "ben", "1", "Rasen")
    payment = (await paid(oak, "ben", "alma", "2", "Brot")).rpartition("/")[2]
    await olga.send(f"/buero/zurueckbuchen/{payment}", f"/buero/zurueckbuchen/{payment}", wofuer="")
    bill = await alma.send("/rechnung-schreiben", "/rechnung-schreiben", an="olga", betrag="2", wofuer="Hecke")
    await olga.send("/buero/mitglied/lars/austritt", "/buero/mitglied/lars/austritt", sicher="ja", grund="left")
    await alma.send("/abstand", "/abstand/melden", ueber="ben", worte="Er ruft nachts an.")
    await oak.browser().send("/beitreten", "/beitreten", name="Dora", erreichen="0251 1", worte="")
    asked = (await olga.get("/buero/anfragen.json")).json["waiting"][0]["request_id"]
    ids = {"payment_id": payment, "invoice_id": bill.headers["location"].rpartition("/")[2]}
    return Stage(
        oak,
        olga,
        await seal_of(olga),
        {**ids, "id": asked, "address": "elm.example", "handle": "alma", "group": "regeln"},
    )
