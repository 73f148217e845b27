# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ring's own logs, as anybody reads them: checkpoints and tiles for all, entries for those who may."""
