# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings and texts on the operator's pages: what is typed stands in the folder, what is wrong is named and kept."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.folder import load_config
from ringtausch_node.members import OPERATOR
from ringtausch_node.upkeep.settings import FIXED
from ringtausch_node.upkeep.texts import NAMES, TEXT_LENGTH
from ringtausch_node.web.operator.setting_fields import GROUPS
from tests.serving.wire import Heard
from tests.web.conftest import HOUR, Browser, Oak, text_of
from tests.web.test_bad_input import ODD

AT, TEXTS = "/betrieb/einstellungen", "/betrieb/texte"
RULES = {
    "limits-default_min_seconds": "20", "limits-default_max_seconds": "1:30", "limits-lower_limit": "warn",
    "limits-upper_limit": "block", "membership-sign_up": "page", "membership-accept_invoices_after_days": "14",
    "membership-categories": "Garten\n\n Haus \n",
}  # fmt: skip
MAIL = {
    "mail-host": "mail.example", "mail-port": "465", "mail-encryption": "tls", "mail-user": "ring",
    "mail-password": "geheim-geheim", "mail-sender": "ring@oak.example",
}  # fmt: skip


async def save(browser: Browser, group: str, **fields: str) -> Heard:
    return await browser.send(f"{AT}/{group}", f"{AT}/{group}", **fields)


async def test_what_is_typed_stands_in_the_file_and_is_shown_again(oak: Oak) -> None:
    olga = await oak.member("olga")
    assert 303 == (await save(olga, "regeln", **RULES)).status
    config = load_config(oak.ring.folder.path)
    assert (-20 * HOUR, 5_400) == (config.limits.default_min_seconds, config.limits.default_max_seconds)
    assert ("warn", "block") == (config.limits.lower_limit, config.limits.upper_limit)
    assert ("page", 14) == (config.membership.sign_up, config.membership.accept_invoices_after_days)
    assert ["Garten", "Haus"] == config.membership.categories
    page = (await olga.get(f"{AT}/regeln")).body.decode()
    assert ('value="1,5"' in page, "Garten\nHaus</textarea>" in page) == (True, True)
    assert oak.ring.settings.changed.is_set()


async def test_every_setting_says_what_breaks(oak: Oak) -> None:
    olga = await oak.member("olga")
    for group in GROUPS.values():
        page = text_of(await olga.get(f"{AT}/{group.name}"))
        assert [] == [each.name for each in group.fields if each.breaks not in page]


async def test_what_was_not_changed_opens_nothing_again(oak: Oak) -> None:
    olga = await oak.member("olga")
    fields = {"name": "Tauschring Eiche", "office_phone": "0251 123456"}
    assert 303 == (await save(olga, "ring", **fields)).status
    assert not oak.ring.settings.changed.is_set()


async def test_a_mail_password_is_never_shown_and_stays_where_none_is_typed(oak: Oak) -> None:
    olga = await oak.member("olga")
    await save(olga, "post", **MAIL)
    for path in (f"{AT}/post", f"{AT}/post.json"):
        assert b"geheim" not in (await olga.get(path)).body
    wrong = await save(olga, "post", **{**MAIL, "mail-port": "viele"})
    assert (422, False) == (wrong.status, b"geheim" in wrong.body)
    await save(olga, "post", **{**MAIL, "mail-password": "", "mail-user": "anders"})
    mail = load_config(oak.ring.folder.path).mail
    assert ("anders", "geheim-geheim") == (mail.user, mail.password)


@pytest.mark.parametrize(
    ("group", "field", "value"),
    [("regeln", "limits-default_min_seconds", "viel"), ("regeln", "membership-accept_invoices_after_days", "400"),
     ("regeln", "limits-lower_limit", "maybe"), ("regeln", "membership-categories", "x" * 41),
     ("post", "mail-sender", "nobody"), ("post", "mail-port", "0"), ("ring", "name", ""),
     ("ring", "office_phone", "\x07"), ("sprache", "time_zone", "../../etc/passwd"), ("sprache", "language", "fr"),
     ("verbindungen", "lines-open_holds", "9" * 30), ("verbindungen", "lines-limit_in_seconds", "-1")],
)  # fmt: skip
async def test_what_does_not_fit_is_named_at_its_field_and_nothing_is_written(
    oak: Oak, group: str, field: str, value: str
) -> None:
    olga, before = await oak.member("olga"), load_config(oak.ring.folder.path)
    fields = {**RULES, **MAIL, "name": "X", "office_phone": "", "language": "de", "form_of_address": "Sie",
              "time_zone": "Europe/Berlin", "lines-limit_in_seconds": "1", "lines-limit_out_seconds": "1",
              "lines-open_holds": "3", "lines-deadline_hours": "3", "log-entries": "open", field: value}  # fmt: skip
    heard = await save(olga, group, **fields)
    assert (422, True) == (heard.status, f'id="{field}-fehler"' in heard.body.decode())
    assert before == load_config(oak.ring.folder.path)


