# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps an operator awake, and what can wait: one remark a cause, each with the page where it is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from ringtausch_node.federation.agreement.operators import Waiting
from ringtausch_node.federation.agreement.terms import KIND as AGREEMENT
from ringtausch_node.federation.line.model import RESET_SIGNED, STATEMENT_DIFFERS, STOPPED_THERE
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.checking import LastCheck
from ringtausch_node.upkeep.texts import ring_text
from ringtausch_node.web.look.kind_words import N_
from ringtausch_protocol.ring_close import KIND as RING_CLOSE

#: From here on an audit has found something; one below has only not seen everything.
FINDINGS_LEVEL = 2
_BACKUP, _LOG = "/betrieb/sicherung", "/betrieb/protokoll"


class Remark(NamedTuple):
    """One thing to look at: `words` and `link` are texts to translate.

    `path`: where it is mended; empty where only the machine itself can. `town`: the address of the ring that it is
    about, whose name is the link then.
    """

    code: str
    words: str
    path: str = ""
    link: str = ""
    town: str = ""


_SUM = Remark("sum", N_("Die Bücher gehen nicht auf. Halten Sie das Programm an."), _LOG, N_("Nachrechnen"))
_CLOCK = Remark("clock", N_("Die Uhr dieses Rechners ist gesprungen. Stellen Sie sie, und bestätigen Sie es."))
_CHECK = Remark("check", N_("Beim Nachrechnen stimmte etwas nicht. Halten Sie das Programm an."), _LOG,
                N_("Ansehen, was gefunden wurde"))  # fmt: skip
_CHECK_BROKE = Remark("check_broke", N_("Das Nachrechnen kam zu keinem Ende."), _LOG, N_("Ansehen, woran es lag"))
_AUDIT = Remark("audit", N_("Der letzte Bericht über alle Protokolle fand etwas, das nicht stimmt."),
                "/betrieb/pruefung", N_("Bericht ansehen"))  # fmt: skip
_MAILS = Remark("mails", N_("In der letzten Woche kamen Mails nicht an."), "/betrieb/mails", N_("Mails ansehen"))
_STOPPED, _DIFFERS = N_("Eine Verbindung ist angehalten."), N_("Ein Stand ist verschieden: Rufen Sie dort an.")
_LOST = N_("Eine Verbindung ist aufgegeben, und noch ist etwas offen.")
_STOPPED_THERE = N_("Ein anderer Tauschring hat die Verbindung angehalten oder aufgegeben. Rufen Sie dort an.")
_ENDS_OPEN = N_("Eine Verbindung endet, und noch ist etwas offen.")
_FOR_US = N_("Ein Tauschring hat einen neuen Stand vorgeschlagen. Er wartet auf unsere Unterschrift.")
_FOR_THEM = N_("Unser Vorschlag für einen neuen Stand wartet auf die Unterschrift von dort.")
_SIGNED = N_("Ein neuer Stand ist von beiden unterschrieben. Der andere Tauschring erfährt es von selbst.")
_FOR_ONE_THAT_STOPS = N_(
    "Unser Vorschlag für einen neuen Stand wartet auf einen Tauschring, der sich auflöst."
    " Ist dort schon alles bescheinigt, fällt er von selbst weg."
)
_ASKED = N_("Ein Tauschring, der aufhört, bittet um Ihre Zustimmung:")
#: What waits for another operator's signature, by its kind.
_SIGN = {
    "peer-agreement": N_("Auf einen weiteren Betreiber („key sign“) wartet eine Vereinbarung mit:"),
    "epoch-reset": N_("Auf einen weiteren Betreiber („key sign“) wartet ein neuer Stand mit:"),
    "write-off": N_("Auf einen weiteren Betreiber („key sign“) wartet, dass wir abschreiben, was wir weitergaben an:"),
    "line-close": N_("Auf einen weiteren Betreiber („key sign“) wartet der Rest der aufgegebenen Verbindung mit:"),
    "ring-close": N_("Auf einen weiteren Betreiber („key sign“) wartet die Bescheinigung, dass alles vorbei ist:"),
}
_BACKUPS = {
    "missing": Remark(
        "backup_missing",
        N_("Es gibt noch keine Sicherung. Geht dieser Rechner heute kaputt, sind alle Konten weg."),
        _BACKUP, N_("Jetzt sichern"),
    ),
    "old": Remark("backup_old", N_("Die letzte Sicherung ist älter als ein Monat."), _BACKUP, N_("Jetzt sichern")),
}  # fmt: skip
_FIRST_BACKUP = Remark("backup_first", N_("Noch gibt es keine Sicherung. Machen Sie in der ersten Woche eine."),
                       _BACKUP, N_("Jetzt sichern"))  # fmt: skip
