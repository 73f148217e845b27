# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what to whom. The tables are kept by hand: whoever opens a door writes it down twice.

Erna, Hans and Rolf share an account, Rolf as an auditor; Karin helps Erna, and Erna helps Ben.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ringtausch_node.members import OPERATOR, Actor, records
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.store import Tx
from tests.members.conftest import Village, code_of

PEOPLE = ("erna", "hans", "karin", "ben", "büro", "otto", "rita", "rolf", "(operator)")
#: "-" not_allowed, "?" not_found: what is not yours reads like what does not exist, "=" own_account.
CODES = {"yes": "", "-": "not_allowed", "?": "not_found", "=": "own_account", "!": "payee_refuses",
         "0": "unknown_member", "own": "own_role"}  # fmt: skip

NORMAL = """
                 erna  hans  karin ben   büro  otto  rita  rolf  (operator)
pay_from_erna    yes   yes   yes   -     yes   yes   -     -     yes
pay_from_hans    yes   yes   -     -     yes   yes   -     -     yes
pay_from_ben     yes   -     -     yes   yes   yes   -     -     yes
pay_from_rita    -     -     -     -     yes   yes   -     -     yes
pay_erna_hans    =     =     =     -     =     =     -     -     =
pay_nobody       -     -     -     -     0     0     -     -     0
cancel_of_erna   yes   yes   yes   -     yes   yes   -     -     yes
refund_of_erna   yes   yes   yes   ?     yes   yes   -     -     yes
read_erna        yes   yes   yes   ?     yes   yes   yes   yes   yes
read_statement   yes   yes   yes   ?     yes   yes   yes   yes   yes
read_payment     yes   yes   yes   yes   yes   yes   yes   yes   yes
read_another     ?     ?     yes   ?     yes   yes   yes   yes   yes
note_erna_ben    yes   yes   yes   yes   yes   yes   -     -     yes
note_another     ?     ?     yes   ?     yes   yes   -     -     yes
bill_for_erna    yes   yes   yes   -     yes   yes   -     -     yes
bill_for_rita    -     -     -     -     yes   yes   -     -     yes
bill_to_hans     =     =     =     -     =     =     -     -     =
read_bill        yes   yes   yes   yes   yes   yes   yes   yes   yes
read_other_bill  ?     ?     yes   ?     yes   yes   yes   yes   yes
read_open_bill   yes   yes   yes   yes   yes   yes   yes   yes   yes
list_bills       yes   yes   yes   ?     yes   yes   yes   yes   yes
pay_bill         yes   -     -     yes   yes   yes   -     -     yes
pay_other_bill   ?     ?     -     ?     yes   yes   -     -     yes
decline_bill     yes   -     -     yes   yes   yes   -     -     yes
decline_open     -     -     -     -     -     -     -     -     -
cancel_bill      yes   yes   yes   -     yes   yes   -     -     yes
cancel_other     ?     ?     yes   ?     yes   yes   -     -     yes
list_tokens      yes   -     -     -     yes   yes   -     -     yes
revoke_tokens    yes   -     -     -     yes   yes   -     -     yes
read_balances    -     -     -     -     yes   yes   yes   yes   yes
list_helpers     yes   yes   -     -     yes   yes   yes   yes   yes
grant_help       yes   -     -     -     yes   yes   -     -     yes
end_help         yes   yes   yes   -     yes   yes   -     yes   yes
shut_out_otto    -     -     -     -     -     yes   -     -     yes
code_for_otto    -     -     -     -     -     yes   -     -     yes
rename_otto      -     -     -     -     -     yes   -     -     yes
freeze_otto      -     -     -     -     -     own   -     -     yes
leave_otto       -     -     -     -     -     own   -     -     yes
"""

