# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML file: what was found in a paragraph, then the figures, then the method. No script, no links.

Whatever comes out of a log or a source is escaped; nothing in it can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.codes import CODES, Level
from ringtausch_protocol.audit.findings.model import Finding
from ringtausch_protocol.audit.findings.words import WORDS
from ringtausch_protocol.audit.report import tables, words
from ringtausch_protocol.audit.report.figures import counted, day, hours
from ringtausch_protocol.audit.report.picture import net_positions, picture
from ringtausch_protocol.audit.report.style import STYLE
from ringtausch_protocol.audit.report.words import say
from ringtausch_protocol.verifier.words import Language, Words


def to_html(result: Result, language: Language) -> bytes:
    """The whole page."""
    page = Page(result, language)
    title = escape(say(words.TITLE, language))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"{''.join(page.parts())}</main>\n</body>\n</html>\n"
    ).encode()


class Page:
    """The parts of the page, in their order."""

    def __init__(self, result: Result, language: Language) -> None:
        self._result, self._language = result, language
        self._by_level = {level: [each for each in result.findings if each.level == level] for level in Level}

    def parts(self) -> Iterable[str]:
        """Each part as HTML; the most important first."""
        yield self._verdict()
        yield self._listed("findings", Level.FINDING)
        yield self._listed("hints", Level.HINT)
        yield self._owing()
        yield self._section("lines", tables.lines(self._result, self._language))
        netted = tables.netted(self._result, self._language)
        yield self._section("netted", netted) if netted else ""
        yield self._section("orders", tables.orders(self._result, self._language))
        yield self._listed("notes", Level.NOTE)
        yield self._section("rings", tables.rings(self._result, self._language))
        method = [*map(self._text, words.METHOD), self._cosigned(), *self._roster()]
        yield self._section("method", "".join(f"<p>{each}</p>\n" for each in method))
        unprovable = "".join(f"<li>{self._text(each)}</li>\n" for each in words.UNPROVABLE)
        yield self._section("limits", f"<ul>\n{unprovable}</ul>\n")
        prints = tables.fingerprints(self._result, self._language)
        yield self._section("prints", f"<p>{self._text(words.PRINTS)}</p>\n{prints}")
        yield self._section("signing", f"<p>{self._text(words.SIGNING)}</p>\n")

    def _cosigned(self) -> str:
        """How many heads others stand for, too."""
        logs = [log for ring in self._result.rings for log in ring.logs]
        count = sum(log.is_cosigned for log in logs)
        return escape(say(words.COSIGNED, self._language, count=count, all=len(logs)))

    def _roster(self) -> list[str]:
        """By which roster it was told who is missing."""
        roster = self._result.roster
        if roster is None:
            return []
        return [
            escape(
                say(
                    words.ROSTER, self._language, net=roster.head.net, number=roster.head.number,
                    count=len(roster.rings), hash=roster.hash, keys=", ".join(roster.head.keys),
                )
            )
        ]  # fmt: skip

    def _text(self, text: Words) -> str:
        return escape(say(text, self._language))

    def _section(self, name: str, inside: str) -> str:
        return f'<section class="{name}">\n<h2>{self._text(words.HEADINGS[name])}</h2>\n{inside}</section>\n'

    # -- the first paragraph -----------------------------------------------------------------------------------------

    def _verdict(self) -> str:
        level = self._result.level
        sentences = [self._say("scope", **self._scope())]
        if self._result.signatures_before:
            sentences.append(self._say("before", signatures=self._count("signatures", self._result.signatures_before)))
        sentences += self._counted("finding", Level.FINDING)
        sentences += self._counted("hint", Level.HINT)
        if level == Level.NOTE:
            is_even = not sum(net_positions(self._result).values())
            sentences.append(self._say("none" if is_even else "none_uneven"))
        if self._result.missing:
            sentences.append(self._say("missing", names=self._missing()))
        if self._result.earlier:
            sentences.append(self._earlier())
        verdict = self._text(words.VERDICTS[level])
        return f'<p class="verdict level{int(level)}"><strong>{verdict}</strong> {" ".join(sentences)}</p>\n'

    def _missing(self) -> str:
        """Who was not there, by name; of many the first."""
        names = [self._result.address_of(ring) for ring in self._result.missing[: tables.ROWS_MAX]]
        more = len(self._result.missing) - len(names)
        return ", ".join(names) + (f" (+ {more})" if more else "")

    def _earlier(self) -> str:
        """What is left out, and how many of it are hints."""
        result = self._result
        hints = sum(each.level == Level.HINT for each in result.earlier)
        return self._say("earlier", day=day(result.since, self._language), count=len(result.earlier), hints=hints)

    def _scope(self) -> dict[str, str]:
        result = self._result
        counts = {
            "rings": len(result.rings), "lines": len(result.lines), "entries": result.entries, "frames": result.frames,
            "signatures": result.signatures,
        }  # fmt: skip
        return {name: self._count(name, count) for name, count in counts.items()} | {
            "newest": day(result.newest_at, self._language)
        }

    def _count(self, name: str, count: int) -> str:
        """So many of something, in words of a sentence."""
        one, many = words.COUNTED[name]
        return say(one if count == 1 else many, self._language, count=counted(count, self._language))

    def _say(self, name: str, **values: str | int) -> str:
        return escape(say(words.SENTENCES[name], self._language, **values))

    def _counted(self, name: str, level: Level) -> list[str]:
        count = len(self._by_level[level])
        if not count:
            return []
        return [self._say(name)] if count == 1 else [self._say(f"{name}s", count=count)]

    # -- findings ----------------------------------------------------------------------------------------------------

    def _listed(self, name: str, level: Level) -> str:
        found = [each for each in self._by_level[level] if each.code != "netted"]  # has a table of its own
        if not found:
            return ""
        kinds: dict[tuple[str, str, str], list[Finding]] = {}
        for each in found:
            kinds.setdefault((each.code, each.place.ring, each.place.peer), []).append(each)
        shown = "".join(self._kind(group) for group in list(kinds.values())[: tables.ROWS_MAX])
        return self._section(name, shown + tables.beyond(len(kinds), "CSV, JSON", self._language))

    def _kind(self, group: Sequence[Finding]) -> str:
        """All findings of one code about one line, as one block."""
        first = group[0]
        said = [tables.place(self._result, each, self._language) for each in group[:5]]
        rows = "".join(f"<li>{each}</li>\n" for each in said if each)
        if len(group) > 5:
            rows += f"<li>{escape(say(words.COLUMNS['more'], self._language, count=len(group) - 5))}</li>\n"
        listed = f"<ul>\n{rows}</ul>\n" if rows else ""
        who = " – ".join(self._result.address_of(ring) for ring in (first.place.ring, first.place.peer) if ring)
        rule = " · ".join(part for part in (CODES[first.code].invariant, first.code) if part)
        heading = f"<h3>{escape(who)}</h3>\n" if who else ""  # what concerns no ring has none
        return (
            f'<article class="level{int(first.level)}">\n{heading}'
            f"<p>{self._text(WORDS[first.code])}</p>\n{listed}"
            f'<p class="rule">{escape(rule)}</p>\n</article>\n'
        )

    def _owing(self) -> str:
        title = say(words.PICTURE, self._language)
        drawn = picture(self._result, title)
        legend = f"<figcaption>{self._text(words.LEGEND)}</figcaption>"
        figure = f"<figure>{drawn}{legend}</figure>\n" if drawn else ""
        total = sum(net_positions(self._result).values())
        said = f"<p>{self._say('uneven', hours=hours(total))}</p>\n" if total else ""
        return self._section("owing", figure + tables.matrix(self._result, self._language) + said)
