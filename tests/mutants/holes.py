# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of the traces A1 to A9, which were found on paper before anything was built (docs/fault-model.md).

Each takes out the rule that closes one of them. Where days are not what notices, a comment says why.
"""

from __future__ import annotations

from tests.mutants.model import FRAMES, NODE, ORDERS, PROTOCOL, RECOVERY, TRANSIT_TESTS, Mutant

GREETING, LINE = f"{NODE}/federation/greeting", f"{NODE}/federation/line"
HOLES_TESTS = "tests/federation/test_holes.py"
LYING_TESTS = "tests/federation/orders/test_lying_and_late.py"
GREETING_TESTS, RECOVERY_TESTS = "tests/federation/greeting", "tests/federation/recovery"
#: A second decision of one payment must find a place in the table; the table alone would only let the ring crash.
_ROOM_FOR_A_SECOND = (f"{ORDERS}/records.py", '"INSERT INTO order_in', '"INSERT OR REPLACE INTO order_in')
_BELIEVE_LOSS = (
    "    async def _believe_loss(self, step):\n"
    "        if step is Step.LOST and not self._recovery.is_active:\n"
    "            await self._recovery.declare_old_copy()\n\n"
)

ATTEMPTS = (
    # An honest payer never asks for what was paid once more.
    Mutant(
        "A1: a payment that was paid is paid again to its next attempt", f"{ORDERS}/payee.py",
        '        if orders.load_paid(tx, order.path[0], payment_id) is not None:\n            return "already_paid"\n',
        "", tests=HOLES_TESTS, also=(_ROOM_FOR_A_SECOND,),
    ),
    Mutant(
        "A1: two attempts of one payment are open together", f"{ORDERS}/payer.py",
        "            self.expire(tx)\n",
        "            self.expire(tx)\n            now = self._clock.now()\n"
        "            for order in orders.load_undecided(tx, now + 100_000):\n"
        '                way = End(is_paid=False, code="next_hop_down", signed=None, refused_at=1)\n'
        "                if now - order.created_at > 20 and self.tries.go_on(tx, order, way):\n"
        "                    row = records.load_line(tx, order.peer)\n"
        "                    row.held_out_seconds -= order.amount_seconds\n"
        "                    row.held_out_count -= 1\n"
        "                    records.save_line(tx, row)\n",
        "passing",
    ),
    Mutant(
        "what comes again is done again", f"{FRAMES}/receiver.py",
        '                sometimes("a frame comes again")\n',
        '                sometimes("a frame comes again")\n                for item in items:\n'
        "                    self._items.apply(tx, line, row, frame.header, item)\n",
        also=(
            (f"{ORDERS}/payee.py", "elif known := orders.load_in(tx, order_hash):", "elif known := None:"),
            (f"{ORDERS}/payee.py", "self._refuse_form(line, arrived) or self._refuse_again(tx, order)",
             "self._refuse_form(line, arrived)"),
            _ROOM_FOR_A_SECOND,
        ),
    ),
)  # fmt: skip

# Days say hello, lose and repeat it, but no day sends what a dead boot has asked for, nor forges in another's name; a
# restored ring of the simulator recovers before it signs, so that two boots never stand at one place. Of the log that
# goes on, days may well notice; twelve of them took too long to tell.
FENCES = (
    Mutant(
        "A2: a ring between refuses what it may have passed on before it was started again", f"{ORDERS}/between.py",
        "        return carried.boot == self._identity.boot or next_line.in_step or next_line.is_given_up\n",
        "        return True\n", tests=f"{TRANSIT_TESTS}/test_passing.py",
    ),
    Mutant(
        "A2: what is taken back while it may have been passed on is passed on all the same", f"{ORDERS}/between.py",
        "            if carried.cancel_asked:\n", "            if False:\n",
        tests=f"{TRANSIT_TESTS}/test_taken_back.py",
    ),
    Mutant(
        "A3: frames are taken on the list that a process before this one has heard", f"{FRAMES}/receiver.py",
        '            raise RemoteError("hello_needed")\n',
        "            kept = records.load_line(tx, line.peer.id).fence\n"
        "            line.fence = canonical.parse(kept or b'', channel.Fence, limits.HELLO_BYTES)\n",
        tests=HOLES_TESTS,
    ),
    Mutant(
        "A3: a boot that was replaced speaks again", f"{LINE}/records.py",
        "    return row is not None and bool(row[0])\n", "    return False\n", tests=HOLES_TESTS,
    ),
    Mutant(
        "A3: a hello is signed over one challenge again and again", f"{GREETING}/hello.py",
        "        del self._challenges[line.peer.ring_id]\n", "", tests=HOLES_TESTS,
    ),
    Mutant(
        "A3: a challenge outlives the boot that it was given to", f"{GREETING}/hello.py",
        "            self._challenges.pop(line.peer.ring_id, None)\n", "            pass\n",
        tests=f"{GREETING_TESTS}/test_hello.py",
    ),
    Mutant(
        "A3: a late answer brings back a boot that is dead", f"{GREETING}/hello.py",
        "            if line.peer_boot not in (pending.peer_boot, ack.standing.boot):\n", "            if False:\n",
        tests=f"{GREETING_TESTS}/test_hello.py",
    ),
    Mutant(
        "A3: a ring that was replaced by its second copy goes on", f"{RECOVERY}/second_copy.py",
        "        for line in self._lines.all():\n            line.stop()\n", "",
        tests=f"{RECOVERY_TESTS}/test_second_copy.py",
    ),
    Mutant(
        "A4: frames of two boots at one place are a fork", f"{PROTOCOL}/channel.py",
        "return Arrival.FORK if inbound.boot_in(header.seq) == header.boot else Arrival.RESTORED",
        "return Arrival.FORK", tests=HOLES_TESTS,
    ),
    Mutant(
        "A4: a restored ring goes on in the log whose end it has lost", f"{RECOVERY}/service.py",
        "        translog.begin_log(tx, log_entry(START, (signed,)), number)\n        return number\n",
        "        return old.log\n", tests=f"{RECOVERY_TESTS}/test_signed_heads.py",
    ),
    Mutant(
        "A4: the answer to a hello stands in no log", f"{GREETING}/hello.py",
        "        translog.append_later(tx, log_entry(ENTRY_HELLO_ACK, (signed,)))\n        return signed\n",
        "        return signed\n", tests=f"{GREETING_TESTS}/test_hello.py",
    ),
)  # fmt: skip

# No day steals the key of an honest ring, reuses a payment's number, splices a box, or puts two neighbours back to one
# moment. Whether days notice those of A5 and of what is held beside a netting was not tried.
COPIES = (
    Mutant(
        "A5: an old copy takes back hours that were spent meanwhile", f"{RECOVERY}/bookings.py",
        "            if found.min_seconds is None or found.available_seconds - amount_seconds >= found.min_seconds:\n",
        "            if found is not None:\n", tests=HOLES_TESTS,
    ),
    Mutant(
        "A5: an old copy does not read its notes to itself", f"{RECOVERY}/bookings.py",
        "        return read_note(self._identity, placed.data, placed.note) if placed.note else None\n",
        "        return None\n", tests=HOLES_TESTS,
    ),
    Mutant(
        "A6: who holds more of us than we do is believed without a word of the operator", f"{GREETING}/hello.py",
        "        ack, step = await self._write(line, store)\n",
        "        ack, step = await self._write(line, store)\n        await self._believe_loss(step)\n",
        tests=f"{GREETING_TESTS}/test_hello.py",
        also=(
            (f"{GREETING}/hello.py", "        step = await self._store.write(store)\n",
             "        step = await self._store.write(store)\n        await self._believe_loss(step)\n"),
            (f"{GREETING}/hello.py", "    def _is_fresh(",
             f"{_BELIEVE_LOSS}    def _is_fresh("),
        ),
    ),
    Mutant(
        "A6: what a revoked key signed in our name is taken back", f"{RECOVERY}/replay.py",
        "    if not is_counted(identity.own, place, in_own_channel=True):\n", "    if place is None:\n",
        tests=f"{GREETING_TESTS}/test_stolen_key.py",
    ),
    Mutant(
        "A6: what a revoked key signed counts at rings beyond", f"{PROTOCOL}/cards.py",
        "for name, key in card.frame_keys.items() if name not in revoked}", "for name, key in card.frame_keys.items()}",
        tests=f"{TRANSIT_TESTS}/test_bad_offers.py",
    ),
    Mutant(
        "A6: a frame counts under any card of its ring", f"{FRAMES}/receiver.py",
        "    if card is not None and envelope.signer_of(header) not in card.frame_keys:\n", "    if False:\n",
        tests=f"{GREETING_TESTS}/test_rotation.py",
    ),
    Mutant(
        "A7: a payment is known by its number alone", f"{ORDERS}/records.py",
        "WHERE payer_ring = ? AND payment_id = ? LIMIT ?", "WHERE ? <> '' AND payment_id = ? LIMIT ?",
        tests=HOLES_TESTS,
    ),
    Mutant(
        "A7: another attempt may ask for something else", f"{ORDERS}/payee.py",
        "        if any(before.content != content for before in seen):\n", "        if content is None:\n",
        tests=HOLES_TESTS,
    ),
    Mutant(
        "A7: a box opens beside another payment", f"{PROTOCOL}/sealing.py",
        'return f"{net}\\n{first}\\n{last}\\n{payment_id}".encode()', 'return f"{net}\\n{first}\\n{last}".encode()',
        tests=f"{TRANSIT_TESTS}/test_bad_offers.py",
    ),
    Mutant(
        "A7: that a payment was paid already counts as paid", f"{ORDERS}/ends.py",
        'return End(decision.outcome == "paid", decision.code, signed, decision.index)',
        'return End(decision.outcome == "paid" or decision.code == "already_paid", None, signed, decision.index)',
        tests=LYING_TESTS,
    ),
    Mutant(
        "A8: what is held for payments is not taken from what can be netted", f"{PROTOCOL}/settlement.py",
        "    if room.debt_seconds + room.held_seconds + amount_seconds > limit:\n",
        "    if room.debt_seconds + (0 if is_netting else room.held_seconds) + amount_seconds > limit:\n",
        tests=f"{TRANSIT_TESTS}/test_netting.py",
    ),
    Mutant(
        "A8: an order there and back is held on both sides of one line", f"{ORDERS}/between_rules.py",
        '            return "not_allowed"  # there and back: one line has no circle\n', "            pass\n",
        tests=HOLES_TESTS,
    ),
    Mutant(
        "A8: a round trip that is over is paid once more", f"{ORDERS}/round_trip.py",
        'ours.order_hash == order_hash and ours.state == "held"', "ours.order_hash == order_hash",
        tests=f"{TRANSIT_TESTS}/test_netting.py",
    ),
    Mutant(
        "A9: half of an order that came back leaves the line open", f"{RECOVERY}/passing.py",
        "            row.closed = EDGE_MISSING\n            lines_records", "            lines_records",
        tests=HOLES_TESTS,
    ),
    Mutant(
        "A9: an order that came from nowhere leaves the line open", f"{RECOVERY}/passing.py",
        "                row.closed = EDGE_MISSING\n                return\n", "                return\n",
        tests=LYING_TESTS,
    ),
)  # fmt: skip

HOLES = (*ATTEMPTS, *FENCES, *COPIES)
