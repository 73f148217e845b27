# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes down a line: how frames are made, taken and handed to whom their items concern."""
