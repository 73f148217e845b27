# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mutant whose text is gone tests nothing: whoever moves a rule moves its mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.model import Mutant
from tests.mutants.table import MUTANTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_its_text_stands_once(mutant: Mutant) -> None:
    for file, old, new in mutant.places():
        assert (ROOT / file).read_text(encoding="utf-8").count(old) == 1
        assert old != new
    assert not mutant.tests or (ROOT / mutant.tests).exists()


def test_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
