# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of lines that begin anew while others' orders pass, and of what rings behind the next one have signed."""

from __future__ import annotations

from tests.mutants.model import AUDIT, ORDERS, RECOVERY, RESET, RESET_TESTS, TRANSIT_TESTS, Mutant

ANEW = (
    Mutant(
        "what passed and was paid behind is not counted where a line begins anew", f"{RESET}/reading.py",
        'passed.peer_in == line.peer.id and passed.state == "posted"', "False",
        tests=f"{RESET_TESTS}/test_reset_of_what_passed.py",
    ),
    Mutant(
        "what passes in an old copy is not counted where a line begins anew", f"{RESET}/passing.py",
        "row.held_in_count += len(came)", "row.held_in_count += 0",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what was passed on is not sent again where a line begins anew", f"{RESET}/passing.py",
        "if carried.order_hash in named]", "if False]", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "a new beginning that leaves out what was passed on is signed", f"{RESET}/service.py",
        "names_all(tx, line.peer.id, theirs) and ", "", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "a new beginning that leaves out what came and was passed on is signed", f"{RESET}/passing.py",
        "passing = [*between.load_held_towards(tx, peer), *between.load_open_from(tx, peer)]",
        "passing = between.load_held_towards(tx, peer)", tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "what came and was passed on is not named by who has it", f"{RESET}/drafting.py",
        "found = [*our_holds(tx, line.peer.id), *their_holds(tx, line.peer.id)]",
        "found = our_holds(tx, line.peer.id)", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "what was passed on is sent again without the cards that prove it", f"{RESET}/passing.py",
        "return [*cards, encode_item", "return [encode_item", tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "an answer comes in a new epoch without the cards that prove it", f"{ORDERS}/answers.py",
        "epoch, decider) if decider else ()), answer]", "epoch, decider) if False else ()), answer]",
        tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "an end that went ahead of its order in a new epoch is said twice", f"{ORDERS}/answers.py",
        "    if between.is_answered(tx, line.peer.id, line.names.epoch, order_hash):\n        return\n", "",
        tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "an audit counts an order again that comes behind its end", f"{AUDIT}/ledger/items.py",
        "if line.was_told_ahead(order_hash):", "if False:", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "a statement counts what came in an epoch before", f"{ORDERS}/between_records.py",
        "SET in_seq = ? WHERE peer_in = ? AND (in_seq IS NULL OR state IN ('waiting', 'held'))",
        "SET in_seq = ? WHERE peer_in = ? AND in_seq IS NULL", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
        also=((
            f"{ORDERS}/between_records.py", "SET in_seq = 0 WHERE peer_in = ? AND order_hash = ?",
            "SET in_seq = in_seq WHERE peer_in = ? AND order_hash = ?",
        ),),
    ),
    Mutant(
        "what goes on keeps its box beside a frame of the epoch that is over", f"{RESET}/passing.py",
        "    _forget_old_boxes(tx, line, named)\n", "", tests=f"{RESET_TESTS}/test_erase_over_a_reset.py",
    ),
    Mutant(
        "an edge on which both have agreed stays missing", f"{ORDERS}/between_records.py",
        "WHERE peer_in = ? AND (in_seq IS NULL OR state IN ('waiting', 'held'))",
        "WHERE peer_in = ? AND state IN ('waiting', 'held')", tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "what goes on in a new epoch counts as if it had been over before", f"{ORDERS}/between_records.py",
        "SET out_seq = 0 WHERE peer_out = ?", "SET out_seq = -1 WHERE peer_out = ?",
        tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "what passed is counted twice where a line began anew since", f"{ORDERS}/between.py",
        "        self.edges.take_back(tx, carried, before, line)\n", "",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what passed since a line began anew is never counted where the line before told of it", f"{ORDERS}/edges.py",
        "if carried.out_seq == BEFORE and carried.state", "if False and carried.state",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what passed since a line began anew is never counted where the line behind told of it", f"{ORDERS}/edges.py",
        "if carried.in_seq == BEFORE and carried.state", "if False and carried.state",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what passed before a line began anew is taken for its new epoch's", f"{RESET}/installing.py",
        "        recovery.note_begun_anew(tx, row.peer)\n", "",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what the ring before alone has shown to be paid is looked for in the frames of the ring behind",
        f"{RECOVERY}/passing.py", "            records.see_end(tx, order_hash, is_seen=False)\n", "",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "an end that came after it had been counted is taken for unseen where a line begins anew", f"{ORDERS}/edges.py",
        "            records.see_end(tx, carried.order_hash, is_seen=True)\n", "            pass\n",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what was over before is counted as unseen where a line begins anew", f"{RESET}/records.py",
        " AND coalesce(out_seq, 0) <> {between.BEFORE}", "", tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what began anew in a recovery that is not over is forgotten by the next one", f"{RECOVERY}/records.py",
        "    _go_on(tx, found.id)\n", "", tests=f"{RESET_TESTS}/test_copy_and_more_losses.py",
    ),
    Mutant(
        "an answer that the ring before never had is not told when its order comes back", f"{RECOVERY}/passing.py",
        "if known.in_seq == records.BEFORE and known.answer is not None:", "if False:",
        tests=f"{RESET_TESTS}/test_copy_and_more_losses.py",
    ),
    Mutant(
        "a payment that went on by name is held once more when its frame comes back", f"{RECOVERY}/attempts.py",
        "    if known.state in orders.UNDECIDED and known.order_hash == order_hash:\n", "    if False:\n",
        tests=f"{RESET_TESTS}/test_copy_and_what_went_on.py",
    ),
    Mutant(
        "what is over on both lines of a ring between stays held", f"{RESET}/passing.py",
        "    _let_go(tx, row, at)\n", "", tests=f"{RESET_TESTS}/test_copy_and_what_went_on.py",
    ),
    Mutant(
        "of two new beginnings that a copy is shown the second counts as given up", f"{RESET}/waiving.py",
        "return is_known and is_whole", "return is_whole", tests=f"{RESET_TESTS}/test_waiving.py",
    ),
    Mutant(
        "what was refused before a copy was put back goes another way", f"{ORDERS}/tries.py",
        " or records.was_put_back(tx, order.created_at)", "", tests=f"{TRANSIT_TESTS}/test_attempts.py",
    ),
    Mutant(
        "what is over on a line that is given up counts there as paid", f"{RESET}/giving_up.py",
        " if each.out_seq != BEFORE", "", tests=f"{RESET_TESTS}/test_copy_and_more_losses.py",
    ),
    Mutant(
        "a waiver is told to a ring for which the order is over", f"{ORDERS}/gone.py",
        "if is_told and carried.in_seq != records.BEFORE:", "if is_told:",
        tests=f"{RESET_TESTS}/test_copy_and_more_losses.py",
    ),
    Mutant(
        "what went ahead of its order is said again after a loss", f"{ORDERS}/answers.py",
        "carried.in_seq != BEFORE and not is_told", "carried.in_seq != BEFORE",
        tests=f"{RESET_TESTS}/test_copy_and_more_losses.py",
    ),
    Mutant(
        "the difference that frames explain still waits for the office", f"{ORDERS}/edges.py",
        "SET difference_seconds = difference_seconds + ?,", "SET difference_seconds = difference_seconds + 0 * ?,",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "an end of a round trip that was over with an epoch before waits for the office", f"{ORDERS}/lone_ends.py",
        "    if other is not None:\n", "    if False:\n", tests=f"{RESET_TESTS}/test_copy_and_round_trips.py",
    ),
    Mutant(
        "an end of a round trip is explained again by each recovery", f"{ORDERS}/lone_ends.py",
        "t.payment_id = trip.payment_id AND", "t.payment_id IS NULL AND",
        tests=f"{RESET_TESTS}/test_copy_and_round_trips.py",
    ),
    Mutant(
        "an end is told to the ring before though it was over there", f"{ORDERS}/answers.py",
        "    if carried.in_seq != BEFORE and not is_told:\n", "    if not is_told:\n",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what waits and is over for the ring that brought it is passed on", f"{ORDERS}/between.py",
        "elif carried.in_seq == records.BEFORE:", "elif False:",
        tests=f"{RESET_TESTS}/test_copy_of_an_epoch_before.py",
    ),
    Mutant(
        "what was asked to be forgotten is not asked again where a line begins anew", f"{RESET}/installing.py",
        "        messages += kept.load_erases(tx, line.peer.id, line.names.epoch, counted)\n", "",
        tests=f"{RESET_TESTS}/test_erase_over_a_reset.py",
    ),
    Mutant(
        "a ring between hands on whatever a release brought", f"{ORDERS}/ends.py",
        "signed=_refused(tx, strangers, release, order)", "signed=release.decision",
        tests=f"{TRANSIT_TESTS}/test_releases.py",
    ),
    Mutant(
        "an end under another card of the same number does not count", f"{ORDERS}/ends.py",
        "        keys |= strangers.second_keys(tx, order.path[-1])\n", "        pass\n",
        tests=f"{TRANSIT_TESTS}/test_two_cards.py",
    ),
    Mutant(
        "an order there and back is kept when a ring recovers", f"{RECOVERY}/passing.py",
        "if behind is not None and behind is not line:", "if behind is not None:",
        tests="tests/federation/recovery/test_there_and_back.py",
    ),
)  # fmt: skip
