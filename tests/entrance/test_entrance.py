# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes on paper and by mail, passwords, devices."""

from __future__ import annotations

import re

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.entrance.model import (
    MAIL_SECONDS,
    PAPER_SECONDS,
    STAY_SECONDS,
    VISIT_SECONDS,
    read_code,
    write_code,
)
from ringtausch_node.entrance.service import PROOFS_BURST
from ringtausch_node.errors import LocalError
from ringtausch_node.members import Actor
from ringtausch_node.members.contacts import parse_email
from ringtausch_node.members.model import DAY_SECONDS
from ringtausch_node.rates import Busy
from tests.entrance.conftest import Clock, letters


async def actor_of(ring: Ring, handle: str) -> Actor:
    member = await ring.store.read(lambda tx: ring.members.present(tx, handle))
    return Actor(member.id, member.handle, member.role)


async def refused(ring: Ring, who: str, secret: str) -> str:
    with pytest.raises(LocalError) as caught:
        await ring.entrance.come_in(who, secret, "", stay=True)
    return caught.value.code


def link_in(body: str) -> str:
    found = re.search(r"/anmelden/link/(\S+)", body)
    assert found is not None
    return found[1]


def code_in(body: str) -> str:
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", body)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{} ", "{}\n"])
async def test_a_code_is_taken_as_people_type_it_and_once(ring: Ring, typed: str) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    token = await ring.entrance.come_in("Alma", typed.format(code.lower().replace("-", " ")), "Tablet", stay=True)
    assert "alma" == (await ring.members.access.find(token, "device")).actor.handle
    assert "login" == await refused(ring, "alma", code)


def test_letters_that_look_like_digits_are_those_digits() -> None:
    assert "01110000" == read_code("oiLl-0O0o")
    assert None is read_code("UUUU-UUUU")
    assert None is read_code("K7M4-2QP")
    assert "ZZZZ-ZZZZ" == write_code(b"\xff" * 5)
    assert "0000-0001" == write_code(b"\0\0\0\0\1")


async def test_a_code_on_paper_ends_after_a_while(ring: Ring, clock: Clock) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    clock.ahead = PAPER_SECONDS
    assert "login" == await refused(ring, "alma", code)


async def test_a_code_lets_nobody_else_in(ring: Ring) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    assert "login" == await refused(ring, "ben", code)
    assert await ring.entrance.come_in("alma@oak.example", code, "", stay=True)


@pytest.mark.parametrize("typed", ["Alma Berg", " alma berg "])
async def test_a_name_that_one_member_has_lets_in_as_the_handle_does(ring: Ring, typed: str) -> None:
    await ring.members.add("17", "Alma Berg")
    code = (await ring.entrance.issue_code("17")).code
    token = await ring.entrance.come_in(typed, code, "", stay=True)
    assert "17" == (await ring.members.access.find(token, "device")).actor.handle


async def test_a_name_that_two_members_have_is_nobody_s_and_a_handle_comes_before_a_name(ring: Ring) -> None:
    for handle, name in (("17", "Alma Berg"), ("18", "Alma Berg"), ("19", "ben")):
        await ring.members.add(handle, name)
    code, of_ben = (await ring.entrance.issue_code("17")).code, (await ring.entrance.issue_code("ben")).code
    assert "login" == await refused(ring, "Alma Berg", code)
    token = await ring.entrance.come_in("ben", of_ben, "", stay=True)
    assert "ben" == (await ring.members.access.find(token, "device")).actor.handle


async def test_who_left_comes_in_no_longer(ring: Ring) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    await ring.leaving.leave("alma", None)
    assert "login" == await refused(ring, "alma", code)


async def test_only_the_office_gives_codes(ring: Ring) -> None:
    with pytest.raises(LocalError, match="not_allowed"):
        await ring.entrance.issue_code("ben", await actor_of(ring, "alma"))
    assert "ben" == (await ring.entrance.issue_code("ben", await actor_of(ring, "buero"))).handle


async def stay_in_use(ring: Ring, clock: Clock, token: str, seconds: int) -> None:
    """Somebody looks in every thirty days."""
    for ahead in range(0, seconds, 30 * DAY_SECONDS):
        clock.ahead = ahead
        await ring.members.access.find(token, "device")


