# SPDX-License-Identifier: Apache-2.0
"""What the program says to who runs it, in German and in English; rules and their sections are those of SPEC.md."""

from __future__ import annotations

import re

from ringtausch_protocol.verifier.words import Language, Words


class UsedWrongly(Exception):
    """Nothing is judged: what was asked for cannot be meant. `told`: what to change."""

    def __init__(self, told: Words, **values: object) -> None:
        super().__init__(told.en.format(**values))
        self.told, self.values = told, values

    def said(self, language: Language) -> str:
        """The message in one line."""
        return said(self.told, language, **self.values)


def said(text: Words, language: Language, **values: object) -> str:
    """A text with its values."""
    return str(getattr(text, language)).format(**values)


#: What the reader of arguments says, by its beginning: the rest names them.
ARGUMENTS: tuple[tuple[str, Words], ...] = (
    ("the following arguments are required: (.+)", Words("Es fehlt: {value}.", "Missing: {value}.")),
    ("unrecognized arguments: (.+)", Words("Das gibt es nicht: {value}.", "There is no such thing: {value}.")),
    ("argument ([^ ]+).*: expected one argument", Words("{value}: der Wert fehlt.", "{value}: the value is missing.")),
    ("argument (.+)", Words("Das passt nicht: {value}.", "This does not fit: {value}.")),
    ("(.+)", Words("So geht es nicht: {value}.", "This does not work: {value}.")),
)
SEE_HELP = Words(" Mit --help steht da, was es gibt.", " --help tells what there is.")


def not_read(message: str) -> UsedWrongly:
    """What the reader of arguments did not understand."""
    for pattern, told in ARGUMENTS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return UsedWrongly(Words(told.de + SEE_HELP.de, told.en + SEE_HELP.en), value=found[1])
    raise AssertionError(message)


# -- used wrongly ------------------------------------------------------------------------------------------------------

NO_URL = Words(
    "{option} {value}: gebraucht wird eine Adresse wie https://eiche.example, http://127.0.0.1:8470 oder"
    " https://verein.example/eiche, ohne ? und # (SPEC.md 6.2).",
    "{option} {value}: an address such as https://oak.example, http://127.0.0.1:8470 or https://club.example/oak is"
    " needed, without ? and # (SPEC.md 6.2).",
)
NO_HANDLE = Words(
    "{option} {value}: gebraucht wird der Name eines Mitglieds, wie er dort heißt, etwa alma: klein, ohne @.",
    "{option} {value}: the name of a member is needed as it is there, such as alma: lower case, without @.",
)
NO_HOST = Words(
    "--host {value}: gebraucht wird ein Name wie eiche.example, ohne http:// und ohne Leerzeichen.",
    "--host {value}: a name such as oak.example is needed, without http:// and without blanks.",
)
NO_PLACE = Words(
    "--listen {value}: gebraucht wird HOST:PORT, etwa 127.0.0.1:8480.",
    "--listen {value}: HOST:PORT is needed, such as 127.0.0.1:8480.",
)
NOT_HEARD = Words(
    "--listen {value}: dort kann das Programm nicht hören ({reason}).",
    "--listen {value}: the program cannot listen there ({reason}).",
)
NO_WAIT = Words(
    "--wait {value}: gebraucht wird eine Zahl von Sekunden, 0 oder mehr.",
    "--wait {value}: a number of seconds is needed, 0 or more.",
)
NO_REPORT = Words(
    "--json {value}: dort kann keine Datei geschrieben werden. Gibt es den Ordner, und dürfen Sie hinein schreiben?",
    "--json {value}: no file can be written there. Is there such a folder, and may you write into it?",
)
NOT_READ = Words(
    "--invitation {value}: nicht zu lesen ({reason}).",
    "--invitation {value}: cannot be read ({reason}).",
)
NO_INVITATION = Words(
    "--invitation {value}: das ist keine Einladung eines Tauschrings ({reason}).",
    "--invitation {value}: this is no invitation of a ring ({reason}).",
)
INVITED_TWICE = Words(
    "--invitation {value}: diese Einladung steht zweimal da. Jede gilt einmal; lassen Sie eine weitere schreiben.",
    "--invitation {value}: this invitation is given twice. Each counts once; have another one written.",
)
INVITATION_OVER = Words(
    "--invitation {value}: diese Einladung ist abgelaufen. Lassen Sie eine neue schreiben.",
    "--invitation {value}: this invitation has expired. Have a new one written.",
)
INVITATION_USED = Words(
    "--invitation {value}: diese Einladung ist schon verwendet. Jede gilt einmal; lassen Sie eine neue schreiben.",
    "--invitation {value}: this invitation is used already. Each counts once; have a new one written.",
)
INVITATION_UNKNOWN = Words(
    "--invitation {value}: diese Einladung kennt der Tauschring nicht. Ist die Datei unverändert?",
    "--invitation {value}: the ring does not know this invitation. Is the file unchanged?",
)
WINDING_DOWN = Words(
    "--invitation {value}: der Tauschring hört auf und beginnt keine Verbindung mehr.",
    "--invitation {value}: the ring winds down and begins no line any more.",
)
OTHER_INVITATION = Words(
    "--invitation {value}: diese Einladung ist von einem anderen Tauschring als die erste ({other} statt {ring}).",
    "--invitation {value}: this invitation is by another ring than the first one ({other} instead of {ring}).",
)
OTHER_RING = Words(
    "Die Einladungen sind von {invited}, unter {url} antwortet aber {served}. Stimmen URL und --host?",
    "The invitations are by {invited}, but at {url} {served} answers. Are URL and --host right?",
)
NOBODY = Words(
    "Unter {url} antwortet niemand ({reason}). Läuft der Tauschring, und stimmt die URL?",
    "Nobody answers at {url} ({reason}). Does the ring run, and is the URL right?",
)
NO_CARD = Words(
    "Unter {url} antwortet kein Tauschring: GET /.well-known/ringtausch gab {came}. Stimmen URL und --host?",
    "No ring answers at {url}: GET /.well-known/ringtausch gave {came}. Are URL and --host right?",
)

