# SPDX-License-Identifier: AGPL-3.0-or-later
"""One request of a person: who it is, how they like their pages, what they sent."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from aiohttp.web import BaseRequest, StreamResponse

from ringtausch_node.members import Actor
from ringtausch_node.members.access_records import Access
from ringtausch_node.serving.uploads import Upload
from ringtausch_node.translations import Speech

TextSize: TypeAlias = Literal["normal", "gross", "riesig"]
Who: TypeAlias = Literal["open", "member", "reader", "office", "operator"]
_FORM_TOKEN_OF = b"form"
#: A batch of slips has some 50 fields; a form of one page stays far below.
FORM_BYTES = 64 * 1024


class Page(NamedTuple):
    """What a handler gives: a template, and the data that the page and its .json show."""

    template: str
    data: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True)
class Visit:
    """A request with everything that is known about it."""

    request: BaseRequest
    speech: Speech
    text_size: TextSize
    path: str
    found: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    access: Access | None = None
    session: str = ""
    #: The file of a form, where its route takes one: nothing of it is read yet.
    upload: Upload | None = None

    @property
    def actor(self) -> Actor:
        """The member who is signed in; only where the route asks for one."""
        assert self.access is not None
        return self.access.actor

    @property
    def form_token(self) -> str:
        """What every form of this device carries: nobody else can make it, and it ends with the device."""
        return form_token(self.session) if self.session else ""

    @property
    def account_asked(self) -> str:
        """Whose account the page is about: `?konto=`, or one's own. Whether it may be seen, the services judge."""
        return self.request.query.get("konto") or self.actor.handle

    def field(self, name: str) -> str:
        """What was typed into a field, without blanks around it; empty where there was none."""
        return self.form.get(name, "").strip()


def form_token(session: str) -> str:
    """The token of the forms of one signed-in device."""
    return hmac.new(session.encode(), _FORM_TOKEN_OF, hashlib.sha256).hexdigest()


#: A handler of this room: a page, or a ready response (a redirect, a file).
PageHandler: TypeAlias = Callable[[Visit], Awaitable[Page | StreamResponse]]


class PageRoute(NamedTuple):
    """One line of the table: who may use it. tests/web/routes.txt keeps it by hand.

    `is_paper`: the page is for printing too, so it has a .pdf beside it; a form's page gives one where the form says
    `als=pdf`. `takes_file`: its form may carry a file, which the handler reads or leaves.
    """

    method: str
    path: str
    who: Who
    handler: PageHandler
    form_bytes: int = FORM_BYTES
    is_paper: bool = False
    takes_file: bool = False
