# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every file of the tree must and must not hold."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, all_files, name_of, python_files, text_of

#: Names that say nothing; a room is split by the steps of its life.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "stuff"}

#: Marks of work put off. Spelt in two halves, so that this file does not find itself.
MARKS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "W" + "IP")) + r")\b")
SKIPS = re.compile(r"pytest\.(skip|importorskip|xfail)\b|mark\.(skip|skipif|xfail)\b|pragma: no (cover|branch)")

#: A folder of somebody's machine, or where somebody's packages come from.
PATHS = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work|workspace|farm|mnt|srv|media)/\w")
REGISTRIES = re.compile(
    r"(?:--(?:extra-)?index-url|--find-links|--trusted-host)\b|\b(?:pypi\.org|pythonhosted\.org|npmjs\.org)\b|file://\S*(?:simple|wheels)"
)
GENERATED = (ROOT / "tests" / "vectors", ROOT / "requirements.lock")


def _licence(name: str) -> str:
    return f"# SPDX-License-Identifier: {'Apache-2.0' if name.startswith('protocol/') else 'AGPL-3.0-or-later'}"


def _found(pattern: re.Pattern[str], suffixes: set[str] | None = None) -> list[str]:
    """Where `pattern` stands in files that people write."""
    return [
        f"{name_of(path)}:{number} {line.strip()[:100]}"
        for path in all_files()
        if path.name != "test_files.py" and not any(path.is_relative_to(made) for made in GENERATED)
        if suffixes is None or path.suffix in suffixes
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_python_file_says_its_licence_first() -> None:
    wrong = [
        name_of(path)
        for path in python_files()
        if path.read_text(encoding="utf-8").partition("\n")[0] != _licence(name_of(path))
    ]

    assert [] == wrong, "the first line names the licence; LICENSE says which folder has which"


def test_every_python_file_takes_annotations_from_the_future() -> None:
    wrong = [
        name_of(path)
        for path in python_files()
        if "\nfrom __future__ import annotations\n" not in path.read_text(encoding="utf-8")
        and len(path.read_text(encoding="utf-8").splitlines()) > 2
    ]

    assert [] == wrong


def test_file_names_say_what_is_inside() -> None:
    empty = [name_of(path) for path in all_files() if EMPTY_NAMES & set(re.split(r"[_.\W]", path.stem.lower()))]

    assert [] == empty, "name it after what it does"


def test_nothing_is_put_off() -> None:
    assert [] == _found(MARKS), "do it, or write an issue"


def test_no_test_is_skipped_and_no_line_is_excused() -> None:
    # A bare Debian has neither gcc, strace, Go nor Node: two places leave tests out, and say why. CI installs all.
    found = [
        each
        for each in _found(SKIPS, {".py"})
        if not each.startswith(("tests/processes/towns.py:", "tests/foreign/programs.py:"))
    ]

    assert [] == found


def test_no_path_of_a_machine() -> None:
    assert [] == _found(PATHS)


def test_no_address_of_a_registry() -> None:
    assert [] == _found(REGISTRIES), "where packages come from is the user's choice"
    assert REGISTRIES.search((ROOT / "requirements.lock").read_text(encoding="utf-8")) is None


def test_text_is_clean() -> None:
    untidy = [
        name_of(path)
        for path in all_files()
        if not any(path.is_relative_to(made) for made in GENERATED)
        if (text := text_of(path)) and ("\r" in text or not text.endswith("\n") or "\ufeff" in text)
    ]

    assert [] == untidy, "UTF-8 without mark, Unix line ends, a newline at the end"
