# SPDX-License-Identifier: AGPL-3.0-or-later
"""The copy in which settlement and channel are changed has all that their tests need: else nothing is asked at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.mutation.__main__ import PYTEST, QUICK, THOROUGH, lay_out


def test_the_tests_of_the_settlement_are_found_in_a_copy_of_their_own(tmp_path: Path) -> None:
    lay_out(tmp_path)
    command = [*PYTEST.split(), "--collect-only", *QUICK.split(), *THOROUGH.split()]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert 0 == found.returncode, found.stdout[-2000:]
