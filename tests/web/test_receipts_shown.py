# SPDX-License-Identifier: AGPL-3.0-or-later
"""A receipt on the operator's page: a payment through a ring that is gone counts as paid; a wrong one says why."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import NamedTuple

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.orders.ends import inner_decision
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.web import WebLimits
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.items import SignedItem
from tests.federation.forger import Forger
from tests.federation.reset.test_dead_ring import decided_and_lost, dies, under_way
from tests.federation.reset.test_two_dead_rings import both_dead_and_shown
from tests.federation.towns import Towns, balance, end_of, faults, line_of, until
from tests.serving.wire import Heard, listening
from tests.web.conftest import Browser, Oak, Pages, text_of

SHOW, TO_ELM = "/betrieb/quittung", "/betrieb/ring/elm.example/abschluss"
TO_OAK = "/betrieb/ring/oak.example/abschluss"


class Shown(NamedTuple):
    """Alma of oak paid Ben of ash by elm, which is gone; oak does not know it yet. Ben took his receipt."""

    oak: Oak
    ash: Oak
    elm: Ring
    payment_id: str
    files: dict[str, str]

    async def operator(self) -> Browser:
        return await self.oak.member("olga")

    async def state(self) -> str:
        return (await self.oak.ring.payments.get(self.payment_id, OPERATOR)).state

    async def kept(self) -> int:
        count: int = (await self.oak.ring.store.read(lambda tx: tx.one("SELECT count(*) FROM evidence")))[0]
        return count


@pytest.fixture
async def shown(towns: Towns) -> AsyncIterator[Shown]:
    chain, view, _ = await decided_and_lost(towns, 3, "elm")
    await chain.first.members.add("olga", "Olga", "operator")
    async with AsyncExitStack() as ends:
        ports = [
            await ends.enter_async_context(listening(Pages(ring, WebLimits()))) for ring in (chain.first, chain.last)
        ]
        oak, ash = Oak(chain.first, ports[0]), Oak(chain.last, ports[1])
        heard = await (await ash.member("ben")).get(f"/zahlungen/{view.payment_id}/quittung.zip")
        with zipfile.ZipFile(io.BytesIO(heard.body)) as archive:
            files = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")}
        yield Shown(oak, ash, chain.rings[1], view.payment_id, files)


async def _put(olga: Browser, text: str) -> Heard:
    return await olga.send(SHOW, SHOW, quittung=text)


async def test_the_payee_s_receipt_makes_the_payment_count_once_the_ring_between_is_given_up(shown: Shown) -> None:
    olga, text = await shown.operator(), shown.files["decision.json"]
    broken_by_mail = "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76)) + "\r\n"
    heard = await _put(olga, broken_by_mail)
    assert (200, True) == (
        heard.status,
        "Wird elm.example aufgegeben, zählt diese Zahlung als bezahlt." in text_of(heard),
    )
    assert "held" == await shown.state()  # by itself it ends nothing
    assert 303 == (await olga.send(TO_ELM, f"{TO_ELM}/aufgeben", sicher="ja", trotzdem="ja")).status
    assert "paid" == (await end_of(shown.oak.ring, shown.payment_id)).state
    assert (-660, 660) == (await balance(shown.oak.ring, "alma"), await balance(shown.ash.ring, "ben"))
    late = await _put(olga, text)
    assert (200, True) == (late.status, "Sie ändert nichts mehr" in text_of(late))
    assert [] == await faults(shown.oak.ring, shown.ash.ring)


async def test_a_receipt_that_does_not_fit_says_why_and_changes_nothing(shown: Shown) -> None:
    olga, right = await shown.operator(), shown.files["decision.json"]
    before = await shown.kept()
    for wrong, why in (
        (right.replace('"amount_seconds":60', '"amount_seconds":61'), "Diese Quittung wurde verändert"),
        (await _of_more(shown), "Diese Quittung sagt nicht, dass diese Zahlung bezahlt ist."),
        (right[: len(right) // 2], "Das ist keine Quittung"),
        (shown.files["booking.json"], "Das ist keine Quittung"),
        (shown.files["order.json"], "Das ist keine Quittung"),
    ):  # fmt: skip
        assert wrong != right
        heard = await _put(olga, wrong)
        assert (422, True) == (heard.status, why in text_of(heard)), text_of(heard)
        assert wrong[:200] in text_of(heard)  # what was typed stands there still
    assert ("held", before) == (await shown.state(), await shown.kept())
    await shown.ash.ring.members.add("olga", "Olga", "operator")
    heard = await _put(await shown.ash.member("olga"), right)
    assert (422, True) == (heard.status, "Von dieser Zahlung weiß unser Tauschring nichts." in text_of(heard))


async def _of_more(shown: Shown) -> str:
    """What ash never signed for this payment, under its own keys: *paid* for a second more."""
    signed = canonical.parse(shown.files["decision.json"].encode(), SignedItem, limits.ITEM_BYTES)
    said = msgspec.structs.replace(inner_decision(signed), amount_seconds=61)
    frame = await Forger(shown.ash.ring, shown.elm).frame([said])
    return canonical.encode(frames.signed_item(frame.envelope, frame.items, 0)).decode()


async def test_two_rings_that_wait_for_each_other_are_given_up_by_one_form(towns: Towns) -> None:
    elm = await both_dead_and_shown(towns)
    await elm.members.add("olga", "Olga", "operator")
    async with listening(Pages(elm, WebLimits())) as port:
        olga = await Oak(elm, port).member("olga")
        page = text_of(await olga.get(TO_OAK))
        assert (1, False) == (page.count("Auch ash.example antwortet nie mehr."), "Beide werden zusammen" in page)
        half = await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja", trotzdem="ja")
        assert (422, True) == (half.status, "Kreuzen Sie an" in text_of(half))
        whole = await olga.send(
            TO_OAK, f"{TO_OAK}/aufgeben", **{"sicher": "ja", "trotzdem": "ja", "auch-ash.example": "ja"}
        )
        assert 303 == whole.status
        assert "Wer bekommt die Stunden?" in text_of(await olga.get(whole.headers["location"]))
    assert [-60, 60] == sorted(view.clearing_seconds for view in await elm.federation.peers())


async def test_a_ring_behind_that_is_gone_too_is_offered_and_given_up_in_the_same_commit(towns: Towns) -> None:
    """Oak's payment was passed on to ash, and neither will ever answer."""
    chain, _ = await under_way(towns, 3)
    elm = chain.rings[1]
    await towns.close("oak")
    await dies(chain, "ash")
    await elm.members.add("olga", "Olga", "operator")
    await until(partial(_is_away, elm, "ash.example"))
    async with listening(Pages(elm, WebLimits())) as port:
        olga = await Oak(elm, port).member("olga")
        sure = {"sicher": "ja", "trotzdem": "ja"}
        refused = await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **sure)
        page, offered = text_of(refused), "Auch ash.example antwortet nie mehr. Beide werden zusammen aufgegeben."
        assert (422, True, True) == (refused.status, "noch nicht entschieden." in page, offered in page)
        assert (True, 2) == (b"<details open>" in refused.body, refused.body.count(b" checked>"))  # what was ticked
        done = await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **sure, **{"auch-ash.example": "ja"})
        assert 303 == done.status
    assert ["given_up"] * 2 == [view.state for view in await elm.federation.peers()]
    assert [] == await faults(elm)


