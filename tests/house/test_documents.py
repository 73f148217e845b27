# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the documents say exists: commands, options, make targets, files; and what exists is said."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ringtausch_node import cli
from ringtausch_node.cli.tree import root
from tests.house.tree import ROOT, all_files, name_of, syntax_of

README = ROOT / "README.md"
#: Where a command counts as documented, and where a command that is shown must exist.
COMMAND_PAGES = [README, ROOT / "docs" / "cli.md"]
#: Pages that show commands without explaining all of them.
FURTHER_PAGES = [ROOT / "deploy" / "README.md", ROOT / "docs" / "conformance.md"]
PAGES = [path for path in all_files() if path.suffix == ".md"]
ASVS = ROOT / "docs" / "asvs.md"
#: How a row of that page answers.
ANSWERS = ("Test:", "Reason:", "Partly:", "Not met:", "Not applicable:")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
PROGRAM = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?ringtausch\b")


def _blocks(page: Path) -> list[str]:
    """The lines of all fenced blocks; lines that a backslash continues are one."""
    text = page.read_text(encoding="utf-8")
    return [line for block in FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]


def _shown(page: Path, *, is_example: bool = False) -> Iterator[list[str]]:
    """The words after `ringtausch` of every command that a page shows, in blocks or (no example) between backticks."""
    unfenced = FENCE.sub("", page.read_text(encoding="utf-8"))
    for line in [*_blocks(page), *([] if is_example else INLINE.findall(unfenced))]:
        if PROGRAM.match(line):
            lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&>")
            lexer.whitespace_split = True
            lexer.commenters = "#"
            yield _until_shell(list(lexer))[1:]


def _until_shell(words: list[str]) -> list[str]:
    """The words of the command itself, without what the shell does with it."""
    words = [word for word in words if word != "$"]
    ends = [at for at, word in enumerate(words) if re.fullmatch(r"[;|&>]+", word)]
    return words[: ends[0]] if ends else words


def _find(words: list[str]) -> tuple[str, click.Command, list[str]]:
    """The command that `words` reach, its name, and the words that are left for it."""
    command: click.Command = root
    name, rest = "ringtausch", list(words)
    while isinstance(command, click.Group) and rest and rest[0] in command.commands:
        command, name = command.commands[rest[0]], f"{name} {rest[0]}"
        rest = rest[1:]
    default = getattr(command, "default", None)
    if isinstance(command, click.Group) and default and rest and not rest[0].startswith("-"):
        command = command.commands[default]
    return name, command, rest


def _commands(group: click.Group = root, before: str = "ringtausch") -> Iterator[str]:
    """Every command a person can type, in full."""
    for name, command in group.commands.items():
        full = f"{before} {name}"
        if isinstance(command, click.Group):
            if hasattr(command, "default"):
                yield full
            yield from _commands(command, full)
        elif not command.hidden and name != getattr(group, "default", None):
            yield full


@pytest.mark.parametrize("page", [*COMMAND_PAGES, *FURTHER_PAGES], ids=name_of)
def test_every_command_shown_exists(page: Path) -> None:
    for words in _shown(page):
        name, command, rest = _find(words)
        options = {option for parameter in command.params for option in parameter.opts} | {"--help", "--json"}
        unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]

        assert [] == unknown, f"{page.name} shows {' '.join(words)}"
        assert not isinstance(command, click.Group) or not rest or rest[0].isupper() or rest[0].startswith("-"), (
            f"{page.name} shows `ringtausch {' '.join(words)}`, but `{name}` knows no `{rest[0]}`"
        )


@pytest.mark.parametrize("page", [*COMMAND_PAGES, *FURTHER_PAGES], ids=name_of)
def test_no_example_lacks_what_its_command_asks_for(page: Path) -> None:
    """Whoever copies a line of a block with values in it gets no error; lines that only name a command have FOLDER."""
    for words in _shown(page, is_example=True):
        _, command, rest = _find(words)
        required = [each for each in command.params if isinstance(each, click.Option) and each.required]

        assert [] == [each.opts for each in required if not set(each.opts) & set(rest)], f"{page.name}: {words}"


def test_every_command_is_documented() -> None:
    documented = {_find(words)[0] for page in COMMAND_PAGES for words in _shown(page)}

    assert [] == sorted(set(_commands()) - documented), "show it in README.md or docs/cli.md"


def test_the_command_line_is_what_is_installed() -> None:
    assert callable(cli.main)
    assert root is cli.root


