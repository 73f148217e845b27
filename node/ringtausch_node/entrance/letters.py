# SPDX-License-Identifier: AGPL-3.0-or-later
"""What our mails say. Plain text, in the ring's own language."""

from __future__ import annotations

from ringtausch_node.translations import Speech


class Letters:
    """The letters of one ring."""

    def __init__(self, speech: Speech, ring: str, url: str) -> None:
        self._speech, self._ring, self._url = speech, ring, url.rstrip("/")

    def coming_in(self, name: str, code: str, link: str) -> tuple[str, str]:
        """(subject, text) of the mail that lets a member in; both the code and the link count once."""
        _ = self._speech.text
        address = f"{self._url}/anmelden/link/{link}"
        lines = [
            _("Guten Tag, %(name)s,") % {"name": name},
            _("hier ist der Code, mit dem Sie sich bei „%(ring)s“ anmelden:") % {"ring": self._ring},
            f"    {code}",
            _("Oder öffnen Sie diesen Link:"),
            f"    {address}",
            _("Der Code gilt nur auf dem Gerät, auf dem Sie ihn verlangt haben, der Link auf jedem."),
            _("Beides gilt 10 Minuten lang und nur einmal. Haben Sie das nicht verlangt? Dann müssen Sie nichts tun."),
            self._ring,
        ]
        return _("Ihr Code für „%(ring)s“") % {"ring": self._ring}, "\n\n".join(lines) + "\n"

    def trial(self) -> tuple[str, str]:
        """(subject, text) of a mail that only shows that mail arrives."""
        _ = self._speech.text
        lines = [
            _("Diese Mail kam an: Der Mailserver von „%(ring)s“ ist richtig eingerichtet.") % {"ring": self._ring},
            _("Sie müssen nichts tun."),
            self._ring,
        ]
        return _("Probe von „%(ring)s“") % {"ring": self._ring}, "\n\n".join(lines) + "\n"

    def welcome(self, name: str, handle: str) -> tuple[str, str]:
        """(subject, text) of the mail to somebody whom the office has taken in."""
        _ = self._speech.text
        lines = [
            _("Guten Tag, %(name)s,") % {"name": name},
            _("willkommen bei „%(ring)s“! Sie sind jetzt Mitglied.") % {"ring": self._ring},
            _("Ihr Kürzel ist: %(handle)s") % {"handle": handle},
            _("Hier bekommen Sie einen Code, mit dem Sie sich anmelden:"),
            f"    {self._url}/anmelden/brief?wer={handle}",
            self._ring,
        ]
        return _("Willkommen bei „%(ring)s“") % {"ring": self._ring}, "\n\n".join(lines) + "\n"
