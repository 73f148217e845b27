# SPDX-License-Identifier: AGPL-3.0-or-later
"""What mails about an account say. Plain text; no word that somebody else wrote, for that might be a trap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ringtausch_node.config import Config
from ringtausch_node.translations import Speech
from ringtausch_node.upkeep.towns import person_of
from ringtausch_protocol.units import format_amount


class News:
    """Sentences and letters of one ring. `town`: what a ring's address is called here."""

    def __init__(self, speech: Speech, config: Config, town: Callable[[str], str]) -> None:
        self._town = town
        self._speech, self._ring, self._url = speech, config.name, config.public_url.rstrip("/")
        self._unit, self._zone = config.parsed_unit, ZoneInfo(config.time_zone)

    def person(self, address: str) -> str:
        """Somebody who is no member here."""
        return person_of(address, self._town(address.partition("@")[2]), self._speech)

    def got(self, amount_seconds: int, who: str) -> str:
        """Hours came in."""
        text = self._speech.text("Sie haben %(amount)s bekommen, von %(who)s.")
        return text % {"amount": self._amount(amount_seconds), "who": who}

    def gave(self, amount_seconds: int, who: str, by: str) -> str:
        """Somebody else gave hours from the account."""
        text = self._speech.text("Von Ihrem Konto wurde gegeben: %(amount)s an %(who)s, durch %(by)s.")
        return text % {"amount": self._amount(amount_seconds), "who": who, "by": by}

    def arrived(self, amount_seconds: int, who: str) -> str:
        """A payment that had been on its way for long was credited."""
        text = self._speech.text("Ihre Zahlung an %(who)s ist angekommen: %(amount)s.")
        return text % {"amount": self._amount(amount_seconds), "who": who}

    def refused(self, amount_seconds: int, who: str) -> str:
        """A payment came to nothing."""
        text = self._speech.text(
            "Ihre Zahlung an %(who)s über %(amount)s wurde nicht ausgeführt. Ihre Stunden sind wieder frei."
        )
        return text % {"amount": self._amount(amount_seconds), "who": who}

    def asked(self, amount_seconds: int, who: str, accepted_at: int | None) -> str:
        """An invoice came; where nobody declines it, it is paid at `accepted_at`."""
        text = self._speech.text("%(who)s hat Ihnen eine Rechnung geschrieben: %(amount)s.")
        said = text % {"amount": self._amount(amount_seconds), "who": who}
        if accepted_at is None:
            return said
        day = f"{datetime.fromtimestamp(accepted_at, self._zone):%d.%m.%Y}"
        rule = self._speech.text("Wenn Sie nicht ablehnen, wird sie am %(day)s von selbst bezahlt.")
        return f"{said} {rule % {'day': day}}"

    def still_open(self, amount_seconds: int, who: str) -> str:
        """An invoice has waited for a while."""
        text = self._speech.text("Die Rechnung von %(who)s wartet noch auf Ihre Antwort: %(amount)s.")
        return text % {"amount": self._amount(amount_seconds), "who": who}

    def by_hand(self) -> str:
        """Who did it, where it was done at the machine."""
        return self._speech.text("das Büro")

    def by_rule(self) -> str:
        """Who did it, where nobody did."""
        return self._speech.text("die Regel des Tauschrings, weil niemand widersprach")

    def letter(self, name: str, sentences: Sequence[str]) -> tuple[str, str]:
        """(subject, text) of one mail with everything that is new for somebody."""
        _ = self._speech.text
        lines = [
            _("Guten Tag, %(name)s,") % {"name": name},
            *(f"- {sentence}" for sentence in sentences),
            _("Hier können Sie es ansehen:"),
            f"    {self._url}/konto",
            _("Solche Mails bestellen Sie in den Einstellungen ab."),
            self._ring,
        ]
        return _("Neues auf Ihrem Konto bei „%(ring)s“") % {"ring": self._ring}, "\n\n".join(lines) + "\n"

    def partner_stops(self, name: str, address: str, we_owe_seconds: int) -> tuple[str, str]:
        """(subject, text) for an operator: a partner winds down, what is open, and where something can be done."""
        _, town = self._speech.text, self._town(address)
        lines = [
            _("Guten Tag, %(name)s,") % {"name": name},
            _("der Tauschring %(town)s hat mitgeteilt, dass er sich auflöst.") % {"town": town},
            _("Die Verbindung endet. Zahlungen gehen nur noch, wenn sie den Stand ausgleichen."),
            self._open_with(we_owe_seconds),
            _("Hier lesen Sie, was Sie tun können:"),
            f"    {self._url}/betrieb/ring/{quote(address, safe='')}",
            self._ring,
        ]
        return _("%(town)s löst sich auf") % {"town": town}, "\n\n".join(lines) + "\n"

    def _open_with(self, we_owe_seconds: int) -> str:
        if not we_owe_seconds:
            return self._speech.text("Zwischen beiden ist nichts offen.")
        text = (
            self._speech.text("Offen ist: Wir haben %(amount)s zu geben.")
            if we_owe_seconds > 0
            else self._speech.text("Offen ist: Dort hat man uns %(amount)s zu geben.")
        )
        return text % {"amount": self._amount(we_owe_seconds)}

    def _amount(self, seconds: int) -> str:
        return format_amount(abs(seconds), self._unit, self._speech.lang)
