# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names as people type them, in their one form, or refused."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol.addresses import MemberAddress, folder_of, is_ring_url, parse_handle, parse_member, parse_ring
from ringtausch_protocol.canonical import Address
from ringtausch_protocol.errors import LocalError


def refuses(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(LocalError) as caught:
        parse(text)
    assert "address" == caught.value.code


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("anna", "anna"),
        ("Anna.B-1_x", "anna.b-1_x"),
        ("JÜRGEN", "jürgen"),
        ("ju\u0308rgen", "jürgen"),
        ("Größe", "größe"),
        ("GRÖẞE", "größe"),
        ("4123", "4123"),
        ("ß", "ß"),
        ("a" * 40, "a" * 40),
    ],
)
def test_a_handle_has_one_form(text: str, handle: str) -> None:
    assert handle == parse_handle(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        " anna",
        "anna\n",
        ".anna",
        "-a",
        "_a",
        "a" * 41,
        "é",
        "İ",
        "\u0430nna",
        "a@b",
        "a/b",
        "a\u0000",
        "a\u202eb",
    ],
)
def test_another_handle_is_refused(text: str) -> None:
    refuses(parse_handle, text)


@pytest.mark.parametrize(
    ("text", "ring"),
    [
        ("Tauschring-Osnabrueck.example", "tauschring-osnabrueck.example"),
        ("127.0.0.1:8001", "127.0.0.1:8001"),
        ("localhost:65535", "localhost:65535"),
        ("a", "a"),
        (".".join(["a" * 39] * 3), ".".join(["a" * 39] * 3)),
    ],
)
def test_a_ring_has_one_form(text: str, ring: str) -> None:
    assert ring == parse_ring(text)


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a b", "a\n", "a:", "a:0", "a:080", "a:65536", "a:123456",
        "a:b", "http://a", "a/b", "a_b", "ring.exämple", "\u212aiel.example", "a" * 64, ".".join(["a" * 40] * 3),
        "[::1]", "a@b",
    ],
)  # fmt: skip
def test_another_ring_is_refused(text: str) -> None:
    refuses(parse_ring, text)


@pytest.mark.parametrize(
    ("url", "is_called"),
    [
        ("https://oak.example", True), ("http://127.0.0.1:8470/", True), ("https://[2a00:1450::1]:8443", True),
        ("https://club.example/rings/oak-2.b_~/", True), ("https://oak.example?ring=1", False),
        ("https://oak.example/oak?", False), ("https://oak.example/#", False), ("https://oak.example/a/../b", False),
        ("https://oak.example//a", False), ("https://me@oak.example", False), ("https://oak.example:0", False),
        ("https://oak.example:65536", False), ("https://oak.example\n", False), ("ftp://oak.example", False),
        ("https://oak.example/" + "a" * 200, False),
    ],
)  # fmt: skip
def test_a_ring_is_called_at_a_host_and_a_folder_and_nothing_else(url: str, is_called: bool) -> None:
    assert is_called == is_ring_url(url)


@pytest.mark.parametrize(("url", "folder"), [("https://a.example", ""), ("https://a.example:8443/oak/", "/oak")])
def test_a_ring_answers_beneath_the_folder_of_its_url(url: str, folder: str) -> None:
    assert folder == folder_of(url)


def test_a_member_of_another_ring_is_written_with_both() -> None:
    assert MemberAddress("jürgen", "ring.example:8443") == parse_member("Jürgen@Ring.Example:8443")


@pytest.mark.parametrize(
    "text",
    ["", "anna", "@", "anna@", "@ring.example", "anna@b@ring.example", "anna @ring.example"],
)
def test_another_member_is_refused(text: str) -> None:
    refuses(parse_member, text)


@given(st.text(max_size=20) | st.from_regex(r"[A-Za-z0-9.:@-]{1,20}", fullmatch=True))
def test_reading_twice_changes_nothing_and_what_is_typed_may_stand_on_a_card(text: str) -> None:
    for parse in (parse_handle, parse_ring):
        try:
            once = parse(text)
        except LocalError:
            continue
        assert once == parse(once)
        if parse is parse_ring:
            assert once == msgspec.convert(once, Address)
