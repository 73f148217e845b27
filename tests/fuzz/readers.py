# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which functions of both packages read bytes or text of others, found by their names and by what they call."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

import ringtausch_node
import ringtausch_protocol

#: The folders of both packages.
ROOMS = tuple(Path(str(package.__file__)).parent for package in (ringtausch_node, ringtausch_protocol))
_NAME = re.compile(r"_?(read|parse|open|unpack|decode)(_|$)")
#: How bytes and text that somebody sent are called where a function takes them.
_GIVEN = re.compile(r"\b(bytes|str|IO|BaseRequest)\b")
#: What reads a form that others write: JSON, TOML, CSV, archives, addresses, base64 and hex.
_DECODERS = frozenset({
    "msgspec.json.decode", "msgspec.json.Decoder", "msgspec.convert", "json.load", "json.loads", "tomllib.loads",
    "csv.reader", "csv.DictReader", "tarfile.open", "tarfile.TarFile", "zipfile.ZipFile", "MultipartReader",
    "urlsplit", "urllib.parse.urlsplit", "parse_qsl", "base64.b64decode", "base64.b32decode", "bytes.fromhex",
    "ip_address", "ipaddress.ip_address", "datetime.strptime", "datetime.fromisoformat",
})  # fmt: skip
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def found() -> frozenset[str]:
    """Every reader: `room.module.Class.function`, as below its package."""
    files = [(root, file) for root in ROOMS for file in root.rglob("*.py")]
    return frozenset(
        f"{_module(root, file)}.{name}" for root, file in files for name in _readers(ast.parse(file.read_text()), ())
    )


def _module(root: Path, file: Path) -> str:
    return ".".join((root.name.removeprefix("ringtausch_"), *file.relative_to(root).with_suffix("").parts))


def _readers(node: ast.AST, around: tuple[str, ...]) -> Iterator[str]:
    for each in ast.iter_child_nodes(node):
        name = getattr(each, "name", None)
        here = (*around, str(name)) if isinstance(each, (ast.ClassDef, *_Function.__args__)) else around
        if isinstance(each, _Function) and _is_reader(each):
            yield ".".join(here)
        yield from _readers(each, (*here, "<locals>") if isinstance(each, _Function) else here)


def _is_reader(function: _Function) -> bool:
    arguments = function.args
    given = [each.annotation for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    is_given = any(each is not None and _GIVEN.search(ast.unparse(each)) for each in given)
    return bool(is_given and _NAME.match(function.name)) or any(
        isinstance(each, ast.Call) and ast.unparse(each.func) in _DECODERS for each in ast.walk(function)
    )


@contextmanager
def watched() -> Iterator[set[CodeType]]:
    """The code of all functions that run inside the `with` block."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, _event: str, _argument: object) -> None:
        seen.add(frame.f_code)

    _forget()
    before = sys.gettrace()
    sys.settrace(note)
    try:
        yield seen
    finally:
        sys.settrace(before)


def names_of(codes: Iterable[CodeType]) -> set[str]:
    """Those of both packages, named as `found` names them."""
    return {
        f"{_module(root, file)}.{code.co_qualname}"
        for code in codes
        for root in ROOMS
        if (file := Path(code.co_filename)).is_relative_to(root)
    }


def _forget() -> None:
    """What is kept as read is read again."""
    for name, module in [*sys.modules.items()]:
        if name.startswith(("ringtausch_node", "ringtausch_protocol")):
            for each in vars(module).values():
                if callable(getattr(each, "cache_clear", None)):
                    each.cache_clear()
