# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speed, always as a ratio measured in one run: `make bench`, `make bench-long`."""
