# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accesses, helpers, freezing and leaving on the command line, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_accesses_are_listed_and_revoked(run: Run, members: Path) -> None:
    run("member", "token", members, "alma", "--label", "Handy")
    run("member", "token", members, "alma")
    listed = run("member", "token", members, "alma", "--list", "--json").json
    assert [(1, "Handy"), (2, "")] == [(each["id"], each["label"]) for each in listed["tokens"]]
    table = run("member", "token", members, "alma", "--list", lang="de").out
    assert ["Nummer", "Wofür", "seit", "zuletzt"] == table.splitlines()[0].split()
    assert [2] == [
        each["id"] for each in run("member", "token", members, "alma", "--revoke", "1", "--json").json["tokens"]
    ]
    again = run("member", "token", members, "alma", "--revoke", "1", "--json")
    assert (3, "not_found") == (again.code, again.json["error"]["code"])
    assert "(none yet)" in run("member", "token", members, "alma", "--revoke-all").out
    assert [] == run("member", "token", members, "alma", "--list", "--json").json["tokens"]


def test_everybody_is_signed_out(run: Run, members: Path) -> None:
    run("member", "token", members, "alma")
    assert {"devices": 0, "programs": 0} == run("member", "sign-out-all", members, "--json").json
    assert "Abgemeldet: Geräte 0, Programme 1." in run("member", "sign-out-all", members, "--programs", lang="de").out
    assert [] == run("member", "token", members, "alma", "--list", "--json").json["tokens"]


def test_people_share_an_account(run: Run, members: Path) -> None:
    added = run("member", "add", members, "carl", "--name", "Carl", "--account-of", "alma")
    assert "carl shares an account with alma. Limits: -100 Talente" in added.out
    assert (
        "führt mit alma ein Konto"
        in run("member", "add", members, "cora", "--name", "Cora", "--account-of", "carl", lang="de").out
    )
    run("pay", members, "--from", "carl", "--to", "ben", "--amount", "1")
    shown = {each["handle"]: each for each in run("member", "list", members, "--json").json["members"]}
    assert [(-180, None), (-180, "alma")] == [
        (shown[who]["balance_seconds"], shown[who].get("account_of")) for who in ("alma", "carl")
    ]
    assert "carl (-> alma)" in run("member", "list", members).out


def test_help_is_granted_listed_and_ended(run: Run, members: Path) -> None:
    granted = run("member", "helper", members, "ben", "--for", "alma", lang="de")
    assert (0, "ben handelt jetzt für alma. Jede Zahlung nennt, wer es war.\n") == (granted.code, granted.out)
    listed = run("member", "helper", members, "alma")
    assert ["On the account: alma", "ben for alma (granted by (operator), "] == [
        line[:37] for line in listed.out.splitlines()
    ]
    assert ["alma"] == [each["for"] for each in run("member", "helper", members, "ben", "--json").json["helps"]]
    ended = run("member", "helper", members, "ben", "--for", "alma", "--revoke")
    assert (0, "ben no longer acts for alma.\n") == (ended.code, ended.out)
    again = run("member", "helper", members, "ben", "--for", "alma", "--revoke", "--json")
    assert (3, "not_found") == (again.code, again.json["error"]["code"])


def test_an_account_is_frozen_and_thawed(run: Run, members: Path) -> None:
    assert "Das Konto ruht: alma." in run("member", "freeze", members, "alma", lang="de").out
    pay = ("pay", members, "--from", "alma", "--to", "ben", "--amount", "1", "--json")
    assert (3, "not_allowed") == (run(*pay).code, run(*pay).json["error"]["code"])
    back = ("pay", members, "--from", "ben", "--to", "alma", "--amount", "1", "--json")
    assert (3, "payee_refuses") == (run(*back).code, run(*back).json["error"]["code"])
    assert "The account is free again: alma." in run("member", "freeze", members, "alma", "--thaw").out
    assert "paid" == run(*pay).json["state"]


def test_a_member_leaves_with_the_account_at_zero(run: Run, members: Path) -> None:
    run("pay", members, "--from", "alma", "--to", "ben", "--amount", "2")
    refused = run("member", "leave", members, "ben", lang="de")
    assert 3 == refused.code
    assert "Das Konto ist nicht ausgeglichen. (balance_not_zero: im Plus)" in refused.err
    assert "--rest-to KONTO" in refused.err
    left = run("member", "leave", members, "ben", "--rest-to", "austritt", "--json")
    assert (0, 360, "community:austritt") == (left.code, left.json["rest_seconds"], left.json["rest_to"])
    minus = run("member", "leave", members, "alma", "--rest-to", "austritt", lang="de").out
    assert "alma ist ausgetreten.\nEin Minus von 2 Talente" in minus
    assert (0, True) == (run("verify", members).code, run("verify", members, "--json").json["ok"])
    again = run("member", "add", members, "ben", "--name", "Ben", "--json")
    assert (3, "handle_taken") == (again.code, again.json["error"]["code"])


@pytest.mark.parametrize(
    ("args", "exit_code", "code"),
    [
        (("token", "alma", "--list", "--revoke-all"), 2, "usage"),
        (("token", "alma", "--list", "--revoke", "1"), 2, "usage"),
        (("token", "alma", "--revoke-all", "--label", "x"), 2, "usage"),
        (("token", "alma", "--revoke", "0"), 2, "usage"),
        (("token", "alma", "--revoke", "9" * 30), 2, "usage"),
        (("token", "alma", "--revoke"), 2, "usage"),
        (("token", "alma", "--label", "x" * 41), 2, "label"),
        (("helper", "alma", "--revoke"), 2, "usage"),
        (("helper", "nobody", "--for", "alma"), 3, "unknown_member"),
        (("helper", "alma", "--for", "alma"), 3, "helper_unfit"),
        (("helper", "alma", "--for", "a b"), 2, "address"),
        (("freeze", "nobody"), 3, "unknown_member"),
        (("leave", "nobody"), 3, "unknown_member"),
        (("leave", "alma", "--rest-to", "a b"), 2, "address"),
        (("add", "eva", "--name", "Eva", "--account-of", "alma", "--max", "3"), 2, "limits"),
        (("add", "eva", "--name", "Eva", "--account-of", "nobody"), 3, "unknown_member"),
    ],
)
def test_what_cannot_be_has_a_code(run: Run, members: Path, args: tuple[str, ...], exit_code: int, code: str) -> None:
    done = run("member", args[0], members, *args[1:], "--json")
    assert (exit_code, code) == (done.code, done.json["error"]["code"])
