# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every function of both packages that reads foreign bytes or text is run by some target, every form searched."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import msgspec

import ringtausch_node
import ringtausch_protocol
from ringtausch_protocol import canonical
from tests.fuzz import readers, seeds, table, wire
from tests.fuzz.left_out import LEFT_OUT, is_left_out
from tests.fuzz.target import accepts

#: Made here of what a greeting said, and read from nobody.
NEVER_READ = {"Fence"}


def run_by_targets() -> set[str]:
    """The functions that run while each target gets what its search begins with."""
    inputs = [(target, data) for name, target in table.TARGETS.items()
              for data in (*seeds.seeds_of(target), *seeds.kept(name))]  # fmt: skip
    with readers.watched() as codes:
        for target, data in inputs:
            accepts(target, data)
    return readers.names_of(codes)


def test_every_reader_is_run_by_a_target_or_left_out_for_a_reason() -> None:
    assert [] == sorted(name for name in readers.found() - run_by_targets() if not is_left_out(name))


def test_nothing_is_left_out_that_is_no_reader() -> None:
    names = [name for left in LEFT_OUT for name in left.names]

    assert [] == [name for name in names if not any(each.startswith(name) for each in readers.found())]


def test_every_form_of_both_packages_is_searched_or_lies_inside_one_that_is() -> None:
    for package in (ringtausch_protocol, ringtausch_node):
        _import_all(package)
    searched = {each for form in wire.FORMS for each in _inside(form)}

    assert [] == sorted({each.__name__ for each in _below(canonical.Wire) if _is_whole(each, searched)} - NEVER_READ)


def _import_all(package: ModuleType) -> None:
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not each.name.endswith("__main__"):
            import_module(each.name)


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    """Forms below a form, of our packages: tests define some of their own."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("ringtausch_"):
            yield each
        yield from _below(each)


def _is_whole(kind: type[Any], searched: set[type[Any]]) -> bool:
    """Whether no target makes values of a kind; an empty base has none, and what is below a form reads that form."""
    is_base = bool(kind.__subclasses__()) and not kind.__struct_fields__
    return not is_base and searched.isdisjoint(kind.__mro__)


def _inside(form: Any) -> Iterator[type[Any]]:
    """A form and all the forms within it."""
    waiting, seen = [msgspec.inspect.type_info(form)], set[int]()
    while waiting:
        found = waiting.pop()
        if isinstance(found, msgspec.inspect.StructType) and id(found.cls) not in seen:
            seen.add(id(found.cls))
            yield found.cls
        waiting += [each for each in _parts(found) if id(getattr(each, "cls", None)) not in seen]


def _parts(found: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    if isinstance(found, msgspec.inspect.StructType):
        yield from (field.type for field in found.fields)
    elif isinstance(found, msgspec.inspect.UnionType):
        yield from found.types
    elif isinstance(found, (msgspec.inspect.ListType, msgspec.inspect.VarTupleType)):
        yield found.item_type