def test_a_stranger_begins_with_demo_and_test() -> None:
    assert ["make demo", "make test"] == [line.strip() for line in _blocks(README) if line.strip()][:2]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    text = page.read_text(encoding="utf-8")
    shown = {
        found[1]
        for line in [*_blocks(page), *INLINE.findall(FENCE.sub("", text))]
        if (found := re.match(r"make ([a-z][a-z-]*)", line))
    }

    assert set() == shown - targets


def test_every_make_target_is_in_the_readme_or_for_contributors() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    text = README.read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert [] == sorted(target for target in targets if f"make {target}" not in text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = [
        target
        for target in LINK.findall(text)
        if not re.match(r"[a-z]+:|#", target) and not (page.parent / target.partition("#")[0]).exists()
    ]

    assert [] == broken


def _promises() -> list[str]:
    """The rows of the table of promises."""
    table = README.read_text(encoding="utf-8").partition("<!-- promises -->")[2].partition("<!-- /promises -->")[0]
    return [line for line in table.splitlines() if line.startswith("|")][2:]


def _tests_of(row: str) -> list[str]:
    """What a row links to, a test each: `tests/room/test_file.py#test_name`."""
    return [target for target in LINK.findall(row) if target.startswith("tests/") and "#" in target]


def _is_test(target: str) -> bool:
    """Whether the file defines what stands behind the `#`: a test, or the class of a machine that pytest runs."""
    name, _, wanted = target.partition("#")
    path = ROOT / name
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return path.is_file() and wanted in {node.name for node in syntax_of(path).body if isinstance(node, defined)}


def test_every_promise_links_to_a_test() -> None:
    assert _promises()
    assert [] == [row for row in _promises() if not _tests_of(row)], "name one: tests/room/test_file.py#test_name"


def test_every_test_that_a_promise_names_is_there() -> None:
    assert [] == [target for row in _promises() for target in _tests_of(row) if not _is_test(target)]


def _standard() -> dict[str, str]:
    """Number of a requirement of ASVS and what stands in its last column, in the order of the page."""
    rows = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| [12] \| [^|]+ \| ([^|]+) \|$", ASVS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted({row[0] for row in rows}) == sorted(row[0] for row in rows)
    return dict(rows)


def test_every_requirement_of_the_standard_has_an_answer_whose_tests_are_there() -> None:
    rows = _standard()
    linked = [target.removeprefix("../") for row in rows.values() for target in LINK.findall(row)]
    tests = [target for target in linked if target.startswith("tests/") and "#" in target]

    assert len(rows) > 70
    assert [] == [number for number, answer in rows.items() if not answer.startswith(ANSWERS)]
    assert [] == [number for number, answer in rows.items() if answer.startswith("Test:") and not LINK.search(answer)]
    assert [] == [target for target in tests if not _is_test(target)]


def test_what_is_not_met_of_the_standard_stands_at_the_top() -> None:
    top = ASVS.read_text(encoding="utf-8").partition("<!-- open -->")[2].partition("<!-- /open -->")[0]
    open_rows = [number for number, answer in _standard().items() if answer.startswith(("Not met:", "Partly:"))]

    assert open_rows == re.findall(r"^\* (\d+\.\d+\.\d+)", top, re.MULTILINE)


def test_a_promise_stands_once_and_is_a_sentence() -> None:
    said = [row.split("|")[1].strip() for row in _promises()]

    assert sorted(set(said)) == sorted(said)
    assert [] == [each for each in said if not each.endswith(".")]


@pytest.mark.parametrize("record", ADRS, ids=name_of)
def test_a_decision_is_short_and_whole(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert ["Status", "Context", "Decision", "Consequences"] == headings
    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert len(text.splitlines()) < 40


def test_decisions_are_numbered_without_gap() -> None:
    numbers = [int(record.name[:4]) for record in ADRS]

    assert list(range(1, len(ADRS) + 1)) == numbers


def test_a_document_that_code_cites_is_here() -> None:
    """Whoever reads a comment must be able to open what it names."""
    here = {path.name for path in PAGES}
    cited = re.compile(r"\b[A-Z]{2,}\.md\b")
    missing = [
        f"{name_of(path)}:{number} {name}"
        for path in all_files()
        if path.suffix in {".py", ".sql", ".md", ".toml"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for name in cited.findall(line)
        if name not in here
    ]

    assert [] == missing
