# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every command and every option stands in docs/cli.md, and has its help in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ringtausch_node.cli import root

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(group: click.Group, path: str = "ringtausch") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}", command


ALL = dict(commands(root))
for _name in ("audit", "payment"):
    ALL[f"ringtausch {_name}"] = root.commands[_name].commands["show"]  # type: ignore[attr-defined]


def section(path: str, command: click.Command) -> str:
    """The text under the command's heading."""
    words = [str(param.metavar) for param in command.params if isinstance(param, click.Argument)]
    heading = "### `" + " ".join([path, *words]) + "`\n"
    assert heading in PAGE
    return PAGE.partition(heading)[2].partition("\n### ")[0]


@pytest.mark.parametrize("path", sorted(ALL))
def test_a_command_is_documented_with_options_and_example(path: str) -> None:
    text = section(path, ALL[path])
    assert f"\n{path} " in text or f"\n{path}\n" in text
    options = [param for param in ALL[path].params if isinstance(param, click.Option)]
    assert "--json" in {name for option in options for name in option.opts}
    for option in options:
        if option.opts != ["--json"]:
            assert f"| `{option.opts[0]}" in text


@pytest.mark.parametrize("path", sorted(ALL))
def test_a_command_is_explained_in_both_languages(path: str) -> None:
    command = ALL[path]
    for each in [command, *(param for param in command.params if isinstance(param, click.Option))]:
        german, english = each.german, each.english  # type: ignore[attr-defined]
        assert german != english or german == "Name"
        assert german
        assert english


def test_nothing_is_documented_that_does_not_exist() -> None:
    headings = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("### `")]
    assert sorted(ALL) == sorted(
        " ".join(word for word in heading.split() if word.islower() and "." not in word) for heading in headings
    )


def test_exit_codes_are_documented() -> None:
    assert all(f"\n| {number} | " in PAGE for number in range(5))
