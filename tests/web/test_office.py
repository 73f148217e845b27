# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slips, letters, cards, and the operator's page."""

from __future__ import annotations

from ringtausch_node.members import OPERATOR
from tests.web.conftest import HOUR, Oak, paid, text_of


def slip(row: int, number: str, payer: str, payee: str, amount: str) -> dict[str, str]:
    names = ("beleg", "nehmer", "geber", "betrag", "wofuer")
    return {f"{name}{row}": value for name, value in zip(names, (number, payer, payee, amount, "Fenster"), strict=True)}


async def test_the_office_books_slips_together_each_once(oak: Oak) -> None:
    office = await oak.member("buero")
    typed = {**slip(1, "26-17", "alma", "ben", "1:30"), **slip(3, "26-18", "Ben", "cleo", "2")}
    check = await office.send("/buero/belege", "/buero/belege/pruefen", **typed)
    assert "3,5 Stunden 2 Belege zusammen" in text_of(check)
    assert "Alma Berg → Ben Weber" in text_of(check)
    assert 0 == await oak.balance("cleo")
    fields = office.hidden(check, "/buero/belege")
    told = [text_of(await office.post("/buero/belege", fields)) for _ in range(2)]
    assert [True, False] == ["Zusammen gebucht: 3,5 Stunden." in each for each in told]
    assert "Nichts Neues ist gebucht. 2 Belege waren schon gebucht" in told[1]
    other = await office.post("/buero/belege", {**fields, "betrag1": "2"})
    assert "schon gebucht" in text_of(other)
    assert "1 Beleg war schon gebucht" in text_of(other)
    balances = [await oak.balance(each) for each in ("alma", "ben", "cleo")]
    assert [-HOUR * 3 // 2, -HOUR // 2, 2 * HOUR] == balances


async def test_the_sum_of_the_slips_runs_along_while_they_are_typed(oak: Oak) -> None:
    office = await oak.member("buero")
    assert "Die Summe sehen Sie auf der nächsten Seite" in text_of(await office.get("/buero/belege"))
    assert "Bis hier 1 Beleg: 1,5 Stunden" in text_of(await office.get("/buero/belege?betrag1=1,5&betrag2=vie"))
    heard = await office.get("/buero/belege?betrag1=1,5&betrag4=90+min&betrag9=-3&betrag10=1e9")
    assert "Bis hier 2 Belege: 3 Stunden" in text_of(heard)
    wrong = await office.send("/buero/belege", "/buero/belege/pruefen", **slip(2, "1", "alma", "wer", "0:30"))
    assert "Bis hier 1 Beleg: 0,5 Stunden" in text_of(wrong)


async def test_a_slip_that_cannot_be_read_is_named_and_none_is_lost(oak: Oak) -> None:
    office = await oak.member("buero")
    good = slip(1, "1", "alma", "ben", "1")
    for bad, field in ((slip(2, "", "alma", "ben", "1"), "beleg2"), (slip(2, "2", "wer", "ben", "1"), "nehmer2"),
                       (slip(2, "2", "alma", "wer", "1"), "geber2"), (slip(2, "2", "alma", "alma", "1"), "geber2"),
                       (slip(2, "2", "alma", "ben", "viel"), "betrag2"), (slip(2, "1", "alma", "ben", "1"), "beleg2"),
                       (slip(2, "x" * 21, "alma", "ben", "1"), "beleg2")):  # fmt: skip
        heard = await office.send("/buero/belege", "/buero/belege/pruefen", **good, **bad)
        html = heard.body.decode()
        assert (422, True) == (heard.status, f'href="#{field}"' in html), field
        assert 'value="Fenster"' in html


async def test_a_slip_typed_again_is_no_part_of_the_sum_and_another_by_its_number_is_told_before_any_is_booked(
    oak: Oak,
) -> None:
    office, form = await oak.member("buero"), "/buero/belege"
    first = slip(1, "26-17", "alma", "Ben Weber", "1:30")
    check = await office.send(form, f"{form}/pruefen", **first)
    await office.post(form, office.hidden(check, form))
    again = await office.send(form, f"{form}/pruefen", **first, **slip(2, "26-18", "alma", "ben", "2"))
    assert "2 Stunden 1 Beleg 1 Beleg ist schon gebucht und zählt hier nicht mit." in text_of(again)
    booked = text_of(await office.post(form, office.hidden(again, form)))
    assert ("Zusammen gebucht: 2 Stunden. 1 Beleg war schon gebucht" in booked, HOUR * 7 // 2) == (
        True,
        await oak.balance("ben"),
    )
    other = await office.send(form, f"{form}/pruefen", **slip(3, "26-17", "alma", "cleo", "1"))
    assert (422, True) == (other.status, 'Beleg 3: <a href="#beleg3">Ein Beleg mit dieser' in other.body.decode())


async def test_a_slip_with_one_person_twice_is_told_in_words_about_the_slip(oak: Oak) -> None:
    heard = await (await oak.member("buero")).send(
        "/buero/belege", "/buero/belege/pruefen", **slip(2, "1", "alma", "alma", "1")
    )
    told = text_of(heard)
    assert (True, False) == ("Beleg 2: Auf diesem Beleg steht zweimal dieselbe Person." in told, "Ihr eigenes" in told)


async def test_the_office_prints_a_letter_and_a_table(oak: Oak) -> None:
    office = await oak.member("buero")
    await paid(oak, "alma", "ben", "1,5", "Rasen")
    letter = await office.send("/buero/mitglied/alma", "/buero/brief/alma")
    assert "Guten Tag, Alma Berg," in text_of(letter)
    assert b"<svg" in letter.body
    assert "alma;Alma Berg;member;-1,5" in (await office.get("/buero/mitglieder.csv")).body.decode("utf-8-sig")


async def test_a_list_of_members_on_paper_names_everybody_who_is_here_with_a_mail_address(oak: Oak) -> None:
    await oak.ring.entrance.set_email("alma", "alma@mail.example")
    await oak.ring.members.life.freeze("ben", OPERATOR)
    await oak.ring.leaving.leave("cleo", None, OPERATOR)
    office = await oak.member("buero")
    page = text_of(await office.get("/buero/mitglieder"))
    assert "Nummer Name E-Mail alma Alma Berg alma@mail.example ben Ben Weber (ruht) buero" in page
    assert "Cleo" not in page
    rows = (await office.get("/buero/mitglieder.csv")).body.decode("utf-8-sig").split("\r\n")
    assert ["E-Mail", "alma@mail.example", ""] == [row.rpartition(";")[2] for row in rows[:3]]


async def test_a_card_leads_a_stranger_to_the_own_ring_and_shows_no_form_to_sign_in(oak: Oak) -> None:
    alma = await oak.member("alma")
    card = await alma.get("/karte")
    assert b"http://127.0.0.1/z/alma" in card.body
    page = await oak.browser().get("/z/alma?betrag=1,5&wofuer=Brot")
    assert "Zu welchem Tauschring gehören Sie?" in text_of(page)
    assert b'name="code"' not in page.body
    assert b'href="/zahlen?an=alma%40oak.example&amp;betrag=1%2C5&amp;wofuer=Brot"' in page.body
    nobody = await oak.browser().get("/z/nobody?betrag=1,5&wofuer=Brot")
    assert page.body.replace(b"alma", b"nobody") == nobody.body
    assert 400 == (await oak.browser().get("/z/%3Cscript%3E")).status


async def test_a_card_of_somebody_else_fills_the_form(oak: Oak) -> None:
    alma = await oak.member("alma")
    heard = await alma.get("/z/ben?betrag=1,5")
    page = (await alma.get(heard.headers["location"])).body.decode()
    assert ('value="ben@oak.example"' in page, 'value="1,5"' in page) == (True, True)


async def test_the_operator_sees_that_all_is_well(oak: Oak) -> None:
    assert "Alles in Ordnung." in text_of(await (await oak.member("olga")).get("/betrieb"))
