# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people wanted, beside what their rings have booked: each member's statement, line by line, and his balance.

How a payment ended is asked of the payer's ring, which is all that its payer ever hears. What follows from it is not
asked but known: *paid* is one line at the payer and one at the payee, with the amount, the other side and the purpose
that were wished; anything else is no line anywhere.

Where a day cannot say exactly, less is compared. Of a ring that was put back from a backup: local payments since then
are lost, and what came back may stand on the account `recovered`, so a line may be missing there, but none is invented.
A liar's ring is not looked at, and a payment to it may be under way for ever. What a liar's ring has ordered it has:
lines that name it are not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.errors import LocalError
from ringtausch_node.ledger import service as ledger
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.community import find_fund
from ringtausch_node.payments.model import EntryView, PaymentView
from ringtausch_node.store import Tx
from ringtausch_protocol.canonical import b64
from tests.simulation.chance import MEMBERS
from tests.simulation.wishes import FUND, UNKNOWN, Side, Wish, Wishes
from tests.simulation.world import World

FINAL = ("paid", "refused", "cancelled")
#: More than a day brings to one member.
LINES_MAX = 200


class Line(NamedTuple):
    """A line of a statement; `amount_seconds` > 0 is a gain."""

    id: str | None
    amount_seconds: int
    with_: str | None
    memo: str | None


class Granted:
    """Compares the wishes of a day with the books. `put_back`: rings from a backup; `liars`: rings that lie."""

    def __init__(self, world: World, wishes: Wishes, put_back: set[str], liars: tuple[str, ...] = ()) -> None:
        self._world, self._wishes, self._put_back, self._liars = world, wishes, put_back, frozenset(liars)
        self._must: dict[Side, set[Line]] = {}
        self._may: dict[Side, set[Line]] = {}
        self.ends: Counter[str] = Counter()

    async def check(self, billed: list[Wish]) -> None:
        """Raises AssertionError. `billed`: payments of invoices, of which `billed` has judged that they were wished."""
        for number, wish in self._wishes.payments.items():
            await self._expect(wish, is_acknowledged=number in self._wishes.acknowledged)
        for wish in billed:
            await self._expect(wish, is_acknowledged=False)
        for number, back in self._wishes.booked_back.items():
            self._note(self._must if number in self._wishes.acknowledged else self._may, back)
        for name in self._world.nodes:
            for handle in (*(f"m{number}" for number in range(MEMBERS)), *((FUND,) * (name in self._wishes.funds))):
                await self._compare(Side(name, handle))
        self._world.seen["gift arrived"] += self._arrived(lambda side, line: FUND in (side.handle, line.with_))
        self._world.seen["refund arrived"] += self._arrived(lambda _side, line: line.memo == "")

    def _arrived(self, is_such: Callable[[Side, Line], bool]) -> int:
        """How many lines of a kind somebody was given."""
        found = ((side, line) for side, lines in self._must.items() for line in lines)
        return sum(line.amount_seconds > 0 and is_such(side, line) for side, line in found)

    async def _expect(self, wish: Wish, *, is_acknowledged: bool) -> None:
        """Note the lines that must be there, and those that may."""
        if wish.payer.ring in self._liars or wish.id == UNKNOWN:
            self._note(self._may, wish)
            return
        where = f"payment {wish.id} of {wish.payer.seen_from('')}, seed {self._world.seed}"
        view = await self._world.insist(wish.payer.ring, lambda ring: _shown(ring, wish.id))
        assert view is not None or not is_acknowledged, f"{where} is lost"
        if view is not None:
            self.ends[view.state] += 1
            self._world.seen["paid at home"] += view.state == "paid" and wish.is_local
            self._world.seen["paid through others"] += view.state == "paid" and bool(view.via)
            assert view.state in FINAL or wish.payee.ring in self._liars, f"{where} is {view.state}"
            self._check_words(wish, view, where)
        is_exact = wish.payer.ring not in self._put_back or (wish.is_local and is_acknowledged)
        if is_exact and view is not None and view.state == "paid":
            self._note(self._must, wish)
        elif not is_exact:
            self._note(self._may, wish)

    def _check_words(self, wish: Wish, view: PaymentView, where: str) -> None:
        """What the payer is shown is what he asked for. A ring put back may have lost who it was and what for."""
        found = (view.amount_seconds, view.from_, view.to, view.memo)
        wanted = (wish.amount_seconds, wish.payer.handle, wish.payee.seen_from(wish.payer.ring), wish.memo)
        assert found == wanted or wish.payer.ring in self._put_back, f"{where}: {found}, wanted {wanted}"

    def _note(self, where: dict[Side, set[Line]], wish: Wish) -> None:
        for side, line in _lines(wish):
            is_loose = side.ring in self._put_back and not wish.is_local
            (self._may if is_loose else where).setdefault(side, set()).add(line)

    async def _compare(self, side: Side) -> None:
        found, balance_seconds = await self._world.insist(side.ring, lambda ring: _statement(ring, side.handle))
        lines, where = [line for line in found if not self._is_of_liar(line)], f"{side}, seed {self._world.seed}"
        must, may = self._must.get(side, set()), self._may.get(side, set())
        assert len(set(lines)) == len(lines), f"{where}: booked twice: {Counter(lines).most_common(1)}"
        if missing := must - set(lines):
            borne = await self._world.insist(side.ring, lambda ring: ring.store.read(_paid_out_of_doubt))
            self._world.seen["paid out of doubt"] += len(missing)
            assert all(line.id in borne for line in missing), f"{where}: missing {missing}"
        strange = [line for line in lines if not {line, line._replace(id=UNKNOWN)} & (must | may)]
        assert not strange, f"{where}: nobody wished {strange}"
        total = sum(line.amount_seconds for line in found)
        assert balance_seconds == total, f"{where}: has {balance_seconds}, and lines of {total}"

    def _is_of_liar(self, line: Line) -> bool:
        ring = (line.with_ or "").partition("@")[2].partition(".")[0]
        return ring in self._liars and line.amount_seconds > 0


