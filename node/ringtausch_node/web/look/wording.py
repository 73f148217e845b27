# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for members: amounts, days, how a payment stands, what went wrong. No word of the machine room."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ringtausch_node.amounts import clock
from ringtausch_node.config import Config
from ringtausch_node.federation.line.model import RESET_SIGNED, STOPPED_THERE
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.federation.reset.waiving import PROPOSED
from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.balances import OwnAccountView
from ringtausch_node.payments.model import AccountView, EntryView
from ringtausch_node.rounds.telling import RULE
from ringtausch_node.serving.problems import code_row
from ringtausch_node.translations import Speech
from ringtausch_node.upkeep.towns import person_of
from ringtausch_node.web.look.kind_codes import CODES, READ_AS
from ringtausch_node.web.look.kind_words import (
    BOOKINGS,
    ENDING,
    LETTERS,
    LINES,
    MONTHS_DE,
    MONTHS_EN,
    OWN_ACCOUNTS,
    PASSING,
    REFUSALS,
    STATES,
    STOPPED_BY_THEM,
)
from ringtausch_protocol.units import HOUR_SECONDS, format_amount, format_time

#: An hour and a half: in most units it is written in another way than as time.
EXAMPLE_SECONDS = 5_400
MINUS = "\N{MINUS SIGN}"
#: No letter or digit that is heard or read as another one.
_LETTERS = "23456789ACDEFGHJKLMNPQRTUVWXY"


class Problem(NamedTuple):
    """Something that went wrong: what happened, and what to do."""

    title: str
    advice: str


