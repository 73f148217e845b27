# SPDX-License-Identifier: AGPL-3.0-or-later
"""An old copy of a ring is healed by its peers; the one that was replaced stops."""