def _paid_out_of_doubt(tx: Tx) -> set[str]:
    """Payments of members that were free by then, a day after the deadline: their ring bears them."""
    sql = "SELECT t.payment_id FROM transfer t JOIN account a ON a.id = t.debit_account WHERE a.kind = 'in_doubt'"
    return {b64(row[0]) for row in tx.execute(sql)}


def _lines(wish: Wish) -> Iterator[tuple[Side, Line]]:
    """A payment in the statements of both sides."""
    yield wish.payer, Line(wish.id, -wish.amount_seconds, wish.payee.seen_from(wish.payer.ring), wish.memo)
    yield wish.payee, Line(wish.id, wish.amount_seconds, wish.payer.seen_from(wish.payee.ring), wish.memo)


async def _shown(ring: Ring, payment: str) -> PaymentView | None:
    """How the payer's ring shows a payment."""
    try:
        view = await ring.payments.get(payment, OPERATOR)
    except LocalError as error:
        if error.code != "not_found":
            raise
        return None
    return None if "@" in view.from_ else view


async def _statement(ring: Ring, handle: str) -> tuple[list[Line], int]:
    if handle == FUND:
        return await _statement_of_fund(ring)
    page = await ring.accounts.statement(handle, None, LINES_MAX, OPERATOR)
    account = await ring.accounts.account(handle, OPERATOR)
    found = [_line(each) for each in page.entries]
    if account.balance_seconds != sum(line.amount_seconds for line in found):  # a liar may still pay between the two
        page = await ring.accounts.statement(handle, None, LINES_MAX, OPERATOR)
        found = [_line(each) for each in page.entries]
    return found, account.balance_seconds


async def _statement_of_fund(ring: Ring) -> tuple[list[Line], int]:
    """Its balance is what everybody sees. A fund that nobody opened has nothing, nor one that an old copy lost."""
    shown = {each.key: each.balance_seconds for each in await ring.communities.list()}

    def entries(tx: Tx) -> list[Line]:
        fund = find_fund(tx, FUND)
        found = [] if fund is None else ledger.statement(tx, fund.account, limit=LINES_MAX)
        return [_line(ring.accounts.entry(tx, each)) for each in found]

    return await ring.store.read(entries), shown.get(FUND, 0)


def _line(entry: EntryView) -> Line:
    return Line(entry.payment_id, entry.amount_seconds, entry.with_, entry.memo)
