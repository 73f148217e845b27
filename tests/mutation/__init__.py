# SPDX-License-Identifier: AGPL-3.0-or-later
"""Does anybody notice when an operator, a comparison or a number of the settlement changes? `make mutation`."""
