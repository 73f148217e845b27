# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who has to do with everything, and where her words still stand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ringtausch_node import booking
from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments import verify as payments_verify
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.store import Tx
from ringtausch_node.translog.verify import verify_log
from tests.federation.towns import end_of, faults, until

HANDLE, NAME, MEMO = "zenobia", "Zenobia Quastenflosser", "Kürbissuppe für Ottokar"
NOTE, MAIL, REASON = "Die Kelle hängt noch am Haken", "suppe@post.example", "doppelt gekocht"
DEVICE, WORDS = "Suppenhandy", "Er mag keinen Kürbis"
ALL_WORDS = {HANDLE, NAME, MEMO, NOTE, MAIL, REASON, DEVICE, WORDS}


async def actor_of(ring: Ring, handle: str) -> Any:
    """A member as a program of hers comes."""
    label = DEVICE if handle == HANDLE else ""
    return await ring.members.authenticate(await ring.members.token(handle, label=label))


async def paid(ring: Ring, payer: str, payee: str, seconds: int) -> str:
    """A payment with a memo, once it has ended; who gets it was asked for before."""
    quote = await ring.payments.quote(payee, seconds, OPERATOR)
    wish = PayRequest(quote.payment_id, payer, payee, seconds, MEMO, quote.invoice)
    made = await ring.payments.pay(wish, OPERATOR)
    assert "paid" == (await end_of(ring, made.payment_id)).state
    return made.payment_id


async def live(oak: Ring, elm: Ring) -> dict[str, str]:
    """Zenobia runs the office, pays and is paid here and there, asks and is asked, writes and is written about.

    -> payments by what they were.
    """
    await oak.members.add(HANDLE, NAME, "office")
    await oak.members.add("karin", "Karin")
    await oak.entrance.set_email(HANDLE, MAIL)
    zenobia = await actor_of(oak, HANDLE)
    await oak.members.helping.grant("karin", HANDLE, zenobia)
    await oak.members.set_limits("alma", -36_000, 36_000, zenobia)
    await oak.members.blocking.block(HANDLE, await actor_of(oak, "karin"))
    await oak.members.blocking.report("karin", WORDS, zenobia)
    wrong = await paid(oak, "alma", HANDLE, 60)
    await oak.refunds.refund(wrong, zenobia, memo=REASON)
    payments = {
        "out": await paid(oak, HANDLE, "alma", 600), "in": await paid(oak, "alma", HANDLE, 600),
        "there": await paid(oak, HANDLE, "ben@elm.example", 900),
        "here": await paid(elm, "ben", f"{HANDLE}@oak.example", 900),
    }  # fmt: skip
    await oak.notes.write(payments["there"], NOTE, zenobia)
    await elm.notes.write(payments["here"], NOTE, OPERATOR)
    asked = await oak.invoices.create(InvoiceRequest(None, HANDLE, 300, MEMO, "ben@elm.example", 30), zenobia)
    asking = await elm.invoices.create(InvoiceRequest(None, "ben", 300, MEMO, f"{HANDLE}@oak.example", 30), OPERATOR)
    await until(partial(_is_told, oak, elm, payments))
    await elm.answers.decline(asked.invoice_id, "other", OPERATOR)
    await oak.answers.decline(asking.invoice_id, "other", zenobia)
    return payments


async def _is_told(oak: Ring, elm: Ring, payments: dict[str, str]) -> bool:
    """Notes and requests of both have come."""
    notes = [(await elm.payments.get(payments["there"], OPERATOR)).notes]
    notes.append((await oak.payments.get(payments["here"], OPERATOR)).notes)
    bills = [await elm.invoices.list(OPERATOR, "ben"), await oak.invoices.list(OPERATOR, HANDLE)]
    return all(notes) and all(each.to_pay for each in bills)


def found_in(folder: Path) -> set[str]:
    """Which words stand in any byte of a folder's databases: rows, free pages, write-ahead logs."""
    data = b"".join(path.read_bytes() for path in sorted(folder.glob("*.sqlite*")))
    return {word for word in ALL_WORDS if word.encode() in data}


async def is_sound(*rings: Ring) -> bool:
    """Books, payments, lines and log, all replayed."""
    for ring in rings:
        await ring.store.read(verify_log)
        assert [] == await ring.store.read(_faults)
        assert None is await ring.store.damage()
    return await faults(*rings) == []


def _faults(tx: Tx) -> list[Any]:
    return [*booking.find_faults(tx), *payments_verify.find_faults(tx)]
