# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mutants of an auditor who is given too little: older copies, silent sources, keys of logs that are missing."""

from __future__ import annotations

from tests.mutants.model import AUDIT, Mutant

AUDITS = (
    Mutant(
        "a head of a newer log closes the one in which its ring goes on", f"{AUDIT}/auditing/closing.py",
        " or chain.log >= later.head.log", " or True", tests="tests/audit/test_who_answers.py",
    ),
    Mutant(
        "an audit holds heads of a log that is closed against its ring", f"{AUDIT}/auditing/closing.py",
        "if told.is_own and any(_closes(each, told, book) for each in later):", "if False:",
        tests="tests/audit/test_who_answers.py",
    ),
    Mutant(
        "an older copy is believed to have been checked", f"{AUDIT}/auditing/opening.py",
        "        return opened._replace(verified=known.size)\n    return opened\n",
        "        pass\n    return opened._replace(verified=known.size)\n", tests="tests/audit/test_older_copies.py",
    ),
    Mutant(
        "an older copy makes an audit forget the longer one", f"{AUDIT}/program/state.py",
        '("log_incomplete", "log_shrunk")', '("log_incomplete",)', tests="tests/audit/test_older_copies.py",
    ),
    Mutant(
        "a log that is not shown again is taken to say nothing", f"{AUDIT}/evidence/tree.py",
        "        if broken.is_unseen:\n            raise\n", "        del broken\n", tests="tests/audit/test_silent.py",
    ),
    Mutant(
        "a source that falls silent ends the audit", f"{AUDIT}/auditing/audit.py",
        "            asked = asked.without(broken)\n", "            raise broken\n", tests="tests/audit/test_silent.py",
    ),
    Mutant(
        "who hands an order on answers for a key that nobody knows", f"{AUDIT}/ledger/handed.py",
        'return Shown(header.head, "")', "return Shown(header.head, said.header.from_)",
        tests="tests/audit/test_nobodys_order.py",
    ),
    Mutant(
        "a payer answers for a key that nobody knows", f"{AUDIT}/ledger/handed.py",
        'return Shown(header.head, "")', "return Shown(header.head, header.from_)",
        tests="tests/audit/test_nobodys_order.py",
    ),
    Mutant(
        "an older copy has another balance than what began anew behind it", f"{AUDIT}/auditing/closing.py",
        "        if not behind:\n", "        if True:\n", tests="tests/audit/test_older_copies.py",
    ),
    Mutant(
        "what a later log tells again dates a new beginning", f"{AUDIT}/ledger/book.py",
        "while self._begun and header.head.log == self._number:", "while self._begun:",
        tests="tests/audit/test_older_copies.py",
    ),
)  # fmt: skip
