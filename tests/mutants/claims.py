# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of claims that change hands (SPEC.md 7.16), and of who answers for what became of one."""

from __future__ import annotations

from tests.mutants.model import ASSIGNING_TESTS, NODE, ORDERS, PROTOCOL, TRANSIT_TESTS, Mutant

CLAIMS = (
    Mutant(
        "a claim changes hands though nobody agreed", f"{ORDERS}/between_rules.py",
        "and not assignments.is_agreed(tx, carried)", "and False", "assigning",
    ),
    Mutant(
        "who is owed a claim is not asked", f"{ORDERS}/between_rules.py",
        "and not assignments.is_agreed(tx, carried)",
        "and carried.place == 1 and not assignments.is_agreed(tx, carried)", "assigning",
    ),
    Mutant(
        "who takes a claim over is not asked", f"{ORDERS}/between_rules.py",
        "and not assignments.is_agreed(tx, carried)",
        "and carried.place == 2 and not assignments.is_agreed(tx, carried)", "assigning",
    ),
    Mutant(
        "one agreement is good for ever", f"{ORDERS}/assignment_records.py",
        'AND amount_seconds >= ? AND {_IS_FREE}"\n    return', 'AND amount_seconds >= ?"\n    return', "assigning",
    ),
    Mutant(
        "an order does not use an agreement up", f"{ORDERS}/between.py",
        "            assignments.use(tx, carried)\n", "            pass\n", "assigning",
    ),
    Mutant(
        "an agreement is good for any amount", f"{ORDERS}/assignment_records.py",
        "AND amount_seconds >= ? AND {_IS_FREE}", "AND ? > 0 AND {_IS_FREE}", tests=ASSIGNING_TESTS,
    ),
    Mutant(
        "a word counts for another amount than was read", f"{NODE}/federation/assigning.py",
        "(view.leaver, view.other, view.amount_seconds) == wanted]", "(view.leaver, view.other) == wanted[:2]]",
        tests=ASSIGNING_TESTS,
    ),
    Mutant(
        "a refused order has used the agreement up", f"{ORDERS}/assignment_records.py",
        "    \" AND b.state <> 'released')\"\n", '    ")"\n', tests=ASSIGNING_TESTS,
    ),
    Mutant(
        "who has declined is asked again and again", f"{ORDERS}/assignment_records.py",
        "CASE state WHEN 'declined' THEN 'declined' ELSE 'asked' END", "'asked'", tests=ASSIGNING_TESTS,
    ),
    Mutant(
        "more of a claim is offered than stands open", f"{NODE}/federation/assigning.py",
        "0 < amount_seconds <= taker.amount_seconds:", "0 < amount_seconds:", "handing over",
    ),
    Mutant(
        "a claim that has turned is handed over all the same", f"{NODE}/federation/assigning.py",
        "if taker is not None and claim.we_owe_seconds < 0:", "if False:", tests=ASSIGNING_TESTS,
    ),
    Mutant(
        "a claim that changes hands is booked a second short between", f"{ORDERS}/between.py",
        "amount_seconds=carried.amount_seconds, kind=kind,",
        'amount_seconds=carried.amount_seconds - (kind == "assignment"), kind=kind,', "assigning",
    ),
    Mutant(
        "who is owed a claim does not book it", f"{ORDERS}/between.py",
        "self._post(tx, sides.before, sides.behind, carried) if is_paid else None",
        "self._post(tx, sides.before, sides.behind, carried) if is_paid and carried.place == 1 else None", "assigning",
    ),
    Mutant(
        "by an assignment all three may come to owe more", f"{PROTOCOL}/settlement.py",
        '"transfer" if edge == 1 else "netting"', '"transfer"', tests="tests/protocol/test_settlement.py",
    ),
    Mutant(
        "*paid* of a ring between counts in a replay", f"{NODE}/federation/replaying.py",
        " or (is_paid and asked.last != (decision.inbound, decision.by)):", ":",
        tests=f"{TRANSIT_TESTS}/test_bad_offers.py",
    ),
    Mutant(
        "a ring's older log hides what it claimed", f"{PROTOCOL}/audit/auditing/closing.py",
        "        if frame.leaf in self._world.unfounded:\n", "        if False:\n", tests="tests/audit/test_alone.py",
    ),
    Mutant(
        "who writes a round trip off for a ring that is gone is accused", f"{PROTOCOL}/audit/ledger/items.py",
        ' or cause == "write_off":', ":", tests="tests/audit/test_paths.py",
    ),
)  # fmt: skip
