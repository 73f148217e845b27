# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of what more than two rings do: rings between, circles, adverts; and of how a line ends."""

from __future__ import annotations

from tests.mutants.model import (
    AGREEMENT,
    NETTING,
    NODE,
    ORDERS,
    PROTOCOL,
    RESET,
    RESET_TESTS,
    ROUTES,
    STATEMENTS,
    TRANSIT_TESTS,
    Mutant,
)

FARTHER = (
    Mutant(
        "a ring between keeps its hold out when it is paid", f"{ORDERS}/between.py",
        "            sides.behind_row.held_out_seconds -= carried.amount_seconds\n", "", "passing",
    ),
    Mutant(
        "a ring between does not count its hold out", f"{ORDERS}/between.py",
        "        row.held_out_seconds += carried.amount_seconds\n", "", "passing",
    ),
    Mutant(
        "a ring between does not pass a payment's end on", f"{ORDERS}/answers.py",
        "        answer = encode_item(Fulfil(order_hash=carried.order_hash, decision=end.signed))\n"
        "    elif",
        "        return encode_item(Fulfil(order_hash=carried.order_hash, decision=end.signed))\n"
        "    elif", "passing",
    ),
    Mutant(
        "a ring between posts what was refused", f"{ORDERS}/between.py",
        "carried) if is_paid else None", "carried) if not is_paid else None", "passing",
    ),
    Mutant(
        "a ring between books a payment the wrong way round", f"{ORDERS}/between.py",
        "debit=before.peer.clearing_account, credit=line.peer.clearing_account,",
        "debit=line.peer.clearing_account, credit=before.peer.clearing_account,", "passing",
    ),
    Mutant(
        "a ring between keeps its hold in when it ends", f"{ORDERS}/between.py",
        "        self._free_in(sides.before_row, carried)\n", "", "passing",
    ),
    Mutant(
        "a ring between hands a paid decision on as a refusal", f"{ORDERS}/answers.py",
        "if end.is_paid and end.signed is not None:", "if end.is_paid and end.signed is None:", "passing",
    ),
    Mutant(
        "a ring between passes on again what it has passed on", f"{ORDERS}/between_records.py",
        "WHERE state = 'waiting' ORDER BY arrived_at", "WHERE state <> 'released' ORDER BY arrived_at", "passing",
    ),
    Mutant(
        "a ring between refuses what it has passed on when it is asked back", f"{ORDERS}/between.py",
        "        if Act.FREE_IN in found.acts:\n", "        if True:\n", "passing",
    ),
    Mutant(
        "a ring between passes on more than its line may carry", f"{ORDERS}/between_rules.py",
        "    if code or purpose in round_trip.PURPOSES:\n        return code\n",
        "    if purpose in round_trip.PURPOSES:\n        return code\n    code = None\n", "passing",
    ),
    Mutant(
        "a netting may raise a debt", f"{PROTOCOL}/settlement.py",
        "limit = 0 if is_netting else room.limit_seconds", "limit = room.limit_seconds", "circle",
    ),
    Mutant(
        "who owes whom is mixed up in the search for circles", f"{NETTING}/service.py",
        "                if owed > 0:\n", "                if owed < 0:\n", "circle",
    ),
    Mutant(
        "the end of a round trip is paid to somebody else", f"{ORDERS}/payee.py",
        "self._credit(tx, line, order, round_trip.netting_account(tx, now), now)",
        "self._credit(tx, line, order, "
        'tx.one("SELECT min(id) FROM account WHERE kind = ?", ("member",))[0], now)', "circle",
    ),
    Mutant(
        "netting looks as a payment does in the books of a ring between", f"{ORDERS}/round_trip.py",
        "return purpose if purpose in PURPOSES else usual", "return usual", "circle",
    ),
    Mutant(
        "an advert tells room to the second", f"{ROUTES}/adverts.py",
        "free_bucket=bucket(free),", "free_bucket=max(0, free),", "passing",
    ),
    Mutant(
        "an advert that changed is not said again", f"{ROUTES}/adverts.py",
        "CHANGED_SECONDS if is_changed else AGAIN_SECONDS", "AGAIN_SECONDS", "passing",
    ),
    Mutant(
        "adverts of others are not passed on", f"{ROUTES}/adverts.py",
        "for ring, seq in self._held.items())\n\n    def _lacks",
        "for ring, seq in self._held.items() if ring == self._identity.ring_id)\n\n    def _lacks", "passing",
    ),
    Mutant(
        "an older advert takes the place of a newer one", f"{ROUTES}/adverts.py",
        "if known is not None and advert.seq <= known.seq:", "if known is not None and advert.seq >= known.seq:",
        "passing",
    ),
    Mutant(
        "an ended line takes new debts", f"{AGREEMENT}/terms.py",
        'return 0 if row.state_out == "ended" or row.state_in == "ended" else row.limit_out_seconds',
        "return row.limit_out_seconds", "stopping",
    ),
    Mutant(
        "an ended line is opened again", f"{AGREEMENT}/terms.py",
        '        if row.state_in == "ended":\n            raise LocalError("line_ended", line.peer.address)\n'
        "        row.version_in += 1\n",
        "        row.version_in += 1\n", "stopping",
    ),
    Mutant(
        "a ring that stops tells nobody", f"{NODE}/federation/mail/farewells.py",
        "            self._mail.send(tx, line, _TOPIC, _ID, WindingDown())\n", "            pass\n", "stopping",
    ),
    Mutant(
        "a ring says that all is over while claims are left", f"{NODE}/federation/winding_down.py",
        "        if not view.is_over:\n", "        if False:\n", "stopping",
    ),
    Mutant(
        "a ring says that all is over while a new beginning is proposed", f"{NODE}/federation/winding_down.py",
        "    is_proposed = not is_closed and (proposals.ours, proposals.theirs) != (None, None)\n",
        "    is_proposed = False\n",
        tests="tests/federation/test_certificate_and_resets.py",
    ),
    Mutant(
        "a line is begun anew after its ring has said that all is over", f"{AGREEMENT}/stopping.py",
        "    return known is not None and known.certificate is not None\n", "    return False\n",
        tests="tests/federation/test_certificate_and_resets.py",
    ),
    Mutant(
        "a closed ring keeps a proposal that nobody can sign", f"{RESET}/service.py",
        "        if stopping.is_closed(tx):\n", "        if False:\n",
        tests="tests/federation/test_certificate_and_resets.py",
    ),
    Mutant(
        "the next card of a neighbour is passed over where another one shows it", f"{ORDERS}/strangers.py",
        "            if not is_told:\n                self._learn_of_neighbour(tx, line, shown)\n", "",
        tests="tests/federation/transit/test_new_cards.py",
    ),
    Mutant(
        "a new peer is shown no card but the newest", f"{AGREEMENT}/peering.py",
        "    return [msgspec.Raw(card) for card in before]\n", "    return []\n",
        tests="tests/federation/transit/test_new_cards.py",
    ),
    Mutant(
        "an unsigned order keeps the time of a clock that ran ahead", f"{ORDERS}/payer.py",
        "            orders.begin_now(tx, self._clock.now())\n", "", tests="tests/federation/line/test_clock.py",
    ),
    Mutant(
        "a line that is woken again and again sends no other probe", f"{NODE}/federation/sender.py",
        "        if self._probe_in_seconds is not None:\n            self", "        if False:\n            self",
        tests="tests/federation/orders/test_stuck_lines.py",
    ),
    Mutant(
        "an audit judges others by a frame that nobody has signed", f"{PROTOCOL}/audit/auditing/audit.py",
        "    if unsigned:\n", "    if False:\n", tests="tests/audit/test_framed.py",
    ),
    Mutant(
        "an audit counts what is owed though a log is missing", f"{PROTOCOL}/audit/ledger/book.py",
        "LineBook(self.owner, peer, is_cut=self.is_cut)", "LineBook(self.owner, peer)",
        tests="tests/audit/test_some_logs.py",
    ),
    Mutant(
        "a card that was replaced is forgotten with what was taken under it", f"{ORDERS}/strangers.py",
        "shown = [cards.read_card(row) for row in records.load_cards(tx, ring_id, 0)] +", "shown: list[Card] = [] +",
        tests="tests/federation/transit/test_new_cards.py",
    ),
    Mutant(
        "what stands beside the answer to a statement is in no later one", f"{STATEMENTS}/service.py",
        "        return is_longer or records.has_beside(tx, last)\n", "        return is_longer\n",
        tests="tests/federation/statements/test_statements.py",
    ),
    Mutant(
        "a statement passes over what was refused at once", f"{STATEMENTS}/cut.py",
        "or _refused_at_once(ended, cut, is_behind=order_hash in behind.asked)\n", "\n",
        tests="tests/federation/statements/test_statements_and_refusals.py",
    ),
    Mutant(
        "a new beginning of a line that is over is proposed", f"{RESET}/last_word.py",
        "    return OVER if _is_over(tx, line) else None\n", "    return None\n",
        tests="tests/federation/test_certificate_and_resets.py",
    ),
    Mutant(
        "a ring that stops gives up what both have signed as over", f"{RESET}/last_word.py",
        "    if stopping.load_stopping(tx) is not None and _is_over(tx, line):\n", "    if False:\n",
        tests="tests/web/test_closed_ring.py",
    ),
    Mutant(
        "a line is over before the other ring has signed so", f"{NODE}/federation/winding_down.py",
        "is_signed = is_given_up or last_word(tx, line) is not None", "is_signed = True", "stopping",
    ),
    Mutant(
        "the last statement of a line may leave a debt", f"{STATEMENTS}/service.py",
        "        is_final = is_last and figures.is_zero\n", "        is_final = is_last\n", "stopping",
    ),
    Mutant(
        "the end of a line is not signed", f"{STATEMENTS}/service.py",
        "        if not is_final and line not in tx.collected(_DUE):\n", "        if line not in tx.collected(_DUE):\n",
        "stopping",
    ),
    Mutant(
        "the end of a line is not said again where the line begins anew", f"{RESET}/installing.py",
        "        said = LineItem(",
        '        if row.state_in == "ended":\n            records.save_line(tx, row)\n            return\n'
        "        said = LineItem(", tests="tests/federation/test_ends_told_again.py",
    ),
    Mutant(
        "two rings that wait for each other are given up one by one", f"{RESET}/last_orders.py",
        "carried.state == State.HELD.value and carried.peer_out not in gone:", "carried.state == State.HELD.value:",
        tests=f"{RESET_TESTS}/test_two_dead_rings.py",
    ),
    Mutant(
        "what was shown to be paid is told to a ring that is gone too", f"{RESET}/last_orders.py",
        "], carried.peer_in not in gone", "], True",
        tests=f"{RESET_TESTS}/test_two_dead_rings.py",
    ),
    Mutant(
        "two operators give a line up at once", f"{RESET}/giving_up.py",
        "            _verify_stands(tx, line)\n", "            pass\n", tests=f"{RESET_TESTS}/test_given_up_once.py",
    ),
    Mutant(
        "what others have just paid is not counted where a line ends", f"{RESET}/giving_up.py",
        "self._give_up_all(tx, lines), is_alone=True)", "self._give_up_all(tx, lines))",
        tests=f"{RESET_TESTS}/test_given_up_once.py",
    ),
    Mutant(
        "what was written off and is paid all the same is owed by nobody", f"{ORDERS}/between.py",
        "if end.is_paid and own_cost.may_be_borne(carried):", "if False:",
        tests=f"{RESET_TESTS}/test_given_up_once.py",
    ),
    Mutant(
        "what counts as paid without a frame is not counted where a line ends", f"{RESET}/giving_up.py",
        "records.take_waiting(tx, line.peer.id)) + untold_seconds", "records.take_waiting(tx, line.peer.id))",
        tests=f"{RESET_TESTS}/test_two_dead_rings.py",
    ),
    Mutant(
        "a decision that was never sealed is not counted where a line ends", f"{RESET}/giving_up.py",
        "unsealed_seconds(records.take_waiting(tx, line.peer.id)) + untold_seconds",
        "len(records.take_waiting(tx, line.peer.id)) * 0 + untold_seconds", tests=f"{RESET_TESTS}/test_dead_ring.py",
    ),
    Mutant(
        "a line counts that one end names", f"{ROUTES}/atlas.py",
        "{peer: _road(edges[peer]) for peer in named}", "{peer: _road(edges[peer]) for peer in edges}",
        tests=f"{TRANSIT_TESTS}/test_adverts.py",
    ),
    Mutant(
        "an advert that has expired is taken", f"{ROUTES}/adverts.py",
        "not now < advert.expires_at <= latest", "advert.expires_at > latest",
        tests=f"{TRANSIT_TESTS}/test_adverts.py",
    ),
    Mutant(
        "ways lead on over an advert that has expired", f"{ROUTES}/atlas.py",
        "if until <= now]:", "if until < 0]:", tests=f"{TRANSIT_TESTS}/test_adverts.py",
    ),
)  # fmt: skip