#: Texts that German law asks of whoever offers pages (§ 5 DDG, Art. 13 GDPR), and that only the ring can write.
_TEXTS = {
    "impressum": Remark("imprint", N_("Das Impressum ist noch leer. In Deutschland ist es Pflicht."),
                        "/betrieb/texte/impressum", N_("Impressum schreiben")),
    "datenschutz": Remark("privacy", N_("Die Erklärung zum Datenschutz ist noch leer. Auch sie ist Pflicht."),
                          "/betrieb/texte/datenschutz", N_("Datenschutz schreiben")),
}  # fmt: skip


async def alarms(services: Ring) -> list[Remark]:
    """What is not well; only where there is nothing, all is."""
    sum_seconds = (await services.store.read(ledger.totals)).sum_seconds
    audited = services.auditing.newest()
    facts = [
        (_SUM, sum_seconds != 0),
        (_CLOCK, services.timekeeping.doubt() is not None),
        (_AUDIT, audited is not None and (audited.level or 0) >= FINDINGS_LEVEL),
        (_MAILS, await services.post.count_failed() > 0),
    ]
    found = [remark for remark, is_so in facts if is_so]
    due = _BACKUPS.get(await services.backups.due() or "")
    return [
        *found, *_of_check(services.checking.last),
        *_of_lines(await services.federation.peers(), await services.federation.resets.waiting()),
        *([due] if due else []),
    ]  # fmt: skip


async def hints(services: Ring) -> list[Remark]:
    """What waits for an answer, or what a ring that has just begun has not done yet: nothing to be frightened about."""
    empty = [remark for name, remark in _TEXTS.items() if not ring_text(services.folder.path, name, "de")]
    waits = [
        (_FIRST_BACKUP, await services.backups.due() == "first"),
    ]
    leavers = dict.fromkeys(each.leaver for each in await services.assigning.asked() if each.state == "asked")
    asked = [Remark("assignment_asked", _ASKED, "/betrieb/uebernahme", town=each) for each in leavers]
    peers, waiting = await services.federation.peers(), await services.store.read(services.federation.operators.waiting)
    to_sign = _to_sign(waiting, {peer.address for peer in peers})
    told = [_told_soon(peer) for peer in peers if peer.reason == RESET_SIGNED]
    return [*asked, *to_sign, *(remark for remark, is_so in waits if is_so), *told, *empty]


def _to_sign(waiting: Iterable[Waiting], known: Collection[str]) -> Iterator[Remark]:
    """One remark for each kind and ring: to give a line up may take a hundred write-offs.

    `known`: the addresses of our partners. A ring whose invitation is accepted by two has no page yet.
    """
    for kind, address in dict.fromkeys((each.kind, each.peer) for each in waiting):
        if kind == RING_CLOSE:
            yield Remark("sign", _SIGN[kind], "/betrieb/aufloesung", N_("Auflösung"))
        else:
            path = f"/betrieb/ring/{quote(address, safe='')}" + ("" if kind == AGREEMENT else "/abschluss")
            yield Remark("sign", _SIGN[kind], path if address in known else "", town=address)


def _told_soon(peer: PeerView) -> Remark:
    return Remark("reset_signed", _SIGNED, _page_of(peer), town=peer.address)


def _page_of(peer: PeerView) -> str:
    return f"/betrieb/ring/{quote(peer.address, safe='')}"


def _of_check(last: LastCheck | None) -> Iterator[Remark]:
    if last and last.checked is None:
        yield _CHECK_BROKE
    elif last and last.checked and not last.checked.ok:
        yield _CHECK


def _of_lines(peers: Sequence[PeerView], waiting: Mapping[str, str]) -> Iterator[Remark]:
    """`waiting`: who must sign next where a reset is proposed; then that is what stops the line."""
    for peer in peers:
        here = _page_of(peer)
        if peer.address in waiting:
            yield Remark("reset_waits", _waits(peer, waiting[peer.address]), f"{here}/abschluss", town=peer.address)
        elif peer.state in ("quarantined", "recovering"):
            yield Remark("line_stopped", _STOPPED, here, town=peer.address)
        if peer.reason == STATEMENT_DIFFERS:
            yield Remark("statement_differs", _DIFFERS, here, town=peer.address)
        if peer.state == "given_up" and peer.clearing_seconds:
            yield Remark("line_lost", _LOST, f"{here}/abschluss", town=peer.address)
        if peer.reason == STOPPED_THERE and peer.address not in waiting:
            yield Remark("stopped_there", _STOPPED_THERE, here, town=peer.address)
        if peer.state == "ended" and peer.clearing_seconds and peer.address not in waiting:
            yield Remark("line_ends_open", _ENDS_OPEN, f"{here}/abschluss", town=peer.address)


def _waits(peer: PeerView, signer: str) -> str:
    """What is said of a proposal that waits."""
    if signer == "us":
        return _FOR_US
    return _FOR_THEM if peer.stops_since is None else _FOR_ONE_THAT_STOPS
