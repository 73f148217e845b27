# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of payments between two rings, of what stores them and of what brings an old copy back; all of them."""

from __future__ import annotations

from tests.mutants.anew import ANEW
from tests.mutants.audits import AUDITS
from tests.mutants.claims import CLAIMS
from tests.mutants.farther import FARTHER
from tests.mutants.holes import HOLES
from tests.mutants.model import FRAMES, GREETING, NODE, ORDERS, PROTOCOL, RECOVERY, STORE, Mutant
from tests.mutants.wished import WISHED

BETWEEN_TWO = (
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
        "the payee's ring refuses what fits a line exactly", f"{PROTOCOL}/settlement.py",
        "amount_seconds > limit:", "amount_seconds >= limit:",
    ),
    Mutant(
        "the payer's ring refuses what fits a line exactly", f"{ORDERS}/payer.py",
        "if debt + amount_seconds > terms", "if debt + amount_seconds >= terms",
    ),
    Mutant(
        "the payer's ring takes any amount, and lets it wait for room", f"{ORDERS}/payer.py",
        "if debt + amount_seconds > terms.limit_out(row):", "if debt < 0 > terms.limit_out(row):",
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
        "a clock frees what is signed", f"{ORDERS}/payer.py",
        "            self.expire(tx)\n",
        "            self.expire(tx)\n            now = self._clock.now()\n"
        "            for order in orders.load_undecided(tx, now + 3500):\n"
        "                row = records.load_line(tx, order.peer)\n"
        "                row.held_out_seconds -= order.amount_seconds\n"
        "                row.held_out_count -= 1\n"
        "                records.save_line(tx, row)\n"
        "                self._free(tx, order, now)\n"
        '                orders.end_out(tx, order.payment_id, "expired", "deadline_passed", None, now)\n',
    ),
    Mutant(
        "a second more is credited than was ordered", f"{ORDERS}/payee.py",
        "                amount_seconds=order.amount_seconds,\n                kind=",
        "                amount_seconds=order.amount_seconds + 1,\n                kind=",
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
        "what was sealed before a death is not sent after it", f"{FRAMES}/handing.py",
        "epoch, have_seq = line.names.epoch, line.have_seq", "epoch, have_seq = line.names.epoch, line.own_seq",
    ),
    Mutant(
        "an old copy pays before it has recovered", f"{RECOVERY}/service.py",
        'if mark is not None and mark.code != "replaced":', "if mark is not None and not mark.code:",
        tests="tests/federation/recovery/test_continuity.py",
    ),
    Mutant(
        "an old copy does not learn what it had decided", f"{RECOVERY}/replay.py",
        "                self._bookings.decided(tx, line, row, recovery, placed, decision)", "                pass",
        needs="restore",
    ),
    Mutant(
        "an old copy does not learn what others had decided", f"{RECOVERY}/replay.py",
        "                self._was_ended(tx, line, row, recovery, Came(back.frame, placed.place, placed.data, end))",
        "                pass",
        needs="restore",
    ),
    Mutant(
        "an old copy does not learn what it had ordered", f"{RECOVERY}/replay.py",
        "                self._bookings.ordered(tx, line, row, recovery, placed, order)", "                pass",
        needs="restore",
    ),
    Mutant(
        "an old copy is told to be in step", f"{PROTOCOL}/channel.py",
        "        return Step.LOST\n", "        return Step.IN_STEP\n",
        needs="restore",
    ),
    Mutant(
        "nobody tells an old copy its own frames", f"{RECOVERY}/pages.py",
        "tx, peer, ask.epoch, ask.after_own, count)", "tx, peer, ask.epoch, 1 << 40, count)",
        needs="restore",
    ),
    Mutant(
        "frames of a boot that was replaced are taken", f"{PROTOCOL}/channel.py",
        "if inbound.fence is None or inbound.fence.boot_at(header.seq) != header.boot:", "if inbound.fence is None:",
        "late",
    ),
    Mutant(
        "of the boots before only the last hello counts", f"{PROTOCOL}/channel.py",
        "inbound.fence.boot_at(header.seq) != header.boot:",
        "header.seq > inbound.fence.last and inbound.fence.boot != header.boot:", "late",
    ),
    Mutant(
        "the list of boots that a hello tells is not stored", f"{GREETING}/standing.py",
        "        row.fence = canonical.encode(fence)\n", "",
    ),
    Mutant(
        "that a boot was replaced is not stored", f"{NODE}/federation/line/records.py",
        "UPDATE peer_boot SET replaced = 1 WHERE", "UPDATE peer_boot SET replaced = 0 WHERE",
    ),
    Mutant(
        "a head that a log never had is taken for one of its own", f"{PROTOCOL}/channel.py",
        "not is_beyond and self.root_at(known.size) == known.root", "not is_beyond",
        tests="tests/federation/recovery/test_log_begun_twice.py",
    ),
    Mutant(
        "who recovers signs before it has heard how far its log had come", f"{GREETING}/hello.py",
        "            self._recovery.fit_log(tx, line.peer.id, answer.head)\n", "",
        tests="tests/federation/recovery/test_log_begun_twice.py",
    ),
    Mutant(
        "who recovers answers a hello with a log that the other knows better", f"{GREETING}/hello.py",
        "            self._recovery.fit_log(tx, line.peer.id, hello.standing.peer_head)\n", "",
        tests="tests/federation/recovery/test_log_begun_twice.py",
    ),
    Mutant(
        "who recovers begins no log after one that it knows nothing of", f"{NODE}/federation/recovery/service.py",
        "or peer in self._fitted:", "or True:", "restore",
    ),
    Mutant(
        "a copy that was put back does not say so", f"{NODE}/backup/restoring.py",
        '    FolderMarks(folder / "lock.sqlite").set(mark)\n', "",
        tests="tests/federation/recovery/test_backup.py",
    ),
    Mutant(
        "recovery is over before the peers are in step", f"{RECOVERY}/service.py",
        "return self._row is not None and self._states.get(line.peer.id) == AWAITED", "return False",
        needs="restore",
    ),
    Mutant(
        "an old copy asks guards where it should take facts", f"{RECOVERY}/replay.py",
        "                self._was_ordered(tx, line, row, back, placed, ordered)", "                pass",
        needs="restore",
    ),
    Mutant(
        "a frame that was stored is not acknowledged", f"{FRAMES}/receiver.py",
        "            line.hold = taken.have\n", "",
        tests="tests/federation/frames/test_once.py",
    ),
    Mutant(
        "orders leave before both have said hello", f"{FRAMES}/sealing.py",
        "if not line.in_step or not line.is_usable:", "if not line.is_usable:",
    ),
    Mutant(
        "a paid order is charged to the member and not to the line", f"{ORDERS}/payer.py",
        "post_held(tx, self._ids, order, line.peer.clearing_account, now)",
        "post_held(tx, self._ids, order, doubt_account(tx, now), now)",
    ),
    Mutant(
        "a decision about another amount is believed", f"{PROTOCOL}/settlement.py",
        "if (decision.order_hash, decision.payment_id, decision.amount_seconds) != names:",
        "if (decision.order_hash, decision.payment_id) != names[:2]:", "overclaims",
    ),
    Mutant(
        "a decision in another ring's name is believed", f"{PROTOCOL}/settlement.py",
        "if (decision.by, decision.inbound) != place or (header.from_, header.to) != place:",
        "if (header.from_, header.to) != place:", "swaps",
    ),
    Mutant(
        "a second frame at one place is taken for a repeat", f"{PROTOCOL}/channel.py",
        "    if stored is None or stored == digest:\n        return Arrival.REPEAT",
        "    if True:\n        return Arrival.REPEAT", "equivocates",
    ),
)  # fmt: skip
MUTANTS = (*HOLES, *BETWEEN_TWO, *FARTHER, *ANEW, *AUDITS, *CLAIMS, *WISHED)
