# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers that are no pages: go on to another one, cookies, files, tables for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import msgspec
from aiohttp.web import Response
from multidict import CIMultiDict

from ringtausch_node.serving.problems import FOR_BROWSERS

_SAFE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Server": "ringtausch"}
#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def see_other(path: str) -> Response:
    """Go on to a page of our own, with GET: so a reload sends no form a second time."""
    return Response(status=303, headers=CIMultiDict({"Location": path, **_SAFE}))


def set_cookie(answer: Response, name: str, value: str, *, secure: bool, seconds: int | None = None) -> None:
    """A cookie that no script reads and no other site sends along with a form."""
    answer.set_cookie(name, value, path="/", httponly=True, samesite="Lax", secure=secure, max_age=seconds)


def attachment(name: str, kind: str, data: bytes) -> Response:
    """A file to keep."""
    return Response(body=data, headers=file_headers(name, kind))


def file_headers(name: str, kind: str) -> CIMultiDict[str]:
    """The headers of a file to keep."""
    return CIMultiDict({
        "Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"',
        **FOR_BROWSERS, **_SAFE,
    })  # fmt: skip


def as_file(name: str, value: msgspec.Struct) -> Response:
    """A value as a file that people and programs read."""
    return attachment(name, "application/json", msgspec.json.format(msgspec.json.encode(value), indent=2))


def table(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A table as spreadsheets in Germany open it: semicolons, UTF-8 with its mark. No cell becomes a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return attachment(name, "text/csv; charset=utf-8", text.getvalue().encode("utf-8-sig"))


def hours(seconds: int) -> str:
    """Hours with a decimal comma, as German spreadsheets count."""
    return f"{seconds / 3600:.4f}".rstrip("0").rstrip(".").replace(".", ",")


def _cell(value: str) -> str:
    is_number = value.replace("-", "", 1).replace(",", "", 1).isdecimal()
    return value if is_number or not value.startswith(_FORMULA) else "'" + value