async def _is_away(ring: Ring, address: str) -> bool:
    return not (await ring.federation.giving_up.behind("oak.example"))[address]


async def test_a_ring_behind_that_is_there_is_waited_for_whatever_the_form_says(towns: Towns) -> None:
    chain, _ = await under_way(towns, 3)
    elm, ash = chain.rings[1:]
    await towns.close("oak")
    await elm.members.add("olga", "Olga", "operator")
    line_of(elm, ash).in_step, line_of(elm, ash).is_away = True, False
    async with listening(Pages(elm, WebLimits())) as port:
        olga = await Oak(elm, port).member("olga")
        page = text_of(await olga.get(TO_OAK))
        waits = "Zahlungen von oak.example warten noch auf ash.example. Dort wird von selbst entschieden"
        assert (True, False) == (waits in page, "zusammen aufgegeben" in page)
        wish = {"sicher": "ja", "trotzdem": "ja", "auch-ash.example": "ja"}
        assert 422 == (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **wish)).status
    assert "given_up" not in [view.state for view in await elm.federation.peers()]


async def test_who_paid_reads_that_it_was_paid_there_before_he_pays_again(shown: Shown) -> None:
    olga, at = await shown.operator(), f"/zahlungen/{shown.payment_id}"
    alma = await shown.oak.member("alma")
    assert 303 == (await olga.send(TO_ELM, f"{TO_ELM}/aufgeben", sicher="ja", trotzdem="ja")).status
    assert "refused" == (await end_of(shown.oak.ring, shown.payment_id)).state
    before = text_of(await alma.get(at))
    assert 200 == (await _put(olga, shown.files["decision.json"])).status
    after = text_of(await alma.get(at))
    said = ("versuchen Sie es später noch einmal", "Fragen Sie zuerst das Büro.")
    assert [(True, False), (False, True)] == [tuple(part in page for part in said) for page in (before, after)]


async def test_a_receipt_that_is_none_is_named_and_kept_in_the_form(oak: Oak) -> None:
    olga = await oak.member("olga")
    for text in ("", "{}", "<b>x</b>"):
        heard = await olga.send(SHOW, SHOW, quittung=text)
        assert (422, True) == (heard.status, "Das ist keine Quittung" in text_of(heard)), text
        assert b"<b>x" not in heard.body
