# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a log may say of an error that nobody foresaw: its kind, and places in our code. Its words may quote anybody."""

from __future__ import annotations

import traceback


def places_of(error: BaseException) -> str:
    """`KeyError at routing.py:87 __call__ < ...`: the kind of an error, and where it passed, the innermost first."""
    calls = reversed(traceback.extract_tb(error.__traceback__))
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in calls)
    return f"{type(error).__name__} at {places}"
