# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands on the card cannot be changed in config.toml: nothing is booked in another unit or for another ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, Serve

PAY = ("--from", "alma", "--to", "ben", "--amount", "1", "--json")


def change(ring: Path, old: str, new: str) -> None:
    config = ring / "config.toml"
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('address = "eiche.example"', 'address = "ulme.example"', 'address: "ulme.example" here, "eiche.example" on'),
        ('net = "test"', 'net = "de"', 'net: "de" here, "test" on the card'),
        ('unit = "Talente:20:1"', 'unit = "hours"', 'unit: "hours" here, "Talente:20:1" on the card'),
        ('unit = "Talente:20:1"', 'unit = "Talente:10:1"', 'unit: "Talente:10:1" here, "Talente:20:1" on the card'),
    ],
)
@pytest.mark.parametrize("command", ["pay", "state", "verify", "serve"])
def test_a_setting_that_is_not_the_cards_opens_nothing(
    run: Run, members: Path, command: str, old: str, new: str, named: str
) -> None:
    change(members, old, new)
    done = run(command, members, *(PAY if command == "pay" else ("--json",)))
    assert (2, "config") == (done.code, done.json["error"]["code"])
    assert named in done.json["error"]["message"]
    change(members, new, old)
    assert 0 == run("state", members, "--json").code


def test_an_amount_is_not_read_in_another_unit_while_the_node_runs(run: Run, members: Path, serve: Serve) -> None:
    change(members, 'listen = "127.0.0.1:8470"', 'listen = "127.0.0.1:0"')
    serve(members)
    change(members, 'unit = "Talente:20:1"', 'unit = "hours"')
    done = run("pay", members, *PAY)
    assert (2, "config") == (done.code, done.json["error"]["code"])


def test_the_same_unit_written_otherwise_is_the_same(run: Run, tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    assert 0 == run("init", ring, "--address", "eiche.example", "--name", "Eiche").code
    change(ring, 'unit = "hours"', 'unit = "Stunden:1:2"')
    assert 0 == run("state", ring, "--json").code


def test_a_changed_url_is_said_to_need_a_new_card(run: Run, members: Path, serve: Serve) -> None:
    assert "card" not in run("state", members).out
    change(members, 'url = "https://eiche.example"', 'url = "https://eiche.neu.example"')
    said = "url is https://eiche.neu.example, the ring's card says https://eiche.example."
    assert said in run("state", members).out
    change(members, 'listen = "127.0.0.1:8470"', 'listen = "127.0.0.1:0"')
    process, _ = serve(members)
    process.terminate()
    assert "https://eiche.neu.example" in process.communicate()[1]
