# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/Containerfile, as far as it can be judged without an engine: what linters look for, and our own."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ringtausch_node.serving import ServingLimits
from tests.house.tree import ROOT, all_files, name_of

FILE = ROOT / "deploy" / "Containerfile"
KNOWN = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN", "STOPSIGNAL", "USER",
    "VOLUME", "WORKDIR",
}  # fmt: skip


class Step(NamedTuple):
    """One instruction and the stage it belongs to (0 before the first FROM)."""

    stage: int
    word: str
    rest: str


def steps() -> list[Step]:
    """The file as the engine reads it: without comments, continued lines joined."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    found: list[Step] = []
    stage = 0
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            stage += word == "FROM"
            found.append(Step(stage, word, " ".join(rest.split())))
    return found


def of(word: str, stage: int = 2) -> list[str]:
    """What stands behind a word in a stage; the second is the one that runs."""
    return [step.rest for step in steps() if (stage, word) == (step.stage, step.word)]


def test_only_known_instructions_and_none_that_fetches() -> None:
    assert set() == {step.word for step in steps()} - KNOWN, "ADD may fetch and unpack; COPY says what it does"
    assert [] == [step.rest for step in steps() if re.search(r"\b(curl|wget|git clone|https?://)", step.rest)]


def test_the_image_has_a_version_and_both_stages_the_same() -> None:
    (image,) = of("ARG", 0)
    assert re.fullmatch(r"PYTHON_IMAGE=docker\.io/library/python:3\.11-slim-[a-z]+", image)
    assert ["${PYTHON_IMAGE} AS build"] == of("FROM", 1)
    assert ["${PYTHON_IMAGE}"] == of("FROM", 2)


def test_only_locked_wheels_are_installed() -> None:
    commands = [command for step in steps() if step.word == "RUN" for command in step.rest.split(" && ")]
    installs = [command for command in commands if re.search(r"\bpip\b.* install ", command)]

    assert 3 == len(installs)
    for command in installs:
        assert "--no-deps" in command  # an old pip would look past the lock where something wants an extra
        if "/wheels/" not in command:
            assert "--require-hashes --no-deps --only-binary=:all: -r deploy/requirements-" in command
    assert [] == [command for command in commands if re.search(r"\b(apt|apt-get|apk|dnf)\b", command)]


def test_everything_copied_is_here_and_let_through() -> None:
    ignored = (FILE.parent / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [
        source
        for step in steps()
        if step.word == "COPY" and "--from=" not in step.rest
        for source in step.rest.split()[:-1]
    ]

    assert "*" == next(line for line in ignored if not line.startswith("#"))
    assert sorted(f"!{source}" for source in sources) == sorted(line for line in ignored if line.startswith("!"))
    assert [] == [source for source in sources if not (ROOT / source).exists()]


def test_the_wheel_is_built_from_all_that_it_declares() -> None:
    copied = " ".join(of("COPY", 1))
    assert all(name in copied.split() for name in ("pyproject.toml", "README.md", "LICENSE", "node", "protocol"))


def test_no_key_and_no_book_lies_in_what_is_copied() -> None:
    secrets = re.compile(r"(^|/)keys/|\.sqlite|control\.sock$")
    assert [] == [name_of(path) for path in all_files() if secrets.search(name_of(path))]


def test_it_does_not_run_as_root() -> None:
    assert ["8470:8470"] == of("USER")
    words = [step.word for step in steps() if step.stage == 2]
    assert "RUN" not in words[words.index("USER") :]
    assert "WORKDIR" in words
    assert of("WORKDIR")[0].startswith("/")


def test_one_volume_that_belongs_to_the_user() -> None:
    assert ['["/data"]'] == of("VOLUME")
    assert "install -d -m 0700 -o 8470 -g 8470 /data" in of("RUN")[0]
    words = [step.word for step in steps() if step.stage == 2]
    assert words.index("RUN") < words.index("VOLUME"), "what is changed in a volume after its line is lost"


def test_it_is_asked_for_its_health_and_stopped_gently() -> None:
    (check,) = of("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])

    assert ["python", "-I", "/opt/ringtausch/health.py", "/data/ring"] == command
    assert any(copy == "deploy/health.py /opt/ringtausch/health.py" for copy in of("COPY"))
    assert ["SIGTERM"] == of("STOPSIGNAL")
    assert 10.0 == ServingLimits().stop_seconds, "the comment above STOPSIGNAL says so"


def test_it_begins_with_the_program_itself() -> None:
    """A shell in between would keep signals from the node."""
    assert ["ringtausch"] == json.loads(of("ENTRYPOINT")[0])
    assert ["serve", "/data/ring"] == json.loads(of("CMD")[0])
