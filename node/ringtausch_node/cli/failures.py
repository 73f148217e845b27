# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the command line ends: exit codes, and one or two plain lines instead of a traceback.

0 done or under way · 1 our fault · 2 used wrongly · 3 refused · 4 the node cannot be reached.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Mapping

import click
import msgspec

from ringtausch_node.cli.details import detail_for_people
from ringtausch_node.cli.language import language, say
from ringtausch_node.errors import LocalError, RemoteError, RingtauschError, code_of, words
from ringtausch_protocol.units import format_time

DONE, OUR_FAULT, USED_WRONGLY, REFUSED, NOT_REACHABLE = range(5)

#: Where neither the kind of a code nor its status tells the exit code.
_EXITS = {
    "node_unreachable": NOT_REACHABLE,
    "unreachable": NOT_REACHABLE,
    "folder_in_use": REFUSED,
    "unknown_member": REFUSED,
    "not_found": REFUSED,
    "csv": REFUSED,
    "recovering": REFUSED,
    "not_awaited": REFUSED,
    "not_waiting": REFUSED,
    "replaced": REFUSED,
    "not_replaced": REFUSED,
    "file_exists": USED_WRONGLY,
    "folder_not_empty": USED_WRONGLY,
    "folder_missing": USED_WRONGLY,
}
#: Statuses by which a ring says no: it understood, and will not.
_NO = frozenset({401, 403, 409, 421, 422})
_SERVER_ERROR = 500


class UsedWrongly(Exception):
    """An argument of the command itself cannot be used: always exit 2, whatever its code means elsewhere."""

    def __init__(self, error: RingtauschError) -> None:
        super().__init__(str(error))
        self.error = error


class ExtraArguments(click.UsageError):
    """Words that belong to no argument: told before an option that is missing, which may be what they should be."""

    def __init__(self, extra: list[str], ctx: click.Context) -> None:
        super().__init__(" ".join(extra), ctx)
        self.extra = extra


class NotShown(Exception):
    """The command was carried out, and standard output did not take the result: a full disk, a reader that went away.

    `payment_id`: what would be lost with it, if it was a payment; else empty.
    """

    def __init__(self, error: OSError, payment_id: str = "") -> None:
        super().__init__(str(error))
        self.is_reader_gone = error.errno == errno.EPIPE
        self.payment_id = payment_id


def exit_code(error: RingtauschError) -> int:
    """The exit code for an error: what a ring refused is 3, what was asked wrongly 2, the rest is our fault."""
    if error.code in _EXITS:
        return _EXITS[error.code]
    code = code_of(error.code)
    if isinstance(error, RemoteError) or code.kind in ("F", "T", "R") or code.status in _NO:
        return REFUSED
    return OUR_FAULT if code.status >= _SERVER_ERROR else USED_WRONGLY


def report(error: Exception, as_json: bool) -> int:
    """Tell a failure on stderr (as JSON on request) and say how to exit."""
    if isinstance(error, UsedWrongly):
        _tell(error.error, as_json)
        return USED_WRONGLY
    if isinstance(error, NotShown):
        if error.payment_id or not error.is_reader_gone:  # `| head -1` has read what it wanted
            _tell(LocalError("not_shown", error.payment_id), as_json)
        return OUR_FAULT
    if isinstance(error, RingtauschError):
        _tell(error, as_json)
        return exit_code(error)
    if isinstance(error, click.ClickException):
        _write("usage", _usage(error), {}, as_json)
        return USED_WRONGLY
    traceback.print_exception(error)
    _write("internal", words("internal", language()), {}, as_json)
    return OUR_FAULT


def _tell(error: RingtauschError, as_json: bool) -> None:
    _write(error.code, _sentence(error), error.figures, as_json)


def _write(code: str, message: str, figures: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        document = {"error": {"code": code, "message": message, **figures}}
        click.echo(msgspec.json.encode(document).decode(), err=True)
    else:
        click.echo(say("Fehler: ", "Error: ") + message, err=True)


def _sentence(error: RingtauschError) -> str:
    """The words of the code; the detail names what a person can look for (a setting, a line), never a person."""
    code = code_of(error.code)
    happened, then = (code.de, code.next_de) if language() == "de" else (code.en, code.next_en)
    detail = detail_for_people(error.code, error.detail)
    about = f"{error.code}: {detail}" if detail else error.code
    return f"{happened} ({about})\n{then}".rstrip() + _most(error.figures.get("most_seconds"))


def _most(seconds: int | None) -> str:
    """What goes instead, where that is known."""
    if seconds is None:
        return ""
    if not seconds:
        told = say("Zurzeit geht dorthin nichts, oder nur sehr wenig.", "At present nothing goes there, or little.")
    else:
        figure = format_time(seconds, language())
        told = say(f"Zurzeit gehen dorthin bis zu {figure}.", f"At present up to {figure} go there.")
    return "\n" + told


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.exceptions.MissingParameter) and error.param is not None:
        message = say("Es fehlt: ", "Missing: ") + error.param.get_error_hint(error.ctx)
    elif isinstance(error, ExtraArguments):
        message = say("Das ist zu viel: ", "That is too much: ") + " ".join(error.extra)
    elif isinstance(error, click.BadParameter) and error.param is not None:
        named = error.param_hint or error.param.get_error_hint(error.ctx)
        message = say("Dieser Wert geht nicht: ", "This value cannot be used: ") + f"{named}{_possible(error.param)}"
    elif isinstance(error, click.NoSuchOption):
        message = (
            say("Diese Option gibt es nicht: ", "No such option: ") + error.option_name + _guess(error.possibilities)
        )
    elif isinstance(error, click.exceptions.NoSuchCommand):
        guess = _guess(error.possibilities)
        message = say("Diesen Befehl gibt es nicht: ", "No such command: ") + error.command_name + guess
    elif isinstance(error, click.exceptions.BadOptionUsage):
        message = say("Diese Option braucht einen Wert: ", "This option needs a value: ") + error.option_name
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    return message + "\n" + say("Hilfe: ", "Help: ") + f"{context.command_path} --help"


def _possible(param: click.Parameter) -> str:
    """Which values the parameter takes, where that can be said shortly."""
    if isinstance(param.type, click.Choice):
        return say("; möglich: ", "; possible: ") + ", ".join(map(str, param.type.choices))
    if isinstance(param.type, (click.IntRange, click.FloatRange)):
        return say("; möglich: ", "; possible: ") + f"{param.type.min} - {param.type.max}"
    return ""


def _guess(possibilities: list[str] | None) -> str:
    if not possibilities:
        return ""
    return say(" - meinten Sie ", " - did you mean ") + say(" oder ", " or ").join(possibilities) + "?"


def misuse(code: str, detail: str) -> UsedWrongly:
    """A `UsedWrongly` of our own making."""
    return UsedWrongly(LocalError(code, detail))
