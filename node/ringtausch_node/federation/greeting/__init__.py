# SPDX-License-Identifier: AGPL-3.0-or-later
"""How two rings come into step: the two rounds of the hello, the cards they tell, the tokens they give."""
