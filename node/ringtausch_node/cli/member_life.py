# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about what happens to members after they came: accesses, helpers, freezing, leaving."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.accesses import Wanted, access_options
from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say, term
from ringtausch_node.cli.output import amount, emit, nothing_yet, table, unit_of
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import member


@member.command(
    "token",
    german="Einen Zugang für die Programme eines Mitglieds ausstellen (er wird nur dieses eine Mal gezeigt), die"
    " gültigen zeigen oder sie widerrufen.",
    english="Issue an access for a member's programs (it is shown only this once), list the valid ones, or void them.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option("--label", metavar="TEXT", default="", german="Wofür, z. B. Handy", english="What it is for, e.g. phone")
@access_options
@json_option
def token(
    folder: Path, handle: str, label: str, only_list: bool, revoke: int | None, revoke_all: bool, as_json: bool
) -> int:
    """Issue, list or void."""
    wanted = Wanted(only_list, revoke, revoke_all)
    wanted.verify_one(label=bool(label))
    if only_list:
        result = call(folder, "member.tokens", {"handle": handle})
    elif wanted.is_end:
        result = call(folder, "member.token.revoke", {"handle": handle, "id": revoke})
    else:
        result = call(folder, "member.token", {"handle": handle, "label": label})
        emit(result, as_json, result["token"])
        return DONE
    emit(result, as_json, _tokens_text(result["tokens"]))
    return DONE


@member.command(
    "sign-out-all",
    german="Alle Mitglieder auf allen Geräten abmelden, nach einem Einbruch; sie melden sich neu an.",
    english="Sign all members out on all devices, after a break-in; they sign in anew.",
)
@folder_argument
@option("--programs", is_flag=True, german="Auch die der Programme", english="Those of programs, too")
@json_option
def sign_out_all(folder: Path, programs: bool, as_json: bool) -> int:
    """Sign everybody out."""
    result = call(folder, "member.sign_out_all", {"programs": programs})
    ended, others = result["devices"], result["programs"]
    emit(result, as_json, say(f"Abgemeldet: Geräte {ended}, Programme {others}.",
                              f"Signed out: devices {ended}, programs {others}."))  # fmt: skip
    return DONE


@member.command(
    "code",
    german="Einen Code für einen Brief ausstellen, mit dem ein Mitglied auf die Seiten kommt; er gilt einmal.",
    english="Issue a code for a letter that lets a member in to the pages; it counts once.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@json_option
def code(folder: Path, handle: str, as_json: bool) -> int:
    """Issue a code."""
    result = call(folder, "member.code", {"handle": handle})
    until = _day(result["ends_at"])
    counts = say(f"gilt einmal, bis {until}", f"counts once, until {until}")
    handle_is = say("Kürzel", "Handle")
    text = f"{result['url']}\n{handle_is}: {result['handle']}\nCode: {result['code']} ({counts})"
    emit(result, as_json, text)
    return DONE


@member.command(
    "email",
    german="Die E-Mail-Adresse eines Mitglieds zeigen oder setzen.",
    english="Show or set a member's mail address.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option("--set", "address", metavar="ADDRESS", german="Die neue; leer: keine", english="The new one; empty: none")
@json_option
def email(folder: Path, handle: str, address: str | None, as_json: bool) -> int:
    """Show or set a mail address."""
    result = call(folder, "member.email", {"handle": handle, "email": address})
    emit(result, as_json, result["email"] or nothing_yet())
    return DONE


@member.command("name", german="Den Namen eines Mitglieds berichtigen.", english="Correct a member's name.")
@folder_argument
@click.argument("handle", metavar="HANDLE")
@click.argument("name", metavar="NAME")
@json_option
def name(folder: Path, handle: str, name: str, as_json: bool) -> int:
    """Correct a name."""
    result = call(folder, "member.name", {"handle": handle, "name": name})
    emit(result, as_json, f"{result['handle']}: {result['name']}")
    return DONE


def _tokens_text(tokens: list[dict[str, Any]]) -> str:
    headings = [say("Nummer", "Number"), say("Wofür", "Label"), say("seit", "since"), say("zuletzt", "last used")]
    rows = [[str(each["id"]), each["label"], _day(each["created_at"]), _day(each["last_used_day"])] for each in tokens]
    return table(headings, rows) if rows else nothing_yet()


def _day(at: int | None) -> str:
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%d.%m.%Y")


@member.command(
    "helper",
    german="HANDLE darf für ein anderes Mitglied handeln. Ohne --for: wer für HANDLE handelt, und für wen HANDLE.",
    english="HANDLE may act for another member. Without --for: who acts for HANDLE, and for whom HANDLE does.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option("--for", "whom", metavar="HANDLE", german="Für wen", english="For whom")
@option("--revoke", is_flag=True, german="Von jetzt an nicht mehr", english="From now on no longer")
@json_option
def helping(folder: Path, handle: str, whom: str | None, revoke: bool, as_json: bool) -> int:
    """Grant, end or list help."""
    if whom is None:
        if revoke:
            raise misuse("usage", "--revoke needs --for")
        listed = call(folder, "member.helpers", {"handle": handle})
        emit(listed, as_json, _helpers_text(listed))
        return DONE
    result = call(folder, "member.helper", {"handle": handle, "for": whom, "revoke": revoke})
    one, other = result["helper"], result["for"]
    now = say(f"{one} handelt jetzt für {other}. Jede Zahlung nennt, wer es war.",
              f"{one} now acts for {other}. Every payment says who it was.")  # fmt: skip
    over = say(f"{one} handelt nicht mehr für {other}.", f"{one} no longer acts for {other}.")
    emit(result, as_json, over if revoke else now)
    return DONE


def _helpers_text(result: dict[str, Any]) -> str:
    people = say("Am Konto: ", "On the account: ") + ", ".join(result["people"])
    return "\n".join([people, *map(_help_text, result["helpers"] + result["helps"])])


def _help_text(each: dict[str, Any]) -> str:
    by = f"{each['granted_by']}, {_day(each['granted_at'])}"
    return say(f"{each['helper']} für {each['for']} (erlaubt von {by})",
               f"{each['helper']} for {each['for']} (granted by {by})")  # fmt: skip


@member.command(
    "role",
    german="Einem Mitglied eine Rolle geben: Büro, Betreiber, Prüfer, oder Mitglied wie andere.",
    english="Give a member a role: office, operator, auditor, or a member like others.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@click.argument("role", metavar="ROLE", type=click.Choice(["member", "office", "operator", "auditor"]))
@json_option
def role(folder: Path, handle: str, role: str, as_json: bool) -> int:
    """Give a role."""
    result = call(folder, "member.role", {"handle": handle, "role": role})
    emit(result, as_json, f"{result['handle']}: {term(result['role'])}")
    return DONE


@member.command(
    "freeze",
    german="Ein Konto ruhen lassen: niemand zahlt von ihm oder an es. Was wartet, wartet weiter.",
    english="Freeze an account: nobody pays from it or to it. What waits goes on waiting.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option("--thaw", is_flag=True, german="Das Ruhen beenden", english="End the freezing")
@json_option
def freeze(folder: Path, handle: str, thaw: bool, as_json: bool) -> int:
    """Freeze or thaw."""
    result = call(folder, "member.freeze", {"handle": handle, "thaw": thaw})
    people = ", ".join(result["people"])
    frozen = say(f"Das Konto ruht: {people}.", f"The account is frozen: {people}.")
    emit(result, as_json, say(f"Das Konto ist wieder frei: {people}.", f"The account is free again: {people}.")
         if thaw else frozen)  # fmt: skip
    return DONE


@member.command(
    "leave",
    german="Ein Mitglied geht für immer; das Konto muss ausgeglichen sein. Das Kürzel wird nie wieder vergeben.",
    english="A member leaves for good; the account must be at zero. The handle is never given again.",
)
@folder_argument
@click.argument("handle", metavar="HANDLE")
@option(
    "--rest-to",
    metavar="ACCOUNT",
    german="Der Rest geht an dieses Gemeinschaftskonto, z. B. austritt; ein Minus trägt es",
    english="The rest goes to this community account, e.g. leavers; it bears a minus",
)
@json_option
def leave(folder: Path, handle: str, rest_to: str | None, as_json: bool) -> int:
    """Let a member go."""
    result = call(folder, "member.leave", {"handle": handle, "rest_to": rest_to})
    emit(result, as_json, _left_text(result, amount(abs(result["rest_seconds"]), unit_of(folder))))
    return DONE


def _left_text(result: dict[str, Any], rest: str) -> str:
    lines = [say(f"{result['handle']} ist ausgetreten.", f"{result['handle']} has left.")]
    if result["rest_seconds"] > 0:
        lines.append(say(f"{rest} gingen an {result['rest_to']}.", f"{rest} went to {result['rest_to']}."))
    elif result["rest_seconds"] < 0:
        lines.append(say(f"Ein Minus von {rest} trägt jetzt {result['rest_to']}.",
                         f"A minus of {rest} is now borne by {result['rest_to']}."))  # fmt: skip
    if one := result["account_with"]:
        lines.append(say(f"Das Konto führt weiter: {one}.", f"The account goes on with {one}."))
    return "\n".join(lines)
