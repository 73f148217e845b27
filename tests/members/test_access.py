# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what to whom. The tables are kept by hand: whoever opens a door writes it down twice.

Erna, Hans and Rolf share an account, Rolf as an auditor; Karin helps Erna, and Erna helps Ben.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.members.conftest import Village, code_of

PEOPLE = ("erna", "hans", "karin", "ben", "büro", "otto", "rita", "rolf", "(operator)")
#: "-" not_allowed, "?" not_found: what is not yours reads like what does not exist, "=" own_account.
CODES = {"yes": "", "-": "not_allowed", "?": "not_found", "=": "own_account", "!": "payee_refuses"}

NORMAL = """
                 erna  hans  karin ben   büro  otto  rita  rolf  (operator)
pay_from_erna    yes   yes   yes   -     yes   yes   -     -     yes
pay_from_hans    yes   yes   -     -     yes   yes   -     -     yes
pay_from_ben     yes   -     -     yes   yes   yes   -     -     yes
pay_from_rita    -     -     -     -     yes   yes   -     -     yes
pay_erna_hans    =     =     =     -     =     =     -     -     =
pay_nobody       -     -     -     -     -     -     -     -     -
cancel_of_erna   yes   yes   yes   -     yes   yes   -     -     yes
refund_of_erna   yes   yes   yes   -     yes   yes   -     -     yes
read_erna        yes   yes   yes   ?     yes   yes   yes   yes   yes
read_statement   yes   yes   yes   ?     yes   yes   yes   yes   yes
read_payment     yes   yes   yes   yes   yes   yes   yes   yes   yes
read_another     ?     ?     yes   ?     yes   yes   yes   yes   yes
list_tokens      yes   -     -     -     yes   yes   -     -     yes
revoke_tokens    yes   -     -     -     yes   yes   -     -     yes
list_helpers     yes   yes   -     -     yes   yes   yes   yes   yes
grant_help       yes   -     -     -     yes   yes   -     -     yes
end_help         yes   yes   yes   -     yes   yes   -     yes   yes
"""

#: The account of Erna, Hans and Rolf is frozen: they read, take back and shut doors, and act for nobody else.
FROZEN = """
                 erna  hans  karin ben   büro  otto  rita  rolf  (operator)
pay_from_erna    -     -     -     -     -     -     -     -     -
pay_from_hans    -     -     -     -     -     -     -     -     -
pay_from_ben     -     -     -     yes   yes   yes   -     -     yes
pay_ben_erna     -     -     -     !     !     !     -     -     !
cancel_of_erna   yes   yes   yes   -     yes   yes   -     -     yes
refund_of_erna   -     -     -     -     -     -     -     -     -
read_erna        yes   yes   yes   ?     yes   yes   yes   yes   yes
read_another     ?     ?     yes   ?     yes   yes   yes   ?     yes
list_tokens      yes   -     -     -     yes   yes   -     -     yes
revoke_tokens    yes   -     -     -     yes   yes   -     -     yes
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
list_tokens      yes   -     -     -     -     -     -     -     yes
revoke_tokens    yes   -     -     -     -     -     -     -     yes
list_helpers     yes   yes   -     -     -     -     -     yes   yes
end_help         yes   yes   yes   -     -     -     -     yes   yes
"""

Deed = Callable[[Village, str], Awaitable[Any]]
ERNA_TO_BEN, BEN_TO_ERNA, KARIN_TO_BÜRO = "A" * 22, "A" * 21 + "Q", "A" * 21 + "g"


def paying(payer: str, payee: str) -> Deed:
    return lambda oak, who: oak.pay(who, payer, payee)


async def revoke(oak: Village, who: str) -> None:
    actor = await oak.actor(who)
    try:
        await oak.ring.members.access.revoke("erna", None, actor)
    finally:
        oak.tokens["erna"] = await oak.ring.members.token("erna")


async def refund(oak: Village, who: str) -> None:
    given = await oak.ring.store.read(lambda tx: tx.row("SELECT count(*) FROM payment"))
    id_ = f"{given[0]:020d}AA" if given else ""  # a fresh one for everybody who tries: what is given back is gone
    if (await oak.states())["erna"] == "active":
        await oak.pay("(operator)", "ben", "erna", id_=id_)
    else:
        id_ = BEN_TO_ERNA
    await oak.ring.refunds.refund(id_, await oak.actor(who))


async def end_help(oak: Village, who: str) -> None:
    actor = await oak.actor(who)
    await oak.ring.members.helping.end("karin", "erna", actor)
    oak.tokens["karin"] = oak.tokens["karin"]


def asking(ask: Callable[[Village, Any], Awaitable[Any]]) -> Deed:
    async def deed(oak: Village, who: str) -> Any:
        return await ask(oak, await oak.actor(who))

    return deed


DEEDS: dict[str, Deed] = {
    "pay_from_erna": paying("erna", "ben"),
    "pay_from_hans": paying("hans", "ben"),
    "pay_from_ben": paying("ben", "karin"),
    "pay_from_rita": paying("rita", "karin"),
    "pay_erna_hans": paying("erna", "hans"),
    "pay_ben_erna": paying("ben", "erna"),
    "pay_nobody": paying("nobody", "ben"),
    "cancel_of_erna": asking(lambda oak, actor: oak.ring.payments.cancel(ERNA_TO_BEN, actor)),
    "refund_of_erna": refund,
    "read_erna": asking(lambda oak, actor: oak.ring.accounts.account("erna", actor)),
    "read_statement": asking(lambda oak, actor: oak.ring.accounts.statement("erna", None, 5, actor)),
    "read_payment": asking(lambda oak, actor: oak.ring.payments.get(ERNA_TO_BEN, actor)),
    "read_another": asking(lambda oak, actor: oak.ring.payments.get(KARIN_TO_BÜRO, actor)),
    "list_tokens": asking(lambda oak, actor: oak.ring.members.access.list("erna", actor)),
    "revoke_tokens": revoke,
    "list_helpers": asking(lambda oak, actor: oak.ring.members.helping.list("erna", actor)),
    "grant_help": asking(lambda oak, actor: oak.ring.members.helping.grant("ben", "erna", actor)),
    "end_help": end_help,
}


def rows(table: str) -> list[tuple[str, dict[str, str]]]:
    head, *lines = [line.split() for line in table.strip().splitlines()]
    assert tuple(head) == PEOPLE
    return [(line[0], dict(zip(PEOPLE, (CODES[cell] for cell in line[1:]), strict=True))) for line in lines]


async def outcome(oak: Village, deed: str) -> dict[str, str]:
    """What everybody gets who does it, each with Karin's help in force."""
    found = {}
    for who in PEOPLE:
        if "karin" in (await oak.states()) and (await oak.states())["karin"] == "active":
            await oak.ring.members.helping.grant("karin", "erna")
        found[who] = await code_of(DEEDS[deed](oak, who))
        if found[who] == "unknown_member" and who == "(operator)":
            found[who] = "not_allowed"
    return found
