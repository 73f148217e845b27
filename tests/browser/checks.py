# SPDX-License-Identifier: AGPL-3.0-or-later
"""What everybody needs of a page: axe finds nothing, targets can be hit, nothing is cut off, the focus is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page

from tests.processes.towns import until
from tests.translations.texts import FORBIDDEN

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
#: WCAG 2.5.5: what a finger hits. Links inside a sentence may be smaller (2.5.8).
TARGET_PIXELS = 44
#: A block with fewer letters than these around its links is no sentence.
SENTENCE_LETTERS = 25
_SMALL = f"""() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea')]
  .filter(each => each.checkVisibility() && !each.closest('.skip') && !each.matches('[type=checkbox], [type=radio]'))
  .filter(each => {{
    if (each.tagName !== 'A') return true;
    let block = each.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    const around = block.cloneNode(true);
    around.querySelectorAll('a, svg').forEach(link => link.remove());
    return around.textContent.replace(/\\s+/g, '').length < {SENTENCE_LETTERS};
  }})
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


#: What a reader may fold out is looked at like everything else.
_OPEN = """() => document.querySelectorAll('details:not([open])')
  .forEach(each => { each.open = true; each.dataset.shut = '' })"""
_SHUT = """() => document.querySelectorAll('[data-shut]')
  .forEach(each => { each.open = false; delete each.dataset.shut })"""
#: WCAG 1.4.4 and 1.4.10 at once, by "sehr groß" and by letters 1.75 times the normal ones (112.5 %).
LETTERS = ("112.5%", "168.75%", "196.875%")
_LETTERS = "size => document.documentElement.style.setProperty('font-size', size)"


#: All that a page says by itself: not what people wrote or ring and device are called, nor the names of languages.
_TEXTS = """() => {
  const texts = [document.title], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode())
    if (!walk.currentNode.parentElement.closest('bdi, textarea, .typed, [lang=de]')) texts.push(walk.currentNode.data);
  for (const each of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) texts.push(each.getAttribute(name) || '');
  return texts.map(text => text.trim()).filter(Boolean);
}"""
#: What a ring calls whoever it has forgotten; kept as a name, in the language of the ring.
FORGOTTEN = "Ehemaliges Mitglied"
#: Words that no English sentence has, and letters that no English word has; a town may be called Osnabrück.
GERMAN = re.compile(
    r"\b(?-i:[a-zäöü]*[äöüß])"
    r"|\b(?:und|oder|aber|der|das|dem|ein|eine[nmrs]?|ist|sind|nicht|noch|nur|auch|wenn|kein\w*|mit|von|vom|zum|zur"
    r"|bei|wird|werden|sie|ihre?\w*|konto|zahlung\w*|rechnung\w*|stunden?|mitglied\w*|betrieb)\b",
    re.IGNORECASE,
)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, and where."""
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


def check(page: Page) -> None:
    """axe and focus at the width of a desk, targets on a phone; nothing cut off at 320 pixels, in large letters too.

    All of it with everything folded out; the page is left as it was.
    """
    page.evaluate(_OPEN)
    _check_layout(page)
    page.evaluate(_SHUT)


def check_words(page: Page) -> None:
    """No word of the machine room, and no German to whoever reads English; leaves the page in English."""
    assert [] == [text for text in page.evaluate(_TEXTS) if FORBIDDEN.search(text)]
    with english(page):
        texts = [text.replace(FORGOTTEN, "") for text in page.evaluate(_TEXTS)]
        assert [] == [text for text in texts if FORBIDDEN.search(text) or GERMAN.search(text)]


def _check_layout(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    assert [] == violations(page)
    page.locator("body").press("Tab")
    assert [] == page.evaluate(_UNSEEN)
    page.set_viewport_size({"width": 390, "height": 844})
    assert [] == page.evaluate(_SMALL)
    page.set_viewport_size({"width": 320, "height": 800})
    for size in LETTERS:
        page.evaluate(_LETTERS, size)
        assert [] == page.evaluate(_WIDER), size
    page.evaluate(_LETTERS, "")


def reload(page: Page) -> None:
    """Once the browser has done with what came before."""
    until(lambda: _is_reloaded(page), "the page, again")


def _is_reloaded(page: Page) -> bool:
    """Not at once: while the browser changes one page for another it shows the new one, and does nothing with it."""
    try:
        page.reload()
    except Error as refused:
        if "Not attached to an active page" not in refused.message:
            raise
        return False
    return True


@contextmanager
def english(page: Page) -> Iterator[None]:
    """The same page in English; what a form led to is asked for again, as a browser does when it reloads."""
    page.context.add_cookies([{"name": "sprache", "value": "en", "url": page.url}])
    reload(page)
    try:
        assert "en" == page.locator("html").get_attribute("lang")
        yield
    finally:
        page.context.clear_cookies(name="sprache")