@pytest.mark.parametrize(("stay", "seconds"), [(True, STAY_SECONDS), (False, VISIT_SECONDS)])
async def test_a_device_stays_signed_in_as_long_as_was_said(ring: Ring, clock: Clock, stay: bool, seconds: int) -> None:
    code = (await ring.entrance.issue_code("alma")).code
    token = await ring.entrance.come_in("alma", code, "Tablet", stay=stay)
    await stay_in_use(ring, clock, token, seconds)
    clock.ahead = seconds - 60
    assert "alma" == (await ring.members.access.find(token, "device")).actor.handle
    clock.ahead = seconds + 60
    with pytest.raises(LocalError, match="unauthorized"):
        await ring.members.access.find(token, "device")
    assert [] == (await ring.members.access.list("alma")).tokens


async def test_a_password_lets_in_until_it_is_taken_away(ring: Ring) -> None:
    alma = await actor_of(ring, "alma")
    await ring.entrance.set_password("vier Wörter hintereinander", alma, is_fresh=True)
    assert (await ring.entrance.own_settings(alma)).has_password
    assert await ring.entrance.come_in("alma", "vier Wörter hintereinander", "", stay=False)
    assert "login" == await refused(ring, "alma", "vier Wörter hintereinandeR")
    await ring.entrance.set_password("", alma, "vier Wörter hintereinander")
    assert "login" == await refused(ring, "alma", "vier Wörter hintereinander")


@pytest.mark.parametrize("text", ["kurz", "a" * 10, "x" * 201, "aaaabbbb"])
async def test_a_password_that_is_too_easy_is_refused(ring: Ring, text: str) -> None:
    with pytest.raises(LocalError, match="password"):
        await ring.entrance.set_password(text, await actor_of(ring, "alma"), is_fresh=True)


@pytest.mark.parametrize(
    "text",
    [
        "Tauschring2026",
        "TauschringK7m4w",
        "passwort123",
        "AlmaAlma1960",
        "0123456789",
        "alma@oak.example",
        "Willkommen!",
    ],
)  # fmt: skip
async def test_a_password_made_of_what_guessers_try_first_is_refused(ring: Ring, text: str) -> None:
    with pytest.raises(LocalError, match="password"):
        await ring.entrance.set_password(text, await actor_of(ring, "alma"), is_fresh=True)


@pytest.mark.parametrize(
    "text", ["Manchester", "1q2w3e4r5t6y", "Sonnenschein", "Monkey!20245", "19641123Sunshine", "q1w2e3r4t5y6"]
)
async def test_a_password_that_many_people_have_is_refused(ring: Ring, text: str) -> None:
    with pytest.raises(LocalError, match="password"):
        await ring.entrance.set_password(text, await actor_of(ring, "alma"), is_fresh=True)


@pytest.mark.parametrize(
    "text", ["Monkey und Sonnenschein", "Tausch Apfel Hut Licht", "TauschringK7m4w9", "8301947265", "Alma und ihr Esel"]
)
async def test_such_a_word_among_others_spoils_no_password(ring: Ring, text: str) -> None:
    await ring.entrance.set_password(text, await actor_of(ring, "alma"), is_fresh=True)
    assert await ring.entrance.come_in("alma", text, "", stay=False)


@pytest.mark.parametrize("what", ["password", "email"])
async def test_an_access_alone_becomes_no_password_and_no_address(ring: Ring, what: str) -> None:
    alma, door = await actor_of(ring, "alma"), ring.entrance

    async def change(proof: str) -> None:
        if what == "password":
            await door.set_password("vier neue Wörter hier", alma, proof)
        else:
            await door.set_email("alma", "neu@mail.example", alma, proof)

    code = (await door.issue_code("alma")).code
    of_ben = (await door.issue_code("ben")).code
    for proof in ("", "x", of_ben, "x" * 500, "vier neue Wörter hier"):
        with pytest.raises(LocalError, match="proof"):
            await change(proof)
    assert ("", False) == ((own := await door.own_settings(alma)).email, own.has_password)
    await change(code)
    with pytest.raises(LocalError, match="proof"):  # the code is spent
        await change(code)
    assert await refused(ring, "alma", code) == "login"


