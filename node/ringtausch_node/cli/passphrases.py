# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a backup is sealed with: typed without being shown, or in a file; never an argument, which others could see."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from ringtausch_node.cli.commands import F, option
from ringtausch_node.cli.failures import misuse
from ringtausch_node.cli.language import say
from ringtausch_node.errors import LocalError

#: A line of a thousand letters, and what an editor puts around it; a larger file is another one.
FILE_BYTES = 8 * 1024


def passphrase_option() -> Callable[[F], F]:
    """--passphrase-file, the first line of which counts."""
    return option(
        "--passphrase-file",
        metavar="FILE",
        german="Das Kennwort steht in der ersten Zeile dieser Datei; - liest es von der Standardeingabe",
        english="The passphrase is the first line of this file; - reads it from standard input",
    )


def ask_passphrase(file: str | None, *, is_new: bool) -> str:
    """The passphrase for a new backup, or that of one which is there; a new one is typed twice.

    Raises LocalError('passphrase_needed') where nobody sits at a terminal, or nothing was given.
    """
    if file is None and not sys.stdin.isatty():
        raise LocalError("passphrase_needed")
    text = _read(file) if file is not None else _typed(is_new=is_new)
    if not text:
        raise LocalError("passphrase_needed")
    return text


def _typed(*, is_new: bool) -> str:
    question = say("Kennwort der Sicherung", "Passphrase of the backup")
    again = say("Noch einmal", "Once more") if is_new else False
    typed: str = click.prompt(
        question, hide_input=True, confirmation_prompt=again, default="", show_default=False, err=True
    )
    return typed.strip()


def _read(file: str) -> str:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(FILE_BYTES)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(FILE_BYTES)
        return data.decode("utf-8-sig").partition("\n")[0].strip()
    except OSError as error:
        raise misuse("file_unreadable", f"{Path(file).name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise misuse("file_unreadable", f"{Path(file).name}: no text") from None
