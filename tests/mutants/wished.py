# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants that keep every sum right and give people something else than they wished."""

from __future__ import annotations

from tests.mutants.model import NODE, ORDERS, Mutant

_PAYMENTS = f"{NODE}/payments"
_AT_HOME = (
    "            tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=request.amount_seconds,\n"
    '            kind="payment"'
)

WISHED = (
    Mutant(
        "the payee's ring credits somebody else", f"{ORDERS}/payee.py",
        "payee = self._payees.payee(tx, box.payee)",
        'payee = self._payees.payee(tx, "m0" if box.payee in ("m1", "m2") else box.payee)',
    ),
    Mutant(
        "a payment abroad is taken from somebody else", f"{_PAYMENTS}/service.py",
        "account = active_account(self._members.account_for(tx, payer))",
        'account = active_account(self._members.account_for(tx, "m0" if payer in ("m1", "m2") else payer))',
    ),
    Mutant(
        "a payment at home is booked the wrong way round", f"{_PAYMENTS}/service.py",
        _AT_HOME, _AT_HOME.replace("debit=debit, credit=credit", "debit=credit, credit=debit"),
    ),
    Mutant(
        "a payment at home moves a second too much", f"{_PAYMENTS}/service.py",
        _AT_HOME, _AT_HOME.replace("request.amount_seconds", "request.amount_seconds + 1"),
    ),
    Mutant(
        "no letter leaves", f"{NODE}/federation/mail/service.py",
        '        tx.collect("item", (line, item))\n        tx.collect("line", line)\n\n    def standing',
        "\n    def standing",
    ),
    Mutant(
        "a refund is answered and not made", f"{_PAYMENTS}/refunds.py",
        "        return await self._payments.pay(request, actor)",
        "        return await self._payments.get(payment_id, actor)",
    ),
    Mutant(
        "an answer to an invoice does not leave", f"{_PAYMENTS}/invoice_answers.py",
        "        self._federation.mail.send(tx, self._federation.lines.by_id(found.peer), ANSWER, found.id, body)\n",
        "",
    ),
    Mutant(
        "the payee is shown another purpose", f"{ORDERS}/payee.py",
        "(box.payer, box.memo, salts)", '(box.payer, "Rasen", salts)',
    ),
)  # fmt: skip
