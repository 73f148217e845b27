# SPDX-License-Identifier: AGPL-3.0-or-later
"""What everybody needs of a page: axe finds nothing, targets can be hit, nothing is cut off, the focus is seen."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
#: WCAG 2.5.5: what a finger hits. Links inside a sentence may be smaller (2.5.8).
TARGET_PIXELS = 44
_SMALL = f"""() => [...document.querySelectorAll('button, .button, nav a, .foot a, input:not([type=hidden]), select')]
  .filter(each => each.checkVisibility() && !each.closest('.skip') && !each.matches('[type=checkbox], [type=radio]'))
  .map(each => [each.getBoundingClientRect(), each.textContent || each.name])
  .filter(([box]) => box.width > 0 && (box.height < {TARGET_PIXELS - 0.5} || box.width < {TARGET_PIXELS - 0.5}))
  .map(([box, name]) => `${{name}}: ${{box.width}} x ${{box.height}}`)"""
_WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !each.closest('.skip, svg') && each.checkVisibility())
  .map(each => each.tagName + '.' + each.className)"""
#: WCAG 2.4.3, 2.4.7 and 2.4.11, behind a real press of the tab key, after which a browser shows where it is: every stop
#: has the outline of the stylesheet, lies under nothing else, and comes in the order of the page.
_UNSEEN = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(each => each.checkVisibility() && each.type !== 'hidden' && !each.disabled)
  .flatMap(each => {
    each.focus();
    const name = each.tagName + ' ' + (each.textContent || each.name || '').trim().slice(0, 40);
    if (document.activeElement !== each) return ['takes no focus: ' + name];
    const style = getComputedStyle(each), box = each.getClientRects()[0];
    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return [
      style.outlineStyle === 'none' || style.outlineWidth !== '3px' ? 'not seen: ' + name : '',
      there && (each.contains(there) || there.contains(each)) ? '' : 'covered: ' + name,
      each.tabIndex > 0 ? 'out of order: ' + name : '',
    ].filter(Boolean);
  })"""


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, and where."""
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def check(page: Page) -> None:
    """axe and focus at the width of a desk, targets on a phone; nothing cut off at 320 pixels, in large letters too."""
    page.set_viewport_size({"width": 1280, "height": 900})
    assert [] == violations(page)
    page.locator("body").press("Tab")
    assert [] == page.evaluate(_UNSEEN)
    page.set_viewport_size({"width": 390, "height": 844})
    assert [] == page.evaluate(_SMALL)
    page.set_viewport_size({"width": 320, "height": 800})
    for size in ("normal", "riesig"):
        page.evaluate("size => { document.documentElement.dataset.text = size }", size)
        assert [] == page.evaluate(_WIDER), size
