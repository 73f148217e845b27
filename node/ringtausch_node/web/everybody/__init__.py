# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages that ask nobody who he is: the first one, coming in, joining."""
