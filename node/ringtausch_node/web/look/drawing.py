# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drawings that stand inside a page."""

from __future__ import annotations

import segno


def qr_code(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG without style or script; black on white, whatever the page's colours.

    The text is in the pattern, not in the markup, so a template may take it as it is.
    """
    return segno.make(text, error="m", micro=False).svg_inline(scale=5, border=4, light="#fff")
