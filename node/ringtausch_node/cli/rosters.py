# SPDX-License-Identifier: AGPL-3.0-or-later
"""The commands `roster`: a federation's signed list of its rings. They open no ring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.files import out_option, write_new
from ringtausch_node.cli.language import say
from ringtausch_node.cli.members import read_file
from ringtausch_node.cli.operators import seed_in
from ringtausch_node.cli.output import emit, table
from ringtausch_node.cli.tree import roster
from ringtausch_node.clock import SystemClock
from ringtausch_protocol import limits
from ringtausch_protocol.audit.program import rosters as program
from ringtausch_protocol.canonical import unb64
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.roster import Roster, parse_roster, verify_roster, verify_successor

_STATES = ("active", "paused", "gone")
#: What codes of signed bytes mean where those are a roster.
_OF_A_ROSTER = {
    "threshold": "roster_unsigned", "unknown_key": "roster_key", "bad_signature": "roster_invalid",
    "malformed": "roster_invalid", "weak_key": "roster_invalid", "too_large": "roster_invalid",
}  # fmt: skip
_FILE = click.Path(path_type=Path, dir_okay=False)
_key_option = option(
    "--key", "file", type=_FILE, metavar="FILE", required=True, german="Der eigene Schlüssel (von „key make“)",
    english="One's own key (of 'key make')",
)  # fmt: skip
_after_option = option(
    "--after", type=_FILE, metavar="FILE", german="Das Verzeichnis davor", english="The roster before"
)


@roster.command(
    "make",
    german="Ein Verzeichnis der Tauschringe machen, deren Protokolle hier liegen, und es unterschreiben.",
    english="Make a roster of the rings whose logs are given, and sign it.",
)
@click.argument("sources", metavar="SOURCE...", nargs=-1)
@_key_option
@option("--with", "others", multiple=True, metavar="PUBLIC", german="Auch dieser Schlüssel gehört der Föderation",
        english="This key is the federation's too")  # fmt: skip
@option("--threshold", type=click.IntRange(1, limits.ROOT_KEYS_MAX), german="Wie viele unterschreiben müssen",
        english="How many must sign")  # fmt: skip
@option("--state", "states", multiple=True, metavar="ADDRESS=STATE", german="active, paused oder gone",
        english="active, paused or gone")  # fmt: skip
@_after_option
@out_option("Datei für das Verzeichnis", "File for the roster")
@json_option
def make(sources: tuple[str, ...], file: Path, out: Path, after: Path | None, as_json: bool, **more: Any) -> int:
    """Make a roster."""
    signer = SigningKey(seed_in(file))
    with _of_a_roster():
        before = None if after is None else verify_roster(_read(after))
    given = [signer.public, *(unb64(text, 32) for text in more["others"])]
    known = [] if before is None else [unb64(text, 32) for text in before.head.keys]
    keys = given if more["others"] or before is None else known
    threshold = more["threshold"] or (1 if before is None else before.head.threshold)
    wanted = program.Wanted(keys, threshold, _states(more["states"]), SystemClock().now(), before)
    data = program.make_roster(sources, wanted, signer)
    write_new(out, data)
    return _show(parse_roster(data), as_json)


@roster.command(
    "sign",
    german="Ein Verzeichnis mit einem weiteren Schlüssel der Föderation unterschreiben.",
    english="Sign a roster with another of the federation's keys.",
)
@click.argument("given", metavar="FILE", type=_FILE)
@_key_option
@out_option("Datei für das unterschriebene Verzeichnis", "File for the signed roster")
@json_option
def sign(given: Path, file: Path, out: Path, as_json: bool) -> int:
    """Sign a roster."""
    with _of_a_roster():
        data = program.add_signature(_read(given), SigningKey(seed_in(file)))
    write_new(out, data)
    return _show(parse_roster(data), as_json)


@roster.command(
    "check",
    german="Prüfen, ob ein Verzeichnis gilt, und zeigen, was darin steht.",
    english="Check that a roster counts, and show what it says.",
)
@click.argument("given", metavar="FILE", type=_FILE)
@_after_option
@json_option
def check(given: Path, after: Path | None, as_json: bool) -> int:
    """Check a roster."""
    data = _read(given)
    with _of_a_roster():
        found = verify_roster(data) if after is None else verify_successor(verify_roster(_read(after)), data)
    return _show(found, as_json)


@contextmanager
def _of_a_roster() -> Iterator[None]:
    """A refusal in words about rosters: no other ring has anything to do with it."""
    try:
        yield
    except RemoteError as error:
        raise LocalError(_OF_A_ROSTER.get(error.code, error.code), error.detail) from None


def _read(path: Path) -> bytes:
    return read_file(path, limits.ROSTER_BYTES)


def _states(given: tuple[str, ...]) -> dict[str, Any]:
    pairs = dict(text.rpartition("=")[::2] for text in given)
    if not set(pairs.values()) <= set(_STATES):
        raise misuse("usage", "a state is active, paused or gone")
    return pairs


def _show(found: Roster, as_json: bool) -> int:
    head = found.head
    result = {
        "net": head.net, "number": head.number, "issued_at": head.issued_at, "hash": found.hash, "keys": head.keys,
        "threshold": head.threshold, "signatures": len(found.note.lines), "doubled": list(found.doubled),
        "rings": [
            {"address": ring.address, "ring_id": ring.ring_id, "url": ring.url, "state": ring.state,
             "logs": [each.log for each in ring.logs]}
            for ring in found.rings
        ],
    }  # fmt: skip
    emit(result, as_json, _text(found))
    return DONE


def _text(found: Roster) -> str:
    head, words = found.head, {"active": say("dabei", "active"), "paused": say("ruht", "paused"),
                               "gone": say("geschlossen", "gone")}  # fmt: skip
    rows = [[ring.address, words[ring.state], str(len(ring.logs)), ring.ring_id] for ring in found.rings]
    headings = [say("Tauschring", "Ring"), say("Zustand", "State"), say("Protokolle", "Logs"), say("Kennung", "Id")]
    signed = f"{len(found.note.lines)}/{head.threshold}"
    lines = [
        say(f"Verzeichnis Nr. {head.number} von {head.net}, Unterschriften: {signed}",
            f"Roster no. {head.number} of {head.net}, signatures: {signed}"),
        table(headings, rows),
        say("Schlüssel der Föderation:", "Keys of the federation:"), *(f"  {key}" for key in head.keys),
    ]  # fmt: skip
    if found.doubled:
        lines.append(say("Achtung, zweimal gemeldet: ", "Careful, listed twice: ") + ", ".join(found.doubled))
    return "\n".join(lines)