class Wording:
    """The words of one page. `town`: what a ring's address is called here."""

    def __init__(self, speech: Speech, config: Config, town: Callable[[str], str] = str) -> None:
        self.town = town
        self._speech, self._unit, self._zone = speech, config.parsed_unit, ZoneInfo(config.time_zone)

    def amount(self, seconds: int) -> str:
        """An amount in the ring's unit: "1,5 Stunden"."""
        return format_amount(seconds, self._unit, self._speech.lang).partition(" (")[0].replace("-", MINUS, 1)

    def both(self, seconds: int) -> str:
        """With the time behind it, unless that says the same: "1,5 Stunden (1 Std. 30 Min.)"."""
        is_plain = self._unit.per_hour == 1 and seconds % HOUR_SECONDS == 0
        return self.amount(seconds) if is_plain else format_amount(seconds, self._unit, self._speech.lang)

    def time(self, seconds: int) -> str:
        """An amount as time alone: "1 Std. 30 Min."."""
        return format_time(seconds, self._speech.lang)

    def hour(self) -> str:
        """What an hour is in the ring's unit: "1 Stunde", "20 Talente (1 Std.)"."""
        return self.both(HOUR_SECONDS)

    def signed(self, seconds: int) -> str:
        """A gain or a loss in a list, with its sign: "+1,5 Stunden"."""
        sign = "+" if seconds > 0 else MINUS if seconds < 0 else ""
        return sign + self.amount(abs(seconds))

    def balance(self, seconds: int) -> str:
        """A balance as a sentence; never a word of guilt."""
        if seconds < 0:
            return self._speech.text("Sie haben noch %(amount)s zu geben.") % {"amount": self.amount(-seconds)}
        if seconds == 0:
            return self._speech.text("Ihr Konto ist ausgeglichen.")
        return self._speech.text("Sie haben %(amount)s gut.") % {"amount": self.amount(seconds)}

    def room_to_spend(self, account: AccountView) -> int | None:
        """How much an account can still give away; None without a limit, nothing from one at rest."""
        if account.is_at_rest:
            return 0
        return None if account.min_seconds is None else max(account.available_seconds - account.min_seconds, 0)

    def day(self, at: int) -> str:
        """A day: "25. November 2026"."""
        when = datetime.fromtimestamp(at, self._zone)
        if self._speech.lang == "en":
            return f"{when.day} {MONTHS_EN[when.month - 1]} {when.year}"
        return f"{when.day}. {MONTHS_DE[when.month - 1]} {when.year}"

    def date(self, at: int) -> str:
        """A day in a narrow column: "25.11.2026"."""
        when = datetime.fromtimestamp(at, self._zone)
        return f"{when:%Y-%m-%d}" if self._speech.lang == "en" else f"{when:%d.%m.%Y}"

    def moment(self, at: int) -> str:
        """A minute: "25. November 2026, 19:05 Uhr"."""
        clock = f"{datetime.fromtimestamp(at, self._zone):%H:%M}"
        return f"{self.day(at)}, {clock}" + (" Uhr" if self._speech.lang == "de" else "")

    def month(self, at: int) -> str:
        """A month: "November 2026"."""
        when = datetime.fromtimestamp(at, self._zone)
        return f"{(MONTHS_EN if self._speech.lang == 'en' else MONTHS_DE)[when.month - 1]} {when.year}"

    def bare(self, seconds: int) -> str:
        """An amount as somebody types it into a field, without its unit; as time where it falls between two steps."""
        if seconds % self._unit.step_seconds:
            return (MINUS if seconds < 0 else "") + clock(abs(seconds))
        return self.amount(seconds).partition(" ")[0]

    def example_amounts(self) -> str:
        """Three ways to write the same amount here: "1,5 oder 1:30 oder 90 min"; each is read and means this."""
        seconds = EXAMPLE_SECONDS if EXAMPLE_SECONDS % self._unit.step_seconds == 0 else 2 * HOUR_SECONDS
        words = {"bare": self.bare(seconds), "clock": clock(seconds), "minutes": seconds // 60}
        return self._speech.text("%(bare)s oder %(clock)s oder %(minutes)s min") % words

    def amount_hint(self) -> str:
        """What a field for an amount says beside its label: the ring's unit, and examples in it."""
        unit = self.amount(2 * HOUR_SECONDS).partition(" ")[2]  # two, so that it is the word for many
        return self._speech.text("%(unit)s, zum Beispiel: %(examples)s") % {
            "unit": unit, "examples": self.example_amounts(),
        }  # fmt: skip

    def limits(self, min_seconds: int | None, max_seconds: int | None) -> str:
        """How far an account may go: from lower to upper limit, the unit once."""
        if min_seconds is None or max_seconds is None:
            return self._speech.text("ohne Grenzen")
        words = {"low": self.bare(min_seconds), "high": self.amount(max_seconds)}
        return self._speech.text("von %(low)s bis %(high)s") % words

    def megabytes(self, size: int) -> str:
        """How large a file is: "1,4 MB"."""
        text = f"{max(size / 1_000_000, 0.1):.1f} MB"
        return text if self._speech.lang == "en" else text.replace(".", ",")

    def iso(self, at: int) -> str:
        """A moment for machines, in the ring's time zone."""
        return datetime.fromtimestamp(at, self._zone).isoformat()

    def state(self, name: str) -> str:
        """How a payment or an invoice stands, in a word or two."""
        return self._speech.text(STATES.get(name, name))

    def line(self, peer: PeerView) -> str:
        """How a line to another ring stands."""
        if peer.reason == STOPPED_THERE:
            return self._speech.text(STOPPED_BY_THEM)
        is_ending = peer.state == "ended" and (peer.clearing_seconds or peer.held_in or peer.held_out)
        state = peer.reason if peer.reason in (PROPOSED, RESET_SIGNED) else peer.state
        return self._speech.text(ENDING if is_ending else LINES.get(state, state))

    def letter(self, state: str) -> str:
        """How a mail stands."""
        return self._speech.text(LETTERS[state])

    def passing(self, state: str) -> str:
        """How a payment of others stands that passes through this ring."""
        return self._speech.text(PASSING[state])

    def booking(self, entry: EntryView) -> str:
        """What a line of the statement is."""
        gave, got = BOOKINGS.get(entry.kind, BOOKINGS["payment"])
        return self._speech.text(got if entry.amount_seconds > 0 else gave)

    def kind(self, kind: str) -> str:
        """What a booking is in the ring's own list, where it was no plain giving."""
        return self._speech.text(BOOKINGS[kind][0] if kind in BOOKINGS else "Ausgleich")

    def problem(self, code: str) -> Problem:
        """A code in kind words; where there are none, those of the table of codes."""
        text, code = self._speech.text, READ_AS.get(code, code)
        if code in CODES:
            return Problem(*(text(part).replace("%(examples)s", self.example_amounts()) for part in CODES[code]))
        row = code_row(code)
        if self._speech.lang == "en":
            return Problem(row.en, row.next_en)
        return Problem(text(row.de), text(row.next_de))

    def refusal(self, code: str | None) -> str:
        """Why a payment was not made."""
        if code in REFUSALS:
            return self._speech.text(REFUSALS[code])
        return self.problem(code or "payee_refuses").title

    def notes(self, codes: Sequence[str]) -> list[str]:
        """What a payment that was made should make somebody think of."""
        return [self.problem(code).title for code in codes]

    def who(self, handle: str) -> str:
        """Who acted for somebody: a handle, or the office where it was done at the machine."""
        if handle == RULE.handle:
            return self._speech.text("die Regel des Tauschrings, weil niemand widersprach")
        return self._speech.text("das Büro") if handle == OPERATOR.handle else handle

    def party(self, key: str, names: Mapping[str, str]) -> str:
        """One side of a booking: a member's name, that of an account of the ring, or somebody elsewhere."""
        return self._speech.text(OWN_ACCOUNTS[key]) if key in OWN_ACCOUNTS else self.person(key, names)

    def own_account(self, account: OwnAccountView) -> str:
        """An account of the ring itself: by its name, by the ring that it stands for, or by what lies on it."""
        if account.peer:
            return self._speech.text("Offen mit %(ring)s") % {"ring": self.town_at(account.peer)}
        return account.name or self.party(account.key, {})

    def about_own_account(self, account: OwnAccountView) -> str:
        """What an account of the ring tells, in half a sentence; nothing where its name says it."""
        text = self._speech.text
        if account.kind != "clearing" or not account.balance_seconds:
            return text("Gemeinschaftskonto") if account.name else ""
        return (
            text("das hat unser Tauschring dort noch zu geben")
            if account.balance_seconds > 0
            else text("das bekommt unser Tauschring von dort noch")
        )

    def number(self, payment_id: str) -> str:
        """A short number of a payment to say on the telephone: "7K2-Q9". Not for machines: two may share one."""
        chance = int.from_bytes(hashlib.sha256(payment_id.encode()).digest()[:8], "big")
        letters = []
        for _ in range(5):
            chance, rest = divmod(chance, len(_LETTERS))
            letters.append(_LETTERS[rest])
        return "".join(letters[:3]) + "-" + "".join(letters[3:])

    def ring_of(self, address: str) -> str:
        """The ring in an address, or nothing for somebody of our own."""
        return address.partition("@")[2]

    def town_at(self, ring: str) -> str:
        """A ring for who has to find the right one: "Osnabrück (elm.example)", or its address where it has no name."""
        town = self.town(ring)
        return ring if town == ring else f"{town} ({ring})"

    def person(self, address: str, names: Mapping[str, str]) -> str:
        """A member by name, somebody of another ring with the town: "102 in Osnabrück"."""
        return names.get(address) or person_of(address, self.town(self.ring_of(address)), self._speech)

    def payee(self, address: str, names: Mapping[str, str], checked: str) -> str:
        """The same, by the name that the other ring gave: "Jutta Kamp in Osnabrück"."""
        if not checked:
            return self.person(address, names)
        return self._speech.text("%(who)s in %(town)s") % {"who": checked, "town": self.town(self.ring_of(address))}