async def test_whoever_has_a_stolen_access_does_not_guess_at_the_password(ring: Ring) -> None:
    alma = await actor_of(ring, "alma")
    await ring.entrance.set_password("vier Wörter hintereinander", alma, is_fresh=True)
    for _ in range(int(PROOFS_BURST)):
        with pytest.raises(LocalError, match="proof"):
            await ring.entrance.set_password("", alma, "geraten, geraten")
    with pytest.raises(Busy):
        await ring.entrance.set_password("", alma, "vier Wörter hintereinander")
    assert await ring.entrance.come_in("alma", "vier Wörter hintereinander", "", stay=False)


async def test_a_mail_has_a_code_and_a_link_and_one_of_them_counts(ring: Ring) -> None:
    await ring.entrance.set_email("alma", "alma@mail.example")
    await ring.entrance.ask_letter("Alma@Mail.example")
    [mail] = await letters(ring)
    assert ("alma@mail.example", "Ihr Code für „Eiche“") == (mail.recipient, mail.subject)
    assert "Alma" == (await ring.entrance.letter(link_in(mail.body))).name
    assert await ring.entrance.come_in("alma", code_in(mail.body), "", stay=True)
    with pytest.raises(LocalError, match="link_spent"):
        await ring.entrance.spend_letter(link_in(mail.body), "", stay=True)


async def test_looking_at_a_link_ten_times_spends_nothing(ring: Ring) -> None:
    await ring.entrance.set_email("alma", "alma@mail.example")
    await ring.entrance.ask_letter("alma")
    [mail] = await letters(ring)
    for _ in range(10):
        await ring.entrance.letter(link_in(mail.body))
    assert await ring.entrance.spend_letter(link_in(mail.body), "", stay=True)
    with pytest.raises(LocalError, match="link_spent"):
        await ring.entrance.letter(link_in(mail.body))


async def test_code_and_link_of_a_mail_end_after_the_ten_minutes_that_it_says(ring: Ring, clock: Clock) -> None:
    await ring.entrance.set_email("alma", "alma@mail.example")
    await ring.entrance.ask_letter("alma")
    [mail] = await letters(ring)
    [minutes] = re.findall(r"gilt (\d+) Minuten lang", mail.body)
    assert (10, 10 * 60) == (int(minutes), MAIL_SECONDS)
    clock.ahead = MAIL_SECONDS - 60
    assert "alma" == (await ring.entrance.letter(link_in(mail.body))).handle
    clock.ahead = MAIL_SECONDS
    with pytest.raises(LocalError, match="link_spent"):
        await ring.entrance.spend_letter(link_in(mail.body), "", stay=True)
    assert "login" == await refused(ring, "alma", code_in(mail.body))


async def test_a_couple_with_one_mailbox_gets_a_letter_each(ring: Ring) -> None:
    for handle in ("alma", "ben"):
        await ring.entrance.set_email(handle, "wir@mail.example")
    await ring.entrance.ask_letter("wir@mail.example")
    assert ["Alma", "Ben"] == sorted(each.body.split(",")[1].strip() for each in await letters(ring))


@pytest.mark.parametrize("who", ["cleo", "nobody", "x@y.example", "", "@", "a@b@c", "x" * 500])
async def test_whoever_gets_no_mail_is_told_what_the_others_are_told(ring: Ring, who: str) -> None:
    await ring.entrance.ask_letter(who)
    assert [] == await letters(ring)


@pytest.mark.parametrize(
    "text", ["a", "a@b", "a b@c.de", "a@b.de\nBcc: x@y.de", "<a@b.de>", "ä@b.de", "a@" + "b" * 260 + ".de", "a@b..de"]
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="email"):
        parse_email(text)


async def test_a_member_sets_only_the_own_address(ring: Ring) -> None:
    alma = await actor_of(ring, "alma")
    assert "alma@mail.example" == await ring.entrance.set_email("alma", " alma@mail.example ", alma, is_fresh=True)
    with pytest.raises(LocalError, match="not_allowed"):
        await ring.entrance.set_email("ben", "x@y.example", alma)
    assert "" == await ring.entrance.set_email("alma", "", alma, is_fresh=True)
    assert "" == await ring.entrance.email("alma", alma)
