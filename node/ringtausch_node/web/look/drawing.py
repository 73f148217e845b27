# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drawings that stand inside a page."""

from __future__ import annotations

import segno

#: Pixels of a dot on a screen, and dots of white around them, as the standard asks for.
_SCALE, _BORDER = 5, 4


def qr_code(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG without style or script; black on white, whatever the page's colours.

    It has a size and a view box: a narrower place makes it smaller and cuts nothing off.
    The text is in the pattern, not in the markup, so a template may take it as it is.
    """
    code = segno.make(text, error="m", micro=False)
    pixels, _ = code.symbol_size(scale=_SCALE, border=_BORDER)
    drawn = code.svg_inline(scale=_SCALE, border=_BORDER, light="#fff", omitsize=True)
    return drawn.replace("<svg ", f'<svg width="{pixels}" height="{pixels}" ', 1)
