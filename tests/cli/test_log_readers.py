# SPDX-License-Identifier: AGPL-3.0-or-later
"""`log access`: a token for an auditor is shown once, listed without itself, and voided."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_a_token_for_an_auditor_is_given_listed_and_voided(run: Run, ring: Path) -> None:
    given = run("log", "access", ring, "--days", "7", "--json").json
    shown = run("log", "access", ring).out.strip()
    assert (43, 43) == (len(given["token"]), len(shown))

    listed = run("log", "access", ring, "--list", "--json")
    assert [1, 2] == [each["id"] for each in listed.json["accesses"]]
    assert 7 * 86_400 == listed.json["accesses"][0]["expires_at"] - listed.json["accesses"][0]["created_at"]
    assert (False, False) == (given["token"] in listed.out, shown in listed.out)
    assert "Nr." in run("log", "access", ring, "--list", lang="de_DE.UTF-8").out

    assert [2] == [each["id"] for each in run("log", "access", ring, "--revoke", "1", "--json").json["accesses"]]
    assert {"accesses": []} == run("log", "access", ring, "--revoke-all", "--json").json


def test_a_token_has_an_end_and_one_thing_is_done_at_a_time(run: Run, ring: Path) -> None:
    assert "Frist" in run("log", "access", ring, "--days", "400", lang="de_DE.UTF-8").err
    assert 0 != run("log", "access", ring, "--list", "--revoke-all").code
