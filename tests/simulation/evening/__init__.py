# SPDX-License-Identifier: AGPL-3.0-or-later
"""What operators do in the evening of some days, when people have gone home: messages arrive, nodes still die."""
