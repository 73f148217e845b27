# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants: one rule each, taken out by replacing text that stands once in a file."""

from __future__ import annotations

from typing import NamedTuple

NODE, PROTOCOL = "node/ringtausch_node", "protocol/ringtausch_protocol"
ORDERS, FRAMES = f"{NODE}/federation/orders", f"{NODE}/federation/frames"
RECOVERY, STORE = f"{NODE}/federation/recovery", f"{NODE}/store"


class Mutant(NamedTuple):
    """`old` stands exactly once in `file`; `new` stands there instead."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "a commit is answered before it is on the disk", f"{STORE}/connection.py",
        '"PRAGMA synchronous=FULL"', '"PRAGMA synchronous=OFF"',
    ),
    Mutant(
        "a commit that failed is answered as if it had not", f"{STORE}/group.py",
        "        raise GroupFailed(storage_failed(error)) from error\n\n\ndef _roll_back",
        "        return\n\n\ndef _roll_back",
    ),
    Mutant(
        "a use case that was refused leaves half of its work", f"{STORE}/group.py",
        '            cursor.execute("ROLLBACK TO use_case")', "            pass",
    ),
    Mutant(
        "the payee's ring refuses what fits a line exactly", f"{PROTOCOL}/settlement.py",
        "amount_seconds > room.limit_seconds:", "amount_seconds >= room.limit_seconds:",
    ),
    Mutant(
        "the payer's ring refuses what fits a line exactly", f"{ORDERS}/payer.py",
        "if debt + draft.amount_seconds > terms", "if debt + draft.amount_seconds >= terms",
    ),
    Mutant(
        "the payer's ring takes any amount, and lets it wait for room", f"{ORDERS}/payer.py",
        "if debt + draft.amount_seconds > terms.limit_out(row):", "if debt < 0 > terms.limit_out(row):",
    ),
    Mutant(
        "a payment with a known number is paid again under another", f"{NODE}/payments/records.py",
        "ON CONFLICT (id) DO NOTHING", "ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at",
    ),
    Mutant(
        "a hold on a line is not counted", f"{ORDERS}/payer.py",
        "        row.held_out_seconds += order.amount_seconds\n", "",
    ),
    Mutant(
        "what was paid is freed", f"{ORDERS}/payer.py",
        "if _POSTING & set(found.acts):", "if not _POSTING & set(found.acts):",
    ),
    Mutant(
        "a refused payment keeps its hold", f"{ORDERS}/payer.py",
        "            else:\n                self._free(tx, order, now)\n", "",
    ),
    Mutant(
        "a payment taken back while signed is freed at once", f"{ORDERS}/payer.py",
        "        if Act.FREE_MEMBER in found.acts:\n", "        if True:\n",
    ),
    Mutant(
        "a clock frees what is signed", f"{ORDERS}/records.py",
        "FROM order_out WHERE state = 'queued' AND deadline_at < ? LIMIT 500",
        "FROM order_out WHERE state IN ('queued', 'held') AND purpose <> 'probe' AND deadline_at < ? + 3400 LIMIT 500",
    ),
    Mutant(
        "an unsigned order never meets its deadline", f"{ORDERS}/payer.py",
        "orders.load_late(tx, now + limits.DEADLINE_SEAL_MARGIN_SECONDS)", "orders.load_late(tx, 0)",
    ),
    Mutant(
        "a second more is credited than was ordered", f"{ORDERS}/payee.py",
        'order.amount_seconds, kind="received"', 'order.amount_seconds + 1, kind="received"',
    ),
    Mutant(
        "credited, and refused all the same", f"{ORDERS}/payee.py",
        "return Verdict(None, account, transfer_id)", 'return Verdict("payee_refuses", account, transfer_id)',
    ),
    Mutant(
        "more is given back than was paid", f"{ORDERS}/payee.py",
        "> original.amount_seconds:", "> 3 * original.amount_seconds:",
    ),
    Mutant(
        "decisions made while a line is out of step are dropped", f"{FRAMES}/sealing.py",
        "            records.insert_waiting(tx, line.peer.id, items)\n", "",
    ),
    Mutant(
        "what was sealed before a death is not sent after it", f"{NODE}/federation/sender.py",
        "line.names.epoch, line.have_seq, OUTBOX_FRAMES", "line.names.epoch, line.own_seq, OUTBOX_FRAMES",
    ),
    Mutant(
        "a frame that comes again is taken for the next", f"{PROTOCOL}/channel.py",
        "    if stored is None or stored == digest:\n        return Arrival.REPEAT",
        "    if stored is None or stored == digest:\n        return Arrival.GAP",
    ),
    Mutant(
        "an old copy pays before it has recovered", f"{RECOVERY}/service.py",
        'if mark is not None and mark.code != "replaced":', "if mark is not None and not mark.code:",
    ),
    Mutant(
        "an old copy does not learn what it had decided", f"{RECOVERY}/replay.py",
        "                self._bookings.decided(tx, line, row, recovery, placed, decision)", "                pass",
    ),
    Mutant(
        "an old copy does not learn what others had decided", f"{RECOVERY}/replay.py",
        "                self._was_decided(tx, line, row, recovery, placed, decision)", "                pass",
    ),
    Mutant(
        "an old copy does not learn what it had ordered", f"{RECOVERY}/replay.py",
        "                self._bookings.ordered(tx, line, row, recovery, placed, order)", "                pass",
    ),
    Mutant(
        "an old copy is told to be in step", f"{PROTOCOL}/channel.py",
        "        return Step.LOST\n", "        return Step.IN_STEP\n",
    ),
    Mutant(
        "nobody tells an old copy its own frames", f"{RECOVERY}/pages.py",
        "tx, peer, ask.epoch, ask.after_own, count)", "tx, peer, ask.epoch, 1 << 40, count)",
    ),
)  # fmt: skip
