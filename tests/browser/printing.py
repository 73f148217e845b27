# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page on paper, as chromium prints it."""

from __future__ import annotations

from playwright.sync_api import Error, Page

#: Chromium prints in a helper process of its own, which dies now and then on a small busy machine; the next try gets a
#: new one. A page that cannot be printed fails every time.
TRIES = 5
_PAGE_OBJECTS = (b"/Type /Page\n", b"/Type /Page ", b"/Type/Page/")


def print_to_pdf(page: Page) -> bytes:
    """A4, as the print styles want it. Raises Error: chromium cannot print it."""
    for _ in range(TRIES - 1):
        try:
            return page.pdf(format="A4")
        except Error as error:
            if "Printing failed" not in error.message:
                raise
            page.wait_for_timeout(1_000)
    return page.pdf(format="A4")


def count_sheets(pdf: bytes) -> int:
    """How many sheets of paper."""
    return sum(pdf.count(mark) for mark in _PAGE_OBJECTS)
