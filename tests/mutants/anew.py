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
        tests=f"{RESET_TESTS}/test_copy_with_passing_orders.py",
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
        "    if decider is not None:\n", "    if False and decider is not None:\n",
        tests=f"{RESET_TESTS}/test_passing_and_losses.py",
    ),
    Mutant(
        "an end that went ahead of its order in a new epoch is said twice", f"{ORDERS}/answers.py",
        "    if between.is_answered(tx, line.peer.id, line.names.epoch, order_hash):\n        return\n", "",
        tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "an audit counts an order again that comes behind its end", f"{AUDIT}/ledger/items.py",
        " and not line.was_told_ahead(order_hash)", "", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
    ),
    Mutant(
        "a statement counts what came in an epoch before", f"{ORDERS}/between_records.py",
        "SET in_seq = 0 WHERE peer_in = ? AND (in_seq IS NULL OR state IN ('waiting', 'held'))",
        "SET in_seq = 0 WHERE peer_in = ? AND in_seq IS NULL", tests=f"{RESET_TESTS}/test_passing_goes_on.py",
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
        "what went on and was shown to be paid counts as seen by nobody", f"{ORDERS}/between_records.py",
        "SET out_seq = 0 WHERE peer_out = ?", "SET out_seq = NULL WHERE peer_out = ?",
        tests=f"{RESET_TESTS}/test_passing_and_losses.py",
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