#: The account of Erna, Hans and Rolf is frozen: they read, take back and shut doors, and act for nobody else.
FROZEN = """
                 erna  hans  karin ben   büro  otto  rita  rolf  (operator)
pay_from_erna    -     -     -     -     -     -     -     -     -
pay_from_hans    -     -     -     -     -     -     -     -     -
pay_from_ben     -     -     -     yes   yes   yes   -     -     yes
pay_ben_erna     -     -     -     !     !     !     -     -     !
cancel_of_erna   yes   yes   yes   -     yes   yes   -     -     yes
refund_of_erna   -     -     -     ?     -     -     -     -     -
read_erna        yes   yes   yes   ?     yes   yes   yes   yes   yes
read_another     ?     ?     yes   ?     yes   yes   yes   ?     yes
note_erna_ben    yes   yes   yes   yes   yes   yes   -     -     yes
bill_for_erna    -     -     -     -     -     -     -     -     -
pay_bill         -     -     -     !     !     !     -     -     !
decline_bill     -     -     -     yes   yes   yes   -     -     yes
cancel_bill      yes   yes   yes   -     yes   yes   -     -     yes
list_tokens      yes   -     -     -     yes   yes   -     -     yes
revoke_tokens    yes   -     -     -     yes   yes   -     -     yes
read_balances    -     -     -     -     yes   yes   yes   -     yes
list_helpers     yes   yes   -     -     yes   yes   yes   yes   yes
grant_help       -     -     -     -     yes   yes   -     -     yes
end_help         yes   yes   yes   -     yes   yes   -     yes   yes
"""

#: Everybody but Erna, Hans and Rolf is frozen: helpers help nobody, and the roles of office and auditor sleep.
OTHERS_FROZEN = """
                 erna  hans  karin ben   büro  otto  rita  rolf  (operator)
pay_from_erna    !     !     -     -     -     -     -     -     !
cancel_of_erna   yes   yes   ?     -     ?     ?     ?     -     yes
read_erna        yes   yes   ?     ?     ?     ?     ?     yes   yes
read_payment     yes   yes   ?     yes   ?     ?     ?     yes   yes
bill_for_erna    yes   yes   -     -     -     -     -     -     yes
read_bill        yes   yes   ?     yes   ?     ?     ?     yes   yes
pay_bill         -     -     ?     -     ?     ?     ?     -     -
decline_bill     yes   -     ?     yes   ?     ?     ?     -     yes
cancel_bill      yes   yes   ?     -     ?     ?     ?     -     yes
list_tokens      yes   -     -     -     -     -     -     -     yes
revoke_tokens    yes   -     -     -     -     -     -     -     yes
read_balances    -     -     -     -     -     -     -     yes   yes
list_helpers     yes   yes   -     -     -     -     -     yes   yes
end_help         yes   yes   yes   -     -     -     -     yes   yes
"""

Deed = Callable[[Village, Actor], Awaitable[Any]]
ERNA_TO_BEN, KARIN_TO_OFFICE = "A" * 22, "A" * 21 + "Q"
#: One for everybody who tries: what was given back once cannot be given back again.
BEN_TO_ERNA = {who: f"{number:021d}w" for number, who in enumerate(PEOPLE)}


#: Invoices of Erna to Ben, one for everybody who tries; of Karin to the office; of Erna to whoever has its number.
ERNA_ASKS_BEN = {who: f"{number:020d}BA" for number, who in enumerate(PEOPLE)}
KARIN_ASKS_OFFICE = {who: f"{number:020d}CA" for number, who in enumerate(PEOPLE)}
ERNA_ASKS = "D" * 20 + "DA"


def bills(payee: str, payer: str) -> Deed:
    return lambda oak, actor: oak.ring.invoices.create(InvoiceRequest(None, payee, 60, "", payer), actor)


def pays(payer: str, payee: str) -> Deed:
    return lambda oak, actor: oak.ring.payments.pay(PayRequest(None, payer, payee, 60), actor)


