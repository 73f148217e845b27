# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speed, always as a ratio measured in one run (PERFORMANCE.md): `make bench`, `make bench-long`."""