async def test_odd_texts_in_every_setting_are_refused_or_kept_and_never_run(oak: Oak) -> None:
    olga = await oak.member("olga")
    for text in ODD:
        for group in GROUPS.values():
            fields = dict.fromkeys((each.id for each in group.fields), text.encode(errors="replace").decode())
            heard = await save(olga, group.name, **fields)
            assert heard.status in (303, 422), (group.name, text)
            assert b"<script>alert" not in heard.body
        load_config(oak.ring.folder.path)


async def test_twenty_equal_forms_at_once_are_one_file(oak: Oak) -> None:
    olga = await oak.member("olga")
    fields = {**olga.hidden(await olga.get(f"{AT}/regeln"), f"{AT}/regeln"), **RULES}
    heard = await asyncio.gather(*(olga.post(f"{AT}/regeln", fields) for _ in range(20)))
    assert {303} == {each.status for each in heard}
    assert "page" == load_config(oak.ring.folder.path).membership.sign_up


async def test_no_page_changes_where_the_ring_is_reached_or_whom_it_believes(oak: Oak) -> None:
    for name in FIXED:
        with pytest.raises(LocalError, match="not_allowed"):
            await oak.ring.settings.change({name: "x"}, OPERATOR)
    assert not FIXED & {each.name for group in GROUPS.values() for each in group.fields}


async def test_only_an_operator_changes_settings_and_texts(oak: Oak) -> None:
    office = await oak.ring.members.authenticate(await oak.ring.members.token("buero"))
    for doing in (oak.ring.settings.change({"name": "X"}, office), oak.ring.texts.write("kontakt", "de", "X", office)):
        with pytest.raises(LocalError, match="not_allowed"):
            await doing


async def write(browser: Browser, name: str, text: str, lang: str = "de") -> Heard:
    at = f"{TEXTS}/{name}"
    hidden = browser.hidden(await browser.get(f"{at}?sprache={lang}"), at)
    return await browser.post(at, {**hidden, "text": text})


async def test_texts_are_read_as_they_were_typed_in_both_languages(oak: Oak) -> None:
    olga, stranger = await oak.member("olga"), oak.browser()
    assert 303 == (await write(olga, "kontakt", "# Büro\nMarkt 1\n\n- <b>Montag</b>")).status
    assert 303 == (await write(olga, "kontakt", "Market 1", "en")).status
    assert "Büro Markt 1 <b>Montag</b>" in text_of(await stranger.get("/seite/kontakt"))
    stranger.cookies["sprache"] = "en"
    assert "Market 1" in text_of(await stranger.get("/seite/kontakt"))
    assert "Market 1" in text_of(await olga.get(f"{TEXTS}/kontakt?sprache=en"))


async def test_the_first_page_says_what_the_ring_wrote_and_ours_again_once_that_is_empty(oak: Oak) -> None:
    olga, stranger = await oak.member("olga"), oak.browser()
    await write(olga, "willkommen", "Servus aus dem Wald.")
    assert "Servus aus dem Wald." in text_of(await stranger.get("/"))
    assert 404 == (await stranger.get("/seite/willkommen")).status
    await write(olga, "willkommen", " \n ")
    assert "Wir helfen einander" in text_of(await stranger.get("/"))


async def test_a_text_that_is_too_long_is_kept_and_one_that_is_none_is_not_found(oak: Oak) -> None:
    olga = await oak.member("olga")
    heard = await write(olga, "kontakt", "ä" * (TEXT_LENGTH + 5))
    assert (422, True) == (heard.status, "Dieser Text ist zu lang." in text_of(heard))
    assert 303 == (await write(olga, "kontakt", "ä" * TEXT_LENGTH)).status
    seal = olga.hidden(await olga.get("/konto"), "/abmelden")
    assert 413 == (await olga.post(f"{TEXTS}/kontakt", {**seal, "sprache": "de", "text": "x" * 1_000_000})).status
    for name in ("..%2Fconfig", "kontakt.en", "KONTAKT", "x" * 300):
        assert 404 == (await olga.get(f"{TEXTS}/{name}")).status, name
        assert 404 == (await olga.post(f"{TEXTS}/{name}", {**seal, "sprache": "de", "text": "x"})).status, name
    assert 404 == (await olga.post(f"{TEXTS}/kontakt", {**seal, "sprache": "../x", "text": "x"})).status
    assert ["kontakt.txt"] == sorted(path.name for path in (oak.ring.folder.path / "pages").iterdir())
    assert len(NAMES) == len(set(NAMES))
