# SPDX-License-Identifier: AGPL-3.0-or-later
"""Under CI a browser test that leaves itself out has failed: what nobody ran shows nothing.

Nothing here leaves itself out today: without chromium no browser starts, without Pango no PDF comes, and both are
failures. This keeps it so, whatever a test or a library does some day.
"""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def unskipped(report: Report) -> Report:
    """The report, where CI is set with a failure instead of a skip. A failure that was expected is none either way."""
    if os.environ.get("CI") and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"left out, and CI wants every browser test: {reason}"
    return report