DEEDS: dict[str, Deed] = {
    "pay_from_erna": pays("erna", "ben"),
    "pay_from_hans": pays("hans", "ben"),
    "pay_from_ben": pays("ben", "karin"),
    "pay_from_rita": pays("rita", "karin"),
    "pay_erna_hans": pays("erna", "hans"),
    "pay_ben_erna": pays("ben", "erna"),
    "pay_nobody": pays("nobody", "ben"),
    "cancel_of_erna": lambda oak, actor: oak.ring.payments.cancel(ERNA_TO_BEN, actor),
    "refund_of_erna": lambda oak, actor: oak.ring.refunds.refund(BEN_TO_ERNA[actor.handle], actor),
    "read_erna": lambda oak, actor: oak.ring.accounts.account("erna", actor),
    "read_statement": lambda oak, actor: oak.ring.accounts.statement("erna", None, 5, actor),
    "read_payment": lambda oak, actor: oak.ring.payments.get(ERNA_TO_BEN, actor),
    "read_another": lambda oak, actor: oak.ring.payments.get(KARIN_TO_OFFICE, actor),
    "note_erna_ben": lambda oak, actor: oak.ring.notes.write(ERNA_TO_BEN, "Danke", actor),
    "note_another": lambda oak, actor: oak.ring.notes.write(KARIN_TO_OFFICE, "Danke", actor),
    "bill_for_erna": bills("erna", "ben"),
    "bill_for_rita": bills("rita", "ben"),
    "bill_to_hans": bills("erna", "hans"),
    "read_bill": lambda oak, actor: oak.ring.invoices.get(ERNA_ASKS_BEN["erna"], actor),
    "read_other_bill": lambda oak, actor: oak.ring.invoices.get(KARIN_ASKS_OFFICE["erna"], actor),
    "read_open_bill": lambda oak, actor: oak.ring.invoices.get(ERNA_ASKS, actor),
    "list_bills": lambda oak, actor: oak.ring.invoices.list(actor, "erna"),
    "pay_bill": lambda oak, actor: oak.ring.answers.pay(ERNA_ASKS_BEN[actor.handle], actor),
    "pay_other_bill": lambda oak, actor: oak.ring.answers.pay(KARIN_ASKS_OFFICE[actor.handle], actor),
    "decline_bill": lambda oak, actor: oak.ring.answers.decline(ERNA_ASKS_BEN[actor.handle], "other", actor),
    "decline_open": lambda oak, actor: oak.ring.answers.decline(ERNA_ASKS, "other", actor),
    "cancel_bill": lambda oak, actor: oak.ring.answers.cancel(ERNA_ASKS_BEN[actor.handle], actor),
    "cancel_other": lambda oak, actor: oak.ring.answers.cancel(KARIN_ASKS_OFFICE[actor.handle], actor),
    "list_tokens": lambda oak, actor: oak.ring.members.access.list("erna", actor),
    "revoke_tokens": lambda oak, actor: oak.ring.members.access.revoke("erna", None, actor),
    "read_balances": lambda oak, actor: oak.ring.accounts.balances(actor),
    "list_helpers": lambda oak, actor: oak.ring.members.helping.list("erna", actor),
    "grant_help": lambda oak, actor: oak.ring.members.helping.grant("ben", "erna", actor),
    "shut_out_otto": lambda oak, actor: oak.ring.members.access.revoke("otto", None, actor),
    "code_for_otto": lambda oak, actor: oak.ring.entrance.issue_code("otto", actor),
    "rename_otto": lambda oak, actor: oak.ring.correcting.correct("otto", "Otto", None, actor),
    "freeze_otto": lambda oak, actor: oak.ring.members.life.freeze("otto", actor),
    "leave_otto": lambda oak, actor: oak.ring.leaving.leave("otto", None, actor),
    "end_help": lambda oak, actor: oak.ring.members.helping.end("karin", "erna", actor),
}


def rows(table: str) -> list[tuple[str, dict[str, str]]]:
    head, *lines = [line.split() for line in table.strip().splitlines()]
    assert tuple(head) == PEOPLE
    return [(line[0], dict(zip(PEOPLE, (CODES[cell] for cell in line[1:]), strict=True))) for line in lines]