# -- while it is judged ------------------------------------------------------------------------------------------------

NOT_REACHED = Words("nicht beurteilt: {reason}", "could not judge: {reason}")
INTERRUPTED = Words("Abgebrochen.", "Interrupted.")
LATER = Words(
    "  ...   der geprüfte Ring kann gerade nicht ({why}). Es geht in {seconds} Sekunden weiter.\n",
    "  ...   the ring under test has no time now ({why}). Going on in {seconds} seconds.\n",
)
CLOCK = Words(
    "  ...   die Uhr des geprüften Rings geht {seconds} Sekunden anders. Das Programm richtet sich nach ihr.\n",
    "  ...   the clock of the ring under test differs by {seconds} seconds. The program goes by it.\n",
)
PREPARE = Words("\nAm geprüften Ring ist jetzt zu tun:\n", "\nNow at the ring under test:\n")
CARRY = Words(
    "* Zahlungen anderer durchlassen (SPEC.md 7.12), nur für diese beiden:\n",
    "* let payments of others pass (SPEC.md 7.12), for these two alone:\n",
)
PAYEE = Words(
    "* „{payee}“ muss dort ein Mitglied sein, dem gutgeschrieben werden darf.\n",
    "* '{payee}' must be a member there who may be credited.\n",
)
NO_PAYEE = Words(
    "* Zahlungen an Mitglieder werden nicht beurteilt: es fehlt --payee.\n",
    "* payments to members are not judged: --payee is missing.\n",
)
NO_SECOND = Words(
    "* Ein Versprechen für ein anderes Mitglied wird nicht beurteilt: es fehlt --second-payee.\n",
    "* a promise for another member is not judged: --second-payee is missing.\n",
)
CONFIRM = Words(
    "* zuletzt diese Wörter bestätigen (gewartet wird {seconds} Sekunden):\n",
    "* last, confirm these words (waiting for {seconds} seconds):\n",
)
AGREE = Words(
    "\nStimmen Sie jetzt am geprüften Ring diesen Übernahmen von {seconds} Sekunden zu (SPEC.md 7.16):\n",
    "\nAgree now at the ring under test to these assignments of {seconds} seconds (SPEC.md 7.16):\n",
)
GIVES_UP = Words("  {leaver} gibt ab, {other} statt dessen\n", "  {leaver} gives up, {other} instead\n")
STOP = Words(
    "\nSagen Sie jetzt, dass der geprüfte Ring aufhört (SPEC.md 5.6).\n\n",
    "\nSay now that the ring under test stops (SPEC.md 5.6).\n\n",
)
NOT_WRITTEN = Words(
    "--json {value}: nicht geschrieben ({reason}). Der Bericht steht stattdessen in der Ausgabe.\n",
    "--json {value}: not written ({reason}). The report is in the output instead.\n",
)
