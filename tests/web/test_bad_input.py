# SPDX-License-Identifier: AGPL-3.0-or-later
"""What nobody should send. Nothing breaks, nothing is lost, and strangers learn nothing."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest

from ringtausch_node.web import WebLimits
from ringtausch_node.web.door.doorkeeper import FIELD_LENGTH, own_path
from tests.serving.wire import HOST, connected, listening
from tests.web.conftest import FORM, HOUR, Browser, Oak, Pages, text_of

ODD = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "{% raw %}", "\u202eneb", "\u2066x\u2069",
    "\x00", "a\x07b", "=1+1", "'; DROP TABLE member; --", "../../etc/passwd", "%00", "\ud83d\ude00", "x" * 5_000,
    "ben\nalma", "\ufeff", "\uff19", "-1", "0", "1e9", "999999999999", "1.500", "NaN", "½",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
async def test_odd_texts_are_refused_or_kept_and_never_run(oak: Oak, text: str) -> None:
    alma = await oak.member("alma")
    page = await alma.get("/zahlen")
    hidden = alma.hidden(page, "/zahlen/pruefen")
    for name in ("an", "betrag", "wofuer", "ring", "konto"):
        fields = {"an": "ben", "betrag": "1", "wofuer": "Rasen", **hidden, name: text}
        heard = await alma.post("/zahlen/pruefen", urlencode(fields, errors="surrogatepass").encode())
        assert heard.status in (200, 400, 422), (name, text_of(heard))
        html = heard.body.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    assert 0 == await oak.balance("ben")


@pytest.mark.parametrize("text", ["<b>Rasen</b>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "=HYPERLINK(1)"])
async def test_what_was_written_is_read_as_it_was_written(oak: Oak, text: str) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer=text)
    assert text in text_of(check)
    fields = {**alma.hidden(check, "/zahlen"), "wofuer": text}
    paid = await alma.post("/zahlen", fields)
    assert text in text_of(await alma.get(paid.headers["location"]))
    table = (await alma.get("/konto/buchungen.csv")).body.decode("utf-8-sig")
    assert (f";'{text};" if text.startswith("=") else "Gegeben") in table


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"x" * 1_000_000, None, 413), (b"an=" + b"%FF" * 10, None, 400), (b"a=1&" * 1_000, None, 400),
     (b"{}", "application/json", 415), (b"", "multipart/form-data; boundary=x", 415)],
)  # fmt: skip
async def test_what_is_no_form_gets_a_page_that_says_so(oak: Oak, body: bytes, kind: str | None, status: int) -> None:
    alma = await oak.member("alma")
    heard = await alma.post("/zahlen/pruefen", body, **({"Content_Type": kind} if kind else {}))
    assert (status, True) == (heard.status, b"<h1>" in heard.body)


@pytest.mark.parametrize("seal", ["", "0" * 64, "é", "\ufeff", "\U0001f600" * 16])
async def test_a_form_without_its_seal_is_refused_whatever_stands_there(oak: Oak, seal: str) -> None:
    alma = await oak.member("alma")
    assert 403 == (await alma.post("/zahlen/pruefen", {"an": "ben", "siegel": seal})).status


async def test_a_cookie_with_bytes_that_are_no_text_is_of_no_device_that_was_seen_before(oak: Oak) -> None:
    await oak.member("alma")
    body = b"wer=alma&code=falsch"
    head = f"POST /anmelden HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\nContent-Type: {FORM}\r\n"
    asked = f"{head}Content-Length: {len(body)}\r\nCookie: bekannt=".encode() + b"\xff\r\n\r\n" + body
    async with listening(Pages(oak.ring, WebLimits(tries_per_name_burst=1))) as port:
        for _ in range(2):  # behind the first only devices that were seen before may go on
            async with connected(port) as line:
                await line.send(asked)
                assert 403 == (await line.hear()).status


async def test_mistakes_keep_what_was_typed_and_the_title_says_so(oak: Oak) -> None:
    alma = await oak.member("alma")
    heard = await alma.send("/zahlen", "/zahlen/pruefen", an="niemand", betrag="1,5", wofuer="Rasen gemäht")
    html = heard.body.decode()
    assert 422 == heard.status
    assert "<title>Fehler: " in html
    assert 'href="#an"' in html
    for value in ("niemand", "1,5", "Rasen gemäht"):
        assert f'value="{value}"' in html


async def test_nobody_sees_what_is_anothers(oak: Oak) -> None:
    alma, cleo = await oak.member("alma"), await oak.member("cleo")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer="Geheimes")
    path = (await alma.post("/zahlen", alma.hidden(check, "/zahlen"))).headers["location"]
    for each in (path, f"{path}.json", f"{path}/zurueckgeben"):
        heard = await cleo.get(each)
        assert (404, False) == (heard.status, b"Geheimes" in heard.body)
    token = cleo.hidden(await cleo.get("/konto"), "/abmelden")
    for action in ("zuruecknehmen", "zurueckgeben"):
        assert 404 == (await cleo.post(f"{path}/{action}", token)).status
    assert HOUR == await oak.balance("ben")


async def test_nobody_pays_from_anothers_account(oak: Oak) -> None:
    cleo = await oak.member("cleo")
    token = cleo.hidden(await cleo.get("/konto"), "/abmelden")
    wish = {"an": "cleo", "betrag": "1", "wofuer": "", "konto": "alma", "nummer": "A" * 22, "rechnung": ""}
    for action in ("/zahlen/pruefen", "/zahlen"):
        assert 422 == (await cleo.post(action, {**token, **wish})).status
    assert 0 == await oak.balance("alma")


async def test_nobody_ends_anothers_device(oak: Oak) -> None:
    alma, cleo = await oak.member("alma"), await oak.member("cleo")
    listed = (await alma.get("/geraete.json")).json
    token = cleo.hidden(await cleo.get("/konto"), "/abmelden")
    for number in (str(listed["this"]), "0", "-1", "x", "9" * 30, "%C2%B2"):
        assert 404 == (await cleo.post(f"/geraete/{number}/abmelden", token)).status
    assert 200 == (await alma.get("/konto")).status


@pytest.mark.parametrize(
    "text",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/a b", "/\r\nX:",
     "", "evil", "/" + "x" * 3_000, "/%0d%0aSet-Cookie: x\ty"],
)  # fmt: skip
async def test_after_signing_in_nobody_is_sent_elsewhere(oak: Oak, text: str) -> None:
    assert "/konto" == own_path(text, "/konto")
    code = await oak.ring.entrance.issue_code("alma")
    fields = {"wer": "alma", "code": code.code, "weiter": text}
    heard = await oak.browser().post("/anmelden", urlencode(fields).encode())
    assert (303, "/konto") == (heard.status, heard.headers["location"])


def test_a_path_of_our_own_is_gone_on_to() -> None:
    assert "/zahlen?an=ben&betrag=1,5" == own_path("/zahlen?an=ben&betrag=1,5", "/konto")


async def test_strangers_hear_the_same_of_members_and_of_nobody(oak: Oak) -> None:
    bodies = set()
    await oak.ring.entrance.issue_code("alma")
    for who in ("alma", "ben", "nobody", "alma@oak.example", "x@y.example", "(operator)", "A" * 500):
        heard = await oak.browser().send("/anmelden", "/anmelden", wer=who, code="WWWW-WWWW")
        assert 403 == heard.status
        bodies.add(heard.body.decode().replace(f'value="{who}"', "").replace(f'value="{who[:100]}"', ""))
    assert 1 == len(bodies)


async def test_a_code_is_spent_by_one_of_many_who_try_at_once(oak: Oak) -> None:
    code = await oak.ring.entrance.issue_code("alma")
    fields = {"wer": "alma", "code": code.code}
    heard = await asyncio.gather(*(oak.browser().post("/anmelden", fields) for _ in range(5)))
    assert [303, 403, 403, 403, 403] == sorted(each.status for each in heard)


async def test_an_old_code_counts_no_longer_when_there_is_a_newer_one(oak: Oak) -> None:
    old = await oak.ring.entrance.issue_code("alma")
    new = await oak.ring.entrance.issue_code("alma")
    for code, status in ((old.code, 403), (new.code, 303)):
        assert status == (await oak.browser().post("/anmelden", {"wer": "alma", "code": code})).status


async def test_a_member_who_asks_for_pages_without_end_has_to_wait_and_others_do_not(oak: Oak) -> None:
    limits = WebLimits(pages_per_member_burst=3.0, pages_per_member_per_second=0.001)
    alma, ben = await oak.member("alma"), await oak.member("ben")
    async with listening(Pages(oak.ring, limits)) as port:
        for browser in (alma, ben):
            browser.port = port
        heard = [await alma.get("/konto") for _ in range(5)]
        assert [200] * 3 + [429] * 2 == [each.status for each in heard]
        assert 0 < int(heard[-1].headers["retry-after"])
        assert 200 == (await ben.get("/konto")).status


@pytest.mark.parametrize("forged", [False, True])
async def test_guessing_is_slow_wherever_one_claims_to_come_from(oak: Oak, forged: bool) -> None:
    limits = WebLimits(tries_per_address_burst=3.0, tries_per_second=0.001)
    async with listening(Pages(oak.ring, limits)) as port:
        statuses = []
        for number in range(6):
            headers = {"X_Forwarded_For": f"198.51.100.{number}"} if forged else {}
            guess = {"wer": f"m{number}", "code": "WWWW-WWWW"}
            statuses.append((await Browser(port).post("/anmelden", guess, **headers)).status)
        assert [403, 403, 403, 429, 429, 429] == statuses


GUESSED = WebLimits(tries_per_address_burst=100.0, tries_per_name_burst=3.0, tries_per_second=0.001)
LONG_WORDS = "vier lange Wörter hier"


async def _guess(port: int, **fields: str) -> str:
    heard = await Browser(port).post("/anmelden", {"wer": "alma", "code": "WWWW-WWWW", **fields})
    return "too many" if "zu viele Versuche" in text_of(heard) else str(heard.status)


async def test_a_password_is_not_guessed_from_many_places(oak: Oak) -> None:
    alma = await oak.ring.members.authenticate(await oak.ring.members.token("alma"))
    await oak.ring.entrance.set_password(LONG_WORDS, alma, is_fresh=True)
    async with listening(Pages(oak.ring, GUESSED)) as port:
        assert ["403", "403", "403", "too many"] == [await _guess(port) for _ in range(4)]
        assert "too many" == await _guess(port, code=LONG_WORDS)
        assert "403" == await _guess(port, wer="ben")


async def test_whoever_guesses_at_a_name_does_not_lock_its_owner_out(oak: Oak) -> None:
    async with listening(Pages(oak.ring, GUESSED)) as port:
        own = Browser(port)
        code = await oak.ring.entrance.issue_code("alma")
        await own.send("/anmelden", "/anmelden", wer="alma", code=code.code, merken="ja")
        await own.send("/einstellungen", "/einstellungen/passwort", passwort=LONG_WORDS)
        await own.send("/konto", "/abmelden")
        while await _guess(port) != "too many":
            pass
        assert 303 == (await own.post("/anmelden", {"wer": "alma", "code": LONG_WORDS})).status
        paper = await oak.ring.entrance.issue_code("alma")
        assert "303" == await _guess(port, code=paper.code)


async def test_the_mark_of_a_known_device_opens_nothing_and_helps_nobody_else(oak: Oak) -> None:
    ben, alma = await oak.member("ben"), oak.browser()
    assert await oak.ring.entrance.knows_device("ben", ben.cookies["bekannt"])
    for who, mark in (("alma", ben.cookies["bekannt"]), ("ben", ""), ("ben", "\u00e4"), ("nobody", "x")):
        assert not await oak.ring.entrance.knows_device(who, mark)
    alma.cookies["sitzung"] = ben.cookies["bekannt"]
    assert 303 == (await alma.get("/konto")).status


async def test_a_device_that_was_ended_is_nobodys_and_its_forms_are_void(oak: Oak) -> None:
    alma = await oak.member("alma")
    check = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer="")
    fields = alma.hidden(check, "/zahlen")
    await oak.ring.members.revoke("alma")
    heard = await alma.post("/zahlen", fields)
    assert (303, "/anmelden?weiter=/konto") == (heard.status, heard.headers["location"])
    again = await oak.member("alma")
    assert 403 == (await again.post("/zahlen", fields)).status
    assert 0 == await oak.balance("ben")


async def test_a_device_opens_no_door_for_programs_nor_the_other_way_round(oak: Oak) -> None:
    alma = await oak.member("alma")
    session = alma.cookies["sitzung"]
    heard = await oak.browser().get("/api/v1/me", Authorization=f"Bearer {session}")
    assert (401, "unauthorized") == (heard.status, heard.code)
    stranger = oak.browser()
    stranger.cookies["sitzung"] = await oak.ring.members.token("alma")
    assert 303 == (await stranger.get("/konto")).status


async def test_pages_forbid_everything_that_they_do_not_need(oak: Oak) -> None:
    alma = await oak.member("alma")
    for path in ("/konto", "/nowhere", "/zahlungen/x", "/"):
        heard = await alma.get(path)
        policy = heard.headers.get("content-security-policy", "")
        if heard.status != 303:
            assert policy.startswith("default-src 'none'; style-src 'self';")
            assert "unsafe" not in policy
        assert ("no-store", "same-origin") == (heard.headers["cache-control"], heard.headers["referrer-policy"])


@pytest.mark.parametrize("path", ["/konto", "/konto.json", "/", "/web/style.css", "/health", "/api/v1/me", "/nowhere"])
async def test_no_answer_is_framed_or_taken_for_something_else(oak: Oak, path: str) -> None:
    headers = (await (await oak.member("alma")).get(path, Origin="https://evil.example")).headers
    assert "access-control-allow-origin" not in headers
    policy = headers["content-security-policy"]
    assert "nosniff" == headers["x-content-type-options"]
    assert [] == [
        each for each in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'") if each not in policy
    ]


async def test_who_signs_in_anew_is_signed_out_before(oak: Oak) -> None:
    browser = await oak.member("alma")
    earlier = browser.cookies["sitzung"]
    code = (await oak.ring.entrance.issue_code("ben")).code
    assert 303 == (await browser.send("/anmelden", "/anmelden", wer="ben", code=code)).status
    stranger = oak.browser()
    stranger.cookies["sitzung"] = earlier
    assert (200, 303) == ((await browser.get("/konto")).status, (await stranger.get("/konto")).status)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(oak: Oak) -> None:
    code = await oak.ring.entrance.issue_code("alma")
    heard = await oak.browser().post("/anmelden", {"wer": "alma", "code": code.code, "merken": "ja"})
    cookies = heard.headers["set-cookie"].splitlines()
    assert 2 == len(cookies)
    for told in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in told.split(";")}


def test_a_page_shows_no_field_longer_than_its_form_may_be() -> None:
    assert FIELD_LENGTH < 64 * 1024
