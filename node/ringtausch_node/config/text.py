# SPDX-License-Identifier: AGPL-3.0-or-later
"""The text of `config.toml`, with the words that an operator needs beside each setting."""

from __future__ import annotations

import msgspec

from ringtausch_node.config import Config, Limits, Lines, Log, Mail
from ringtausch_node.config.membership import Membership


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of TOML's."""
    return msgspec.json.encode(value).decode()


def render_config(config: Config) -> str:
    """The text of `config.toml`, with the words that an operator needs beside each setting."""
    loud = (
        "# ACHTUNG: nur für Vorführung und Test / for demo and tests only.\n" if config.allow_private_addresses else ""
    )
    return f"""\
# Ringtausch: Einstellungen dieses Rings / settings of this ring.
# Adresse, Netz und Einheit stehen auf der Karte des Rings und lassen sich nicht mehr ändern.
# Address, net and unit stand on the ring's card and cannot be changed.
address = {_text(config.address)}
name = {_text(config.name)}
net = {_text(config.net)}
unit = {_text(config.unit)}

# Wo der Knoten lauscht, und wo andere Ringe ihn erreichen. Die url steht auf der Karte: eine andere braucht eine neue.
# Where the node listens, and where other rings reach it. The url stands on the ring's card: another needs a new card.
listen = {_text(config.listen)}
url = {_text(config.public_url)}
language = {_text(config.language)}

{_render_pages(config)}
# Darf der Knoten Rechner im eigenen Netz ansprechen? / May it call machines on private addresses?
{loud}allow_private_addresses = {"true" if config.allow_private_addresses else "false"}

# Webserver vor dem Knoten, deren X-Forwarded-For geglaubt wird.
# Web servers in front of the node, whose X-Forwarded-For is believed.
proxies = [{", ".join(_text(address) for address in config.proxies)}]

{_render_limits(config.limits)}{_render_log(config.log)}{_render_lines(config.lines)}{_render_mail(config.mail)}{_render_membership(config.membership)}"""


def _render_pages(config: Config) -> str:
    return f"""\
# Die Seiten für Mitglieder: Anrede ("Sie" oder "Du"), Uhrzeit, Telefon des Büros.
# The pages for members: form of address in German ("Sie" or "Du"), time zone, the office's telephone.
form_of_address = {_text(config.form_of_address)}
time_zone = {_text(config.time_zone)}
office_phone = {_text(config.office_phone)}
"""


def _render_limits(limits: Limits) -> str:
    return f"""\
# Grenzen der Mitglieder, in Sekunden: "block" lehnt ab, "warn" bucht mit Hinweis.
# Limits of members, in seconds: "block" refuses, "warn" books with a note.
[limits]
lower_limit = {_text(limits.lower_limit)}
upper_limit = {_text(limits.upper_limit)}
default_min_seconds = {limits.default_min_seconds}
default_max_seconds = {limits.default_max_seconds}

"""


def _render_lines(lines: Lines) -> str:
    return f"""\
# Neue Verbindungen zu anderen Ringen, in Sekunden. / New lines to other rings, in seconds.
[lines]
limit_in_seconds = {lines.limit_in_seconds}
limit_out_seconds = {lines.limit_out_seconds}
open_holds = {lines.open_holds}
deadline_hours = {lines.deadline_hours}

# Wie viel ein anderer Ring uns höchstens schickt; was darüber ist, wartet dort.
# How much another ring may send us; what is more waits there.
frames_per_minute = {lines.frames_per_minute}
bytes_per_day = {lines.bytes_per_day}
"""


def _render_log(log: Log) -> str:
    return f"""\

# Wer die Einträge des Protokolls lesen darf: "peers" die Ringe mit einer Vereinbarung, "open" alle. Namen stehen keine
# darin. / Who may read the entries of the log: "peers" rings with an agreement, "open" everybody. It holds no names.
[log]
entries = {_text(log.entries)}

"""


def _render_mail(mail: Mail) -> str:
    return f"""\

# Der Mailserver, der Briefe an Mitglieder annimmt; ohne host wird keine Mail verschickt.
# The mail server that takes letters to members; without a host no mail is sent.
[mail]
host = {_text(mail.host)}
port = {mail.port}
encryption = {_text(mail.encryption)}
user = {_text(mail.user)}
password = {_text(mail.password)}
sender = {_text(mail.sender)}
"""


def _render_membership(membership: Membership) -> str:
    return f"""\

# sign_up: "office" nur das Büro nimmt auf, "page" wer möchte, fragt auf einer Seite, und das Büro entscheidet.
# accept_invoices_after_days: eine Rechnung im Ring, der niemand widerspricht, wird nach so vielen Tagen bezahlt; 0 nie.
# sign_up: "office" only the office takes people in, "page" people ask on a page and the office decides.
# accept_invoices_after_days: an invoice inside the ring that nobody declines is paid after so many days; 0 never.
# categories: wonach das Büro Buchungen sortiert / under which headings the office sorts bookings.
[membership]
sign_up = {_text(membership.sign_up)}
accept_invoices_after_days = {membership.accept_invoices_after_days}
categories = [{", ".join(_text(category) for category in membership.categories)}]
"""
