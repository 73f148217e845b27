# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# Two shared cores: an example that takes long says nothing about the code. Failures print the blob that repeats them.
settings.register_profile("ringtausch", deadline=None, print_blob=True)
settings.load_profile("ringtausch")
