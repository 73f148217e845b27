# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of every demo: what the books say, whether all of it is true, and what to try next."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from ringtausch_node.demo import checks, words
from ringtausch_node.demo.checks import Fault, State
from ringtausch_node.demo.page import Page
from ringtausch_node.demo.people import Person
from ringtausch_node.demo.world import LiveRing, World
from ringtausch_node.errors import RingtauschError

#: Who runs a ring of the demo, in its pages.
OFFICE_HANDLE = "orga"
#: What is on its way when the story ends has arrived long before; a ring that was away needs a minute at most.
SETTLE_SECONDS = 60.0
LOOK_SECONDS = 0.1
HALF_AN_HOUR = 1_800


class Login(NamedTuple):
    """A line of the table of logins: a ring's name, where its door is, a handle, and a code."""

    ring: str
    url: str
    handle: str
    code: str


def settled_states(world: World) -> tuple[list[State], list[Fault]]:
    """What the live rings say once nothing moves any more, and every fault in it."""
    give_up_at = time.monotonic() + SETTLE_SECONDS
    while True:
        states: list[State] = list(world.states())
        faults = checks.find_faults(states, world.pairs)
        if not faults or time.monotonic() > give_up_at:
            return states, faults
        time.sleep(LOOK_SECONDS)


def show_books(world: World, states: Sequence[State], page: Page) -> None:
    """The sums of every ring, and who has to give to whom."""
    page.say(words.SUMS())
    page.blank()
    rows = [
        [ring.name, str(state["accounts"]), words.short_amount(state["sum_seconds"], ring.unit), _holds(state)]
        for ring, state in zip(world.rings, states, strict=True)
    ]
    page.table([words.RING(), words.ACCOUNTS(), words.SUM(), words.RESERVED()], rows, right=(1, 2, 3))
    page.blank()
    page.say(words.OWES())
    page.blank()
    known = dict(zip((state["address"] for state in states), zip(world.rings, states, strict=True), strict=True))
    pairs = [_owing(*known[one], *known[other]) for one, other in world.pairs]
    page.table([words.WHO(), words.WHOM(), words.IN_OWN_BOOK(), words.IN_OTHER_BOOK()], pairs, right=(2, 3))


def _owing(one: LiveRing, one_state: State, other: LiveRing, other_state: State) -> list[str]:
    """One row: who has to give to whom, as it stands in either book."""
    here = _clearing(one_state, other.address)
    there = _clearing(other_state, one.address)
    if here < 0:
        one, other, here, there = other, one, there, here
    return [one.name, other.name, words.short_amount(here, one.unit), words.short_amount(-there, other.unit)]


def _holds(state: State) -> str:
    return str(state["open_holds"])


def _clearing(state: State, address: str) -> int:
    return int(next(peer["clearing_seconds"] for peer in state["peers"] if peer["address"] == address))


def show_trying(page: Page, person: Person, curl: Sequence[str], *, is_over: bool) -> None:
    """Three lines to copy, with a real access."""
    page.chapter(words.TRY())
    page.say(words.TRY_HOW(name=person))
    page.say(words.TRY_ONCE() if is_over else words.STAYS())
    page.blank()
    page.exactly(*curl)


def make_logins(world: World, reader: Person) -> list[Login]:
    """For each ring a member and the office, each with a code that lets them in to the pages once."""
    found = []
    for ring in world.rings:
        handle = reader.handle if ring.address == reader.home.address else next(iter(ring.members))
        ring.ask("member.add", handle=OFFICE_HANDLE, name=words.OFFICE(), role="operator")
        for each in (handle, OFFICE_HANDLE):
            code = ring.ask("member.code", handle=each)
            found.append(Login(ring.name, code["url"], each, code["code"]))
    return found


def show_logins(page: Page, logins: Sequence[Login], reader: Person, payee_address: str) -> None:
    """Where to go with a browser, and what to type there."""
    page.blank()
    page.say(words.LOGINS(handle=reader.handle, payee=payee_address))
    page.blank()
    page.table([words.RING(), words.ADDRESS(), words.HANDLE(), words.CODE()], logins)


def curl_lines(person: Person, payee_address: str) -> list[str]:
    """Balance, statement, and a payment of half an hour to somebody in another ring."""
    access = shlex.quote(f"Authorization: Bearer {person.access.token}")
    account = f"{person.access.url}/api/v1/accounts/{quote(person.handle)}"
    wish = {"from": person.handle, "to": payee_address, "amount_seconds": HALF_AN_HOUR, "memo": words.THANKS()}
    body = shlex.quote(json.dumps(wish, ensure_ascii=False))
    return [
        f"curl -s -H {access} {account}",
        f"curl -s -H {access} {account}/statement",
        f"curl -s -H {access} -H 'Content-Type: application/json' -d {body} {person.access.url}/api/v1/payments",
    ]


def show_faults(page: Page, faults: Sequence[Fault]) -> None:
    """Every fault as a sentence."""
    for fault in faults:
        page.say(words.FAULTS[fault.kind](where=fault.where, found=fault.found))


def folder_faults(world: World) -> list[Fault]:
    """Recompute every closed folder. -> faults."""
    faults: list[Fault] = []
    for ring in world.rings:
        try:
            faults.extend(checks.find_verify_faults(ring.address, ring.ask_offline("verify")))
        except RingtauschError as error:
            faults.append(Fault("verify", ring.address, str(error)))
    return faults
