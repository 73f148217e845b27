# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/config.example.toml: every setting, on its default, with what breaks if it is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ringtausch_node.config import Config, parse_config
from ringtausch_node.errors import LocalError
from tests.house.tree import ROOT

TEXT = (ROOT / "deploy" / "config.example.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^([a-z_]+) = ")


def settings(kind: type[msgspec.Struct] = Config, inside: str = "") -> Iterator[tuple[str, object]]:
    """Every setting there is, "limits.lower_limit", and its default; NODEFAULT where a ring must say it itself."""
    for field in msgspec.structs.fields(kind):
        name = f"{inside}{field.encode_name}"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from settings(field.type, f"{name}.")
        elif field.default_factory is not msgspec.NODEFAULT:
            yield name, field.default_factory()
        else:
            yield name, field.default


def shown() -> dict[str, Any]:
    """Every setting of the example and its value."""
    found: dict[str, Any] = {}
    for name, value in tomllib.loads(TEXT).items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            found[name] = value
    return found


def paragraphs() -> dict[str, str]:
    """Name of a setting -> the comment right above it."""
    found, comment = {}, ""
    for line in TEXT.splitlines():
        if setting := SETTING.match(line):
            found[setting[1]] = comment
        comment = f"{comment}{line[2:]}\n" if line.startswith("# ") else ""
    return found


def test_the_example_can_be_read() -> None:
    assert Config(address="eiche.example", name="Tauschring Eiche") == parse_config(TEXT.encode())


def test_every_setting_is_shown_and_no_other() -> None:
    assert sorted(name for name, _ in settings()) == sorted(shown())


@pytest.mark.parametrize(("name", "default"), list(settings()))
def test_a_setting_is_shown_on_its_default(name: str, default: object) -> None:
    if default is msgspec.NODEFAULT:
        assert name in {"address", "name"}
    else:
        assert default == shown()[name]


@pytest.mark.parametrize("name", [name for name, _ in settings()])
def test_a_setting_says_in_both_languages_what_breaks(name: str) -> None:
    comment = paragraphs()[name.rpartition(".")[2]]

    assert re.search(r"^Falsch: ", comment, re.MULTILINE), comment
    assert re.search(r"^Wrong: ", comment, re.MULTILINE), comment


@pytest.mark.parametrize("name", [name for name, _ in settings()])
def test_a_misspelt_setting_is_an_error_with_a_guess(name: str) -> None:
    last = name.rpartition(".")[2]
    misspelt = re.sub(rf"^{last} = ", f"{last}x = ", TEXT, flags=re.MULTILINE)

    with pytest.raises(LocalError) as caught:
        parse_config(misspelt.encode())

    assert "config" == caught.value.code
    assert f'unknown setting "{name}x" - meinten Sie / did you mean "{last}"?' == caught.value.detail
