# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of lines that begin anew while others' orders pass, and of what rings behind the next one have signed."""

from __future__ import annotations

from tests.mutants.model import ORDERS, RECOVERY, RESET, RESET_TESTS, TRANSIT_TESTS, Mutant

ANEW = (
    Mutant(
        "what passed and was paid behind is not counted where a line begins anew", f"{RESET}/reading.py",
        'passed.peer_in == line.peer.id and passed.state == "posted"', "False",
        tests=f"{RESET_TESTS}/test_reset_of_what_passed.py",
    ),
    Mutant(
        "what passes in an old copy is not counted where a line begins anew", f"{RESET}/installing.py",
        "        self._keep_passing(tx, row)\n", "", tests=f"{RESET_TESTS}/test_copy_with_passing_orders.py",
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
