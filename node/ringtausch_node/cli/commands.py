# SPDX-License-Identifier: AGPL-3.0-or-later
"""click in two languages: commands and options carry both texts and show the one that the environment asks for."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.cli.failures import ExtraArguments, NotShown, UsedWrongly, misuse, report
from ringtausch_node.cli.language import say
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_protocol.units import Unit

F = TypeVar("F", bound=Callable[..., Any])
#: The exit code of a program that ended by Ctrl-C, as shells expect it.
INTERRUPTED = 130


class _Bilingual(click.Command):
    """A command with its help in German and English."""

    def __init__(self, *args: Any, german: str, english: str, **kwargs: Any) -> None:
        self.german, self.english = german, english
        super().__init__(*args, **kwargs)

    @property
    def help(self) -> str | None:
        """The help in the language of this call."""
        return say(self.german, self.english)

    @help.setter
    def help(self, text: str | None) -> None:
        """click sets its own help text; ours stands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; --help writes meanwhile. Raises NotShown where standard output takes nothing."""
        if args and not ctx.allow_extra_args:
            options, extra, _ = self.make_parser(ctx).parse_args(list(args))
            if extra and not options.get("help"):
                raise ExtraArguments(extra, ctx)
        try:
            return super().parse_args(ctx, args)
        except OSError as error:
            raise NotShown(error) from None

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line with our word for it."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("Aufruf: ", "Usage: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under our heading, click's own --help in our words."""
        options = [param for param in self.params if isinstance(param, click.Option)]
        rows = [row for param in options if (row := param.get_help_record(ctx)) is not None]
        rows.append(("-h, --help", say("Diese Hilfe zeigen.", "Show this help.")))
        with formatter.section(say("Optionen", "Options")):
            formatter.write_dl(rows)


class Command(_Bilingual):
    """A command of ringtausch."""


class Group(_Bilingual, click.Group):
    """A group of commands.

    `modules`: where its commands stand, if loading them costs what other commands should not pay (cryptography); they
    are imported when somebody first looks at the group's commands.
    """

    command_class = Command

    def __init__(self, *args: Any, modules: Sequence[str] = (), **kwargs: Any) -> None:
        self._modules = list(modules)
        super().__init__(*args, **kwargs)

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        """Name -> command."""
        while self._modules:
            importlib.import_module(f"ringtausch_node.cli.{self._modules.pop()}")
        return self._commands

    @commands.setter
    def commands(self, value: MutableMapping[str, click.Command]) -> None:
        self._commands = value

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options, then commands, under our headings."""
        super().format_options(ctx, formatter)
        shown = [self.commands[name] for name in self.list_commands(ctx) if not self.commands[name].hidden]
        rows = [(command.name or "", command.get_short_help_str(90)) for command in shown]
        with formatter.section(say("Befehle", "Commands")):
            formatter.write_dl(rows)


class GroupWithDefault(Group):
    """A group whose first word may be missing: `payment FOLDER ID` beside `payment cancel FOLDER ID`."""

    default = "show"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context_settings = {"ignore_unknown_options": True, "allow_interspersed_args": False}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What is not a command of this group belongs to the default one."""
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return self.default, self.commands[self.default], args


class Option(click.Option):
    """An option with its help in German and English."""

    def __init__(self, *args: Any, german: str, english: str, **kwargs: Any) -> None:
        self.german, self.english = german, english
        super().__init__(*args, **kwargs)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Names and help, with a word for what cannot be left out."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        needed = say(" (nötig)", " (required)") if self.required else ""
        return record[0], say(self.german, self.english) + needed


class Root(Group):
    """The command `ringtausch`: every failure ends in plain words and an exit code."""

    #: The order of the help: as a ring's life goes.
    order = (
        "init",
        "setup",
        "serve",
        "state",
        "verify",
        "backup",
        "restore",
        "recover",
        "key",
        "member",
        "peer",
        "pay",
        "payment",
        "refund",
        "invoice",
        "doubt",
        "log",
        "audit",
        "roster",
        "demo",
        "version",
    )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in that order."""
        places = {name: place for place, name in enumerate(self.order)}
        return sorted(self.commands, key=lambda name: places.get(name, len(places)))

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run with `args` (default: those of the process) and exit."""
        code = self.run(list(sys.argv[1:] if args is None else args))
        if _is_output_lost():  # it was told; Python would try again at the very end, and exit with a code of its own
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(code)

    def run(self, args: list[str]) -> int:
        """Run and give the exit code."""
        as_json = "--json" in args
        if args[:1] == ["--version"]:
            args = ["version", *args[1:]]
        try:
            _check_text(args)
            with self.make_context("ringtausch", args) as context:
                result = self.invoke(context)
            return result if isinstance(result, int) else 0
        except click.exceptions.NoArgsIsHelpError as asked:
            click.echo(asked.format_message(), err=True)
            return asked.exit_code
        except click.exceptions.Exit as ended:
            return ended.exit_code
        except (KeyboardInterrupt, click.Abort):
            return INTERRUPTED
        except Exception as error:
            return report(error, as_json)


def _is_output_lost() -> bool:
    """Standard output does not take what was written to it: a full disk, or nobody reads on."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _check_text(args: list[str]) -> None:
    """Refuse arguments that are no text in the terminal's encoding: they arrive as lone surrogates."""
    if any("\ud800" <= letter <= "\udfff" for argument in args for letter in argument):
        raise misuse("usage", "an argument is not valid text")


def option(*names: str, german: str, english: str, **settings: Any) -> Callable[[F], F]:
    """A bilingual option."""
    return click.option(*names, cls=Option, german=german, english=english, **settings)


def folder_argument(function: F) -> F:
    """FOLDER, the ring's data directory."""
    return click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))(function)


def json_option(function: F) -> F:
    """--json, which every command has."""
    german, english = "Ergebnis als JSON auf einer Zeile.", "Result as JSON on one line."
    return option("--json", "as_json", is_flag=True, german=german, english=english)(function)


def signed_amount_of(text: str, unit: Unit) -> int:
    """A limit or a balance as it is typed. Raises UsedWrongly('signed_amount')."""
    try:
        return parse_signed_amount(text, unit)
    except LocalError as error:
        raise misuse("signed_amount", error.detail) from None


def argument_of(read: Callable[[], Any]) -> Any:
    """Read an argument of the command; what is wrong with it is wrong use (exit 2), never a refusal."""
    try:
        return read()
    except RingtauschError as error:
        raise UsedWrongly(error) from None