async def outcomes(oak: Village, deed: str) -> dict[str, str]:
    """What everybody gets who does it; each finds Karin's help and Erna's access as they were."""
    found = {}
    for who in PEOPLE:
        await oak.ring.store.write(help_again)
        oak.tokens["erna"] = await oak.ring.members.token("erna")
        found[who] = await code_of(DEEDS[deed](oak, await oak.actor(who)))
    return found


def help_again(tx: Tx) -> None:
    if records.load_help(tx, "karin", "erna") is None:
        karin, erna = (records.load_present(tx, handle) for handle in ("karin", "erna"))
        records.insert_help(tx, karin.id, erna.id, "(operator)", 0)


@pytest.fixture
async def lively(oak: Village) -> Village:
    """Oak with payments to look at, to take back, and to give back."""
    await oak.ring.members.helping.grant("erna", "ben")
    await oak.pay("erna", "erna", "ben", id_=ERNA_TO_BEN)
    await oak.pay("karin", "karin", "büro", id_=KARIN_TO_OFFICE)
    for id_ in BEN_TO_ERNA.values():
        await oak.pay("ben", "ben", "erna", id_=id_)
    for id_ in ERNA_ASKS_BEN.values():
        await oak.ring.invoices.create(InvoiceRequest(id_, "erna", 60, "", "ben"), OPERATOR)
    for id_ in KARIN_ASKS_OFFICE.values():
        await oak.ring.invoices.create(InvoiceRequest(id_, "karin", 60, "", "büro"), OPERATOR)
    await oak.ring.invoices.create(InvoiceRequest(ERNA_ASKS, "erna", 60), OPERATOR)
    return oak


@pytest.mark.parametrize(("deed", "expected"), rows(NORMAL))
async def test_who_may_do_what(lively: Village, deed: str, expected: dict[str, str]) -> None:
    assert expected == await outcomes(lively, deed)


@pytest.mark.parametrize(("deed", "expected"), rows(FROZEN))
async def test_who_may_do_what_with_a_frozen_account(lively: Village, deed: str, expected: dict[str, str]) -> None:
    await lively.ring.members.life.freeze("hans")
    assert expected == await outcomes(lively, deed)


@pytest.mark.parametrize(("deed", "expected"), rows(OTHERS_FROZEN))
async def test_who_may_do_what_while_all_others_are_frozen(
    lively: Village, deed: str, expected: dict[str, str]
) -> None:
    for handle in ("karin", "ben", "büro", "otto", "rita"):
        await lively.ring.members.life.freeze(handle)
    assert expected == await outcomes(lively, deed)


@pytest.mark.parametrize(("deed", "expected"), rows(NORMAL))
async def test_after_the_thaw_all_is_as_before(lively: Village, deed: str, expected: dict[str, str]) -> None:
    for change in (lively.ring.members.life.freeze, lively.ring.members.life.thaw):
        for handle in ("erna", "karin", "ben", "büro", "otto", "rita"):
            await change(handle)
    assert expected == await outcomes(lively, deed)


MOVES = sorted(
    deed for deed in DEEDS if deed.startswith(("pay_", "cancel_", "refund_", "grant_", "bill_", "decline_", "note_"))
)


@pytest.mark.parametrize("deed", MOVES)
async def test_who_left_moves_nothing_any_more(lively: Village, deed: str) -> None:
    """With the actor as it was a moment before: a request may be under way while somebody leaves."""
    left = [await lively.actor(who) for who in ("hans", "rolf", "karin", "büro", "rita")]
    for actor in left:
        await lively.ring.leaving.leave(actor.handle, None if actor.handle in ("hans", "rolf") else "austritt")
    for actor in left:
        assert "unauthorized" == await code_of(lively.actor(actor.handle))
        assert await code_of(DEEDS[deed](lively, actor)) in ("not_allowed", "not_found")
