# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office corrects a member's name and mail address; the own address is changed where a password is asked for."""

from __future__ import annotations

import pytest

from ringtausch_node.errors import LocalError
from tests.web.conftest import Oak, paid, text_of

ALMA = "/buero/mitglied/alma"


async def test_the_office_corrects_name_and_mail_address(oak: Oak) -> None:
    await paid(oak, "alma", "ben", "2", "Hecke")
    office = await oak.member("buero")
    heard = await office.send(ALMA, f"{ALMA}/angaben", name=" Alma Berg-Weber ", email="alma@mail.example")
    assert 303 == heard.status
    assert "Alma Berg-Weber alma · alma@mail.example" in text_of(await office.get(ALMA))
    assert "Alma Berg-Weber" in text_of(await (await oak.member("ben")).get("/konto/buchungen"))
    await office.send(ALMA, f"{ALMA}/angaben", name="Alma Berg", email="")
    assert "" == await oak.ring.entrance.email("alma")


async def test_what_does_not_go_is_told_and_nothing_of_it_is_kept(oak: Oak) -> None:
    office = await oak.member("buero")
    for name, email, field in (("", "alma@mail.example", "name"), ("Alba", "im Heft", "email")):
        heard = await office.send(ALMA, f"{ALMA}/angaben", name=name, email=email)
        page = heard.body.decode()
        assert (422, True) == (heard.status, f'href="#{field}"' in page)
        assert (f'value="{email}"' in page, page.count('<details class="no-print" open>')) == (True, 1)
    assert ("Alma Berg", "") == ((await oak.ring.members.names())["alma"], await oak.ring.entrance.email("alma"))


async def test_nobody_sets_the_own_mail_address_without_a_password(oak: Oak) -> None:
    own = "/buero/mitglied/buero"
    office = await oak.member("buero")
    heard = await office.send(own, f"{own}/angaben", name="Büro am Markt", email="neu@mail.example")
    names = await oak.ring.members.names()
    assert (303, "Büro am Markt", "") == (heard.status, names["buero"], await oak.ring.entrance.email("buero"))
    actor = await oak.ring.members.authenticate(await oak.ring.members.token("buero"))
    with pytest.raises(LocalError, match="not_allowed"):
        await oak.ring.correcting.correct("buero", "Das Büro", "neu@mail.example", actor)


async def test_members_correct_nobody(oak: Oak) -> None:
    alma = await oak.ring.members.authenticate(await oak.ring.members.token("alma"))
    for handle in ("alma", "ben"):
        with pytest.raises(LocalError, match="not_allowed"):
            await oak.ring.correcting.correct(handle, "Anders", None, alma)


async def test_the_office_sees_no_such_form_at_an_operators_desk(oak: Oak) -> None:
    page = (await (await oak.member("buero")).get("/buero/mitglied/olga")).body.decode()
    doors = ("/angaben", "/ruhen", "/austritt", "/buero/brief/olga", "olga/abmelden")
    assert ([], True) == ([each for each in doors if each in page], "sind Sache eines Betreibers." in page)
