# SPDX-License-Identifier: AGPL-3.0-or-later
"""What browsers send, or whoever says he is one: forms, files, links, drafts, where a form came from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import cache
from typing import Any, TypeVar
from unicodedata import is_normalized
from urllib.parse import urlencode, urljoin, urlsplit

from aiohttp.http import HttpVersion11
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web import BaseRequest
from aiohttp.web_server import Server
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from ringtausch_node.api.app import read_json
from ringtausch_node.federation.agreement.peering import _read_invitation
from ringtausch_node.serving.connections import Connection, Guard
from ringtausch_node.serving.limits import ServingLimits
from ringtausch_node.serving.uploads import read_parts
from ringtausch_node.web.door.doorkeeper import FORM_FIELDS, LONG_FIELDS, own_path, read_form, verify_own_origin
from ringtausch_node.web.look.pay_links import PLAIN, SIGN_LENGTH, link_of, read_link, read_sign
from ringtausch_node.web.member.drafts import open_draft, seal_draft
from ringtausch_node.web.member.payees import read_card_link
from ringtausch_protocol import canonical, limits, units
from ringtausch_protocol.canonical import has_controls
from ringtausch_protocol.errors import RemoteError
from tests.fuzz.target import Target, choosing, of_text, optional
from tests.vectors import payloads

T = TypeVar("T")

#: Far below those of the pages: so a short input meets them.
_FIELDS_MAX, _FIELDS_BYTES, _FILE_BYTES, _FORM_BYTES = 6, 100, 300, 2_000
_FORM = "application/x-www-form-urlencoded"
_PARTS = (
    b'multipart/form-data; boundary=x\n--x\r\nContent-Disposition: form-data; name="zeichen"\r\n\r\nAlm\xc3\xa9\r\n'
    b'--x\r\nContent-Disposition: form-data; name="datei"; filename="a.csv"\r\n\r\nhandle;name\r\n--x--\r\n'
)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _connection() -> Connection:
    async def nobody(_request: BaseRequest) -> Any:
        raise AssertionError

    async def made() -> Connection:
        return Connection(Server(nobody), Guard(ServingLimits()), asyncio.get_running_loop())

    return _run(made())


def _run(work: Coroutine[Any, Any, T]) -> T:
    return _loop().run_until_complete(work)


def _request(headers: dict[str, str], body: bytes = b"") -> BaseRequest:
    """A request as the reader of HTTP hands it on, its body there already."""
    named = CIMultiDict(headers)
    raw = tuple((name.encode(), text.encode("utf-8", "surrogateescape")) for name, text in headers.items())
    message = RawRequestMessage(
        "POST", "/", HttpVersion11, CIMultiDictProxy(named), raw, False, None, False, False, URL("/"),
    )  # fmt: skip
    content = StreamReader(_connection(), limit=2**16, loop=_loop())
    content.feed_data(body)
    content.feed_eof()
    return BaseRequest(message, content, _connection(), None, None, _loop())  # type: ignore[arg-type]


def _header(data: bytes) -> str:
    """A header as aiohttp gives it out."""
    return data.decode("utf-8", "surrogateescape")


def _upload(data: bytes) -> None:
    """A first line with the media type, then the body. Nothing is in a field or file that does not stand in there."""
    kind, _, body = data.partition(b"\n")
    _run(_take_parts(_request({"Content-Type": _header(kind)}, body), body))


async def _take_parts(request: BaseRequest, body: bytes) -> None:
    parts = await read_parts(request, _FIELDS_MAX, _FIELDS_BYTES)
    values = [text.encode() for text in parts.fields.values()]
    assert len(values) <= _FIELDS_MAX
    assert sum(map(len, values)) <= _FIELDS_BYTES
    assert all(value in body for value in values)
    if parts.upload is not None:
        file = await parts.upload.read(_FILE_BYTES)
        assert len(file) <= _FILE_BYTES
        assert file in body


def _form(data: bytes) -> None:
    """A form written again says the same; a long one is cut, never kept."""
    form = _run(read_form(_request({"Content-Type": _FORM}, data), _FORM_BYTES))
    assert len(data) <= _FORM_BYTES
    assert len(form) <= FORM_FIELDS
    assert all(is_normalized("NFC", value) for name, value in form.items() if name not in LONG_FIELDS)
    again = urlencode({name: value.replace("\n", "\r\n") for name, value in form.items()}).encode()
    if len(again) <= _FORM_BYTES and not any("\r" in value for value in form.values()):
        assert _run(read_form(_request({"Content-Type": _FORM}, again), _FORM_BYTES)) == form


def _json(data: bytes) -> None:
    kind, _, body = data.partition(b"\n")
    assert _run(read_json(_request({"Content-Type": _header(kind)}, body))) == body


def _query(data: bytes) -> Any:
    """What stands behind the question mark of an address; aiohttp takes none but in ASCII."""
    if not data.isascii():
        raise RemoteError("bad_request")
    return URL.build(path="/", query_string=data.decode(), encoded=True).query


def _link(data: bytes) -> None:
    """Whatever a link wishes can be paid, and a link of ours that wishes the same is read as the same."""
    wish = read_link(_query(data), units.HOURS)
    assert wish.amount_seconds is None or 1 <= wish.amount_seconds <= limits.AMOUNT_MAX
    assert len(wish.memo) <= limits.MEMO_LENGTH
    assert not has_controls(wish.memo)
    link = link_of("https://eiche.example", "alma", wish)
    assert read_link(URL(link).query, units.HOURS) == wish


def _sign(text: str) -> None:
    betrag, _, wofuer = text.partition("\n")
    wish = read_sign(betrag, wofuer, units.HOURS)
    assert len(wish.memo) <= SIGN_LENGTH


def _onward(data: bytes) -> None:
    """A browser that is on a page of ours and goes there stays with us."""
    path = own_path(_query(data).get("weiter", ""), "/")
    assert urlsplit(urljoin("https://eiche.example/anmelden", path)).netloc == "eiche.example"


def _sealed_draft(data: bytes) -> None:
    """What somebody wrote into the address in the place of a draft."""
    optional(open_draft("a session", _query(data).get("entwurf", "")))
    raise AssertionError("opened without the key")


def _draft(text: str) -> None:
    fields = dict(zip(text.split("\n")[::2], text.split("\n")[1::2], strict=False))
    assert open_draft("a session", seal_draft("a session", fields)) == fields
    assert open_draft("another session", seal_draft("a session", fields)) is None


def _origin(data: bytes) -> None:
    """Three lines: Sec-Fetch-Site, Origin, Host; an empty one is not sent. Who passes came from this host."""
    site, origin, host = (*map(_header, data.split(b"\n", 2)), "", "")[:3]
    given = {"Sec-Fetch-Site": site, "Origin": origin, "Host": host}
    verify_own_origin(_request({name: text for name, text in given.items() if text}))
    assert origin.partition("//")[2].lower().startswith(host.lower())


def _card_link(text: str) -> None:
    at, handle = read_card_link(text)
    assert read_card_link(link_of(f"https://{at}", handle, PLAIN)) == (at, handle)


def _invitation(data: bytes) -> None:
    """What one operator sends the other, as it comes out of a field or a file."""
    assert canonical.encode(_read_invitation(data)) == data.strip()


_SENT: tuple[tuple[Callable[[bytes], None], bytes], ...] = (
    (_form, b"an=ben&zeit=1%2C5&zweck=Hecke+%C3%A9"),
    (_json, b'application/json; charset=utf-8\n{"helper":"ben"}'),
    (_link, b"betrag=1:30&wofuer=Hecke%20schneiden"),
    (of_text(_sign), b"1,5\nHecke"),
    (_onward, b"weiter=/konto?vor=3"),
    (_sealed_draft, b"entwurf=gAAAAABlkN3AAAAAAAAAAAAAAAAAAAAAAA=="),
    (of_text(_draft), b"an\nben\nzeit\n1,5"),
    (of_text(_card_link), b"https://eiche.example/z/alma?betrag=1:30"),
    (_invitation, canonical.encode(payloads.invitation()) + b"\n"),
    (_origin, b"same-origin\nhttps://eiche.example\neiche.example"),
)  # fmt: skip


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(_SENT))
    yield "sent", choosing([read for read, _ in _SENT])._replace(start=start, is_apart=True)
    yield "upload", Target(_upload, start=(_PARTS,), is_apart=True)
