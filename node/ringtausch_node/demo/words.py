# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence of the demo, in German and English."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.cli.language import language, say
from ringtausch_protocol.units import HOURS, Unit, format_amount


class Words(NamedTuple):
    """A sentence in both languages, with places for values; called, it is the sentence of this call's language."""

    de: str
    en: str

    def __call__(self, **values: object) -> str:
        """Put the values in; in the language that the environment asks for."""
        return say(self.de, self.en).format(**values)


def short_amount(seconds: int, unit: Unit) -> str:
    """An amount in a ring's unit alone: "1,5 Stunden", "1 Stunde"."""
    return format_amount(seconds, unit, language()).partition(" (")[0]


def full_amount(seconds: int, unit: Unit) -> str:
    """With the time behind it, unless the unit is a time itself: "30 Talente (1 Std. 30 Min.)", "45 Minuten"."""
    is_time = unit.per_hour in (1, 60)
    return short_amount(seconds, unit) if is_time else format_amount(seconds, unit, language())


def unit_name(unit: Unit) -> str:
    """What a ring counts in. Hours have a name in each language; any other name is the ring's own and stays."""
    return say("Stunden", "hours") if unit == HOURS else unit.name


def number(value: float) -> str:
    """A number with two decimals."""
    return say(f"{value:.2f}".replace(".", ","), f"{value:.2f}")


# -- the beginning -----------------------------------------------------------------------------------------------------
TITLE = Words("Ringtausch: ein Tag in drei Tauschringen", "Ringtausch: a day in three time banks")
INTRODUCTION = Words(
    "Drei Tauschringe, drei Programme, drei Kontenbücher, alles auf diesem Rechner. Die Menschen und die Uhrzeiten sind"
    " erfunden; die Buchungen sind echt, jede Nachricht zwischen den Ringen ist unterschrieben.",
    "Three time banks, three programs, three books, all on this machine. The people and the times of day are made up;"
    " the bookings are real, and every message between the rings is signed.",
)
FOUNDING = Words("Die Ringe fangen an", "The rings begin")
FOUNDED = Words(
    "Die Mitglieder kamen aus Tabellen (CSV), mit den Salden aus den alten Büchern. Jeder Ring rechnet in seiner"
    " eigenen Einheit; gebucht wird überall in Sekunden, also gibt es zwischen den Ringen keinen Kurs.",
    "The members came from tables (CSV), with the balances of the old books. Each ring counts in a unit of its own;"
    " everywhere seconds are booked, so there is no rate between the rings.",
)
RING, ADDRESS, MEMBERS = Words("Ring", "Ring"), Words("Adresse", "Address"), Words("Mitglieder", "Members")
COUNTS_IN, LOWER = Words("rechnet in", "counts in"), Words("untere Grenze", "lower limit")
REACHED_AT = Words("erreichbar unter", "reached at")
BLOCKS, WARNS = Words("lehnt ab", "refuses"), Words("warnt nur", "only warns")
MEETING = Words("Die Ringe lernen einander kennen", "The rings get to know each other")
MEETING_HOW = Words(
    "Ein Ring schreibt dem anderen eine Einladung. Dann rufen die Büros einander an und vergleichen zwölf Wörter: Sind"
    " sie gleich, hat unterwegs niemand etwas vertauscht. Erst danach ist die Verbindung offen.",
    "One ring writes the other an invitation. Then the offices phone and compare twelve words: if they are the same,"
    " nobody has swapped anything on the way. Only then is the line open.",
)
CONNECTED = Words(
    "{one} und {other}, Grenze {limit} in beide Richtungen. Die Wörter:",
    "{one} and {other}, limit {limit} in either direction. The words:",
)

# -- the day -----------------------------------------------------------------------------------------------------------
MORNING = Words("Am Morgen: im eigenen Ring", "In the morning: within a ring")
LATER = Words("Am Vormittag: von Stadt zu Stadt", "Later: from town to town")
NOON = Words("Am Mittag: Grenzen", "At noon: limits")
AFTERNOON = Words("Am Nachmittag: ein Ring fällt aus", "In the afternoon: a ring fails")
EVENING = Words("Am Abend: was in den Büchern steht", "In the evening: what the books say")

PAYS = Words("{payer} zahlt an {payee}: {amount}. {memo}.", "{payer} pays {payee}: {amount}. {memo}.")
OF_RING = Words("{name} ({ring})", "{name} ({ring})")
CREDITED = Words("Gutgeschrieben. Stand: {balances}.", "Credited. Balances: {balances}.")
CREDITED_THERE = Words(
    "Gutgeschrieben, dort als {amount}. Stand: {balances}.", "Credited, there as {amount}. Balances: {balances}."
)
NOT_DONE = Words("Nicht ausgeführt. {why}", "Not carried out. {why}")

ASKS_FIRST = Words("{payer} fragt vorher: {to}, {amount}?", "{payer} asks first: {to}, {amount}?")
ANSWERS = Words("Antwort aus {ring}: Ja, {name}. Das geht.", "Answer from {ring}: yes, {name}. That works.")
TWICE = Words(
    "Die Verbindung war schlecht, {name} drückt noch einmal: dieselbe Zahlung, dieselbe Nummer.",
    "The connection was bad, {name} presses again: the same payment, the same number.",
)
ONCE = Words("Gebucht ist sie ein einziges Mal. Stand: {balance}.", "It was booked only once. Balance: {balance}.")

LIMITS_HOW = Words(
    "Was an der unteren Grenze eines Kontos geschieht, entscheidet jeder Ring selbst: Eiche lehnt ab, Ulme bucht und"
    " sagt es dazu. Auch zwischen zwei Ringen gilt eine Grenze; wer etwas zu bekommen hat, darf sie allein senken. Und"
    " in Linde ist ein volles Konto voll.",
    "What happens at the lower limit of an account is each ring's choice: Eiche refuses, Ulme books and says so. There"
    " is a limit between two rings as well; the one who is to be given something may lower it alone. And in Linde a"
    " full account is full.",
)
BELOW = Words(
    "Hinweis: {name} liegt jetzt unter der Grenze von {limit}. Der Ring bucht trotzdem.",
    "Note: {name} is now below the limit of {limit}. The ring books all the same.",
)
LINE_FULL = Words(
    "Zwischen {one} und {other} sind {limit} vereinbart; deshalb ist nichts abgegangen.",
    "{one} and {other} have agreed on {limit}; so nothing has left.",
)
BREAK = Words("In {ring} ist Mittagspause; das Programm ist aus.", "{ring} has a lunch break; its program is off.")
LOWERED = Words(
    "Im Büro von {ring} wird die Grenze für {other} auf {limit} gesenkt; dann läuft {ring} wieder.",
    "The office of {ring} lowers the limit for {other} to {limit}; then {ring} goes on.",
)
REFUSED_THERE = Words(
    "So hat {ring} entschieden und unterschrieben. Alles ist wieder frei, Stand: {balance}.",
    "So {ring} has decided and signed. Everything is free again, balance: {balance}.",
)
FULL = Words(
    "Das Konto von {payee} ist voll; {name} erfährt das nicht.", "The account of {payee} is full; {name} is not told."
)

ON_ITS_WAY = Words(
    "Unterwegs nach {ring}. Der Betrag ist vorgemerkt; {name} muss nichts tun.",
    "On its way to {ring}. The amount is reserved; {name} has nothing to do.",
)
WAITS = Words(
    "Wartet, bis {ring} wieder da ist; kann zurückgenommen werden.", "Waits until {ring} is back; can be taken back."
)
TAKES_BACK = Words("{name} überlegt es sich anders.", "{name} thinks again.")
TAKEN_BACK = Words(
    "Zurückgenommen. Alles ist wieder frei, Stand: {balance}.",
    "Taken back. Everything is free again, balance: {balance}.",
)
HANGS = Words(
    "In {ring} hängt der Rechner: Das Programm ist da, antwortet aber nicht.",
    "The machine of {ring} hangs: its program is there but does not answer.",
)
PLUG = Words(
    "Jemand zieht in {ring} den Stecker (kill -9), mitten in der Zahlung.",
    "Somebody pulls the plug of {ring} (kill -9), in the middle of the payment.",
)
BACK = Words("{ring} ist wieder da, mit demselben Ordner.", "{ring} is back, with the same folder.")
ENDED = Words(
    "Die offene Zahlung von {name} kommt von selbst zu Ende: gutgeschrieben, genau einmal. Stand: {balances}.",
    "The open payment of {name} ends by itself: credited, exactly once. Balances: {balances}.",
)

FAHRRAD = Words("Fahrrad geflickt", "Bicycle mended")
KUCHEN = Words("Kuchen für das Hoffest", "Cakes for the party")
EINKAUF = Words("Einkauf getragen", "Shopping carried")
REGAL = Words("Regal aufgebaut", "Shelves put up")
HECKE = Words("Hecke geschnitten", "Hedge trimmed")
HUND = Words("Hund ausgeführt", "Dog walked")
BRIEF = Words("Brief ans Amt aufgesetzt", "Letter to the council drafted")
NACHHILFE = Words("Nachhilfe in Mathe", "Help with maths")
ZUG = Words("Zum Zug gebracht", "Lift to the train")
UMZUG = Words("Umzug geholfen", "Helped to move house")
GITARRE = Words("Gitarre gestimmt", "Guitar tuned")
LAMPE = Words("Lampe angeschlossen", "Lamp connected")
FENSTER = Words("Fenster geputzt", "Windows cleaned")
GARTEN = Words("Garten umgegraben", "Garden dug over")
THANKS = Words("Danke", "Thank you")

# -- the evening -------------------------------------------------------------------------------------------------------
STATEMENT = Words("Der Kontoauszug von {name}:", "The statement of {name}:")
OPENING = Words("(Anfangssaldo)", "(opening balance)")
WITH, WHAT_FOR = Words("mit", "with"), Words("wofür", "what for")
AMOUNT, BALANCE = Words("Betrag", "Amount"), Words("Stand", "Balance")
SUMS = Words(
    "Was einer mehr hat, hat ein anderer weniger: In jedem Ring ist die Summe aller Konten null.",
    "What one has more another has less: in every ring the sum of all accounts is zero.",
)
ACCOUNTS, SUM, RESERVED = Words("Konten", "Accounts"), Words("Summe", "Sum"), Words("vorgemerkt", "reserved")
OWES = Words(
    "Wer wem noch etwas zu geben hat; beide Bücher sagen dasselbe:", "Who has to give to whom; both books say the same:"
)
WHO, WHOM = Words("wer", "who"), Words("wem", "to whom")
IN_OWN_BOOK = Words("im eigenen Buch", "in their own book")
IN_OTHER_BOOK = Words("im Buch des anderen", "in the other's book")

# -- the month ---------------------------------------------------------------------------------------------------------
MONTH_TITLE = Words("Ringtausch: ein Monat dreier echter Zeitbanken", "Ringtausch: a month of three real time banks")
MONTH_INTRODUCTION = Words(
    "So groß und so lebhaft waren drei Zeitbanken im Jahr 2019; ihre Zahlen standen öffentlich im Netz. Die Mitglieder"
    " hier sind erfunden, die Beträge gewürfelt (immer gleich) und im Mittel so groß wie dort.",
    "This was the size and the life of three time banks in 2019; their figures stood in public. The members here are"
    " made up, the amounts drawn by lot (always the same) and on average as large as theirs.",
)
MONTH_LINES = Words(
    "Je zwei Ringe sind durch Einladung und Wörter verbunden; Grenze zwischen ihnen: {limit}.",
    "Every two rings are connected by invitation and words; the limit between them: {limit}.",
)
PLACE = Words("Ort", "Place")
BANK_NAME = Words("Zeitbank {name}", "Time bank {name}")
IN_PERIOD = Words("Zahlungen in {days} Tagen", "payments in {days} days")
HOURS_EACH = Words("Stunden je Zahlung", "hours per payment")
MONTH_RUNS = Words("{days} Tage im Zeitraffer", "{days} days, as fast as they go")
MONTH_SIZE = Words(
    "Nach diesen Zahlen wären es zusammen {month} Zahlungen im Monat; hier sind es {total}, jede zehnte davon in einen"
    " anderen Ring.",
    "By these figures there would be {month} payments a month in all; here there are {total}, every tenth of them to"
    " another ring.",
)
MONTH_AT = Words(
    "Tag {day:2} von {days}, {done:4} von {total} Zahlungen", "day {day:2} of {days}, {done:4} of {total} payments"
)
MONTH_DONE = Words(
    "{total} Zahlungen, davon {across} von Ring zu Ring, in {seconds} Sekunden.",
    "{total} payments, {across} of them from ring to ring, in {seconds} seconds.",
)
PAYMENTS, ACROSS = Words("Zahlungen", "Payments"), Words("davon zu anderen", "to others")
EVENING_OF_MONTH = Words("Am Ende des Monats", "At the end of the month")
HOURS_HERE, HOURS_THERE = Words("Std. je Zahlung", "hours each"), Words("wirklich", "in reality")

# -- the end -----------------------------------------------------------------------------------------------------------
TRY = Words("Zum Ausprobieren", "Try it")
TRY_HOW = Words(
    "Mit dem Zugang von {name}: Kontostand, Kontoauszug, und eine halbe Stunde in einen anderen Ring.",
    "With the access of {name}: balance, statement, and half an hour to another ring.",
)
TRY_ONCE = Words(
    "Ohne --once laufen die Ringe weiter; dann geht zum Beispiel:", "Without --once the rings go on; then, for example:"
)
LOGINS = Words(
    "Im Browser: Jeder Code gilt einmal; einen neuen gibt „ringtausch member code ORDNER KÜRZEL“, oder das Büro auf"
    " seiner Seite. {handle} zahlt zum Beispiel an {payee}.",
    "In a browser: each code counts once; a new one comes from 'ringtausch member code FOLDER HANDLE', or from the"
    " office on its page. {handle} pays, for example, {payee}.",
)
ADDRESS, HANDLE, CODE = Words("Adresse", "Address"), Words("Kürzel", "Handle"), Words("Code", "Code")
OFFICE = Words("Büro und Betrieb", "Office and operation")
CHECKS = Words("Die Probe", "The check")
SOUND = Words(
    "Die laufenden Ringe, einzeln gefragt: Jede Summe ist null, je zwei Bücher sind Spiegelbilder, nichts ist mehr"
    " vorgemerkt oder unterwegs.",
    "The running rings, asked one by one: every sum is zero, every two books mirror each other, nothing is"
    " reserved or on its way.",
)
VERIFIED = Words(
    "Nach dem Ende sind alle Bücher und Protokolle von Anfang an nachgerechnet: Alles stimmt.",
    "After the end all books and logs were recomputed from the beginning: all is well.",
)
AUDITED = Words(
    "Die Protokolle aller Ringe sind gemeinsam geprüft, wie es jeder könnte. Bericht zum Ansehen und Drucken: {report}",
    "The logs of all rings were audited together, as anybody could. The report, to read and to print: {report}",
)
STAYS = Words("Die Ringe laufen weiter. Ende mit Strg-C.", "The rings go on. End with Ctrl-C.")
STOPPING = Words("Die Ringe werden beendet ...", "The rings are being stopped ...")
FOLDERS = Words("Ordner und Protokolle der Ringe: {folder}", "The rings' folders and logs: {folder}")

# -- failures ----------------------------------------------------------------------------------------------------------
FAILED = Words("Die Vorführung ist gescheitert: {why}", "The demo has failed: {why}")
NOT_STARTED = Words("{name} ließ sich nicht starten.\n{log}", "{name} could not be started.\n{log}")
NOT_STOPPED = Words("{name} hat nicht ordentlich aufgehört.\n{log}", "{name} did not stop properly.\n{log}")
DIED = Words("{name} läuft nicht mehr.", "{name} is no longer running.")
NO_ANSWER = Words("{where} antwortet nicht ({why}).", "{where} does not answer ({why}).")
NOT_ENDED = Words(
    "Die Zahlung {payment} ist nach {seconds} Sekunden noch nicht entschieden.",
    "The payment {payment} is still undecided after {seconds} seconds.",
)
REFUSED_US = Words("{name} bekam eine Absage: {why}", "{name} was refused: {why}")
OTHERWISE = Words(
    "Es kam anders als erwartet: {found} statt {expected}.", "It went otherwise: {found} instead of {expected}."
)
WORDS_DIFFER = Words("{one} und {other} lesen verschiedene Wörter.", "{one} and {other} read different words.")
LINE_CLOSED = Words("Eine Verbindung wurde nicht rechtzeitig offen.", "A line did not open in time.")
NOT_AWAY = Words("Der Ausfall wurde nicht bemerkt.", "The failure was not noticed.")
PORTS_TAKEN = Words(
    "Die Ports {first} bis {last} sind nicht frei; wählen Sie andere mit --port.",
    "The ports {first} to {last} are not free; choose others with --port.",
)

#: One sentence for each kind of `checks.Fault`.
FAULTS = {
    "audit": Words("{where}: Die Prüfung der Protokolle hat etwas gefunden ({found}).",
                   "{where}: the audit of the logs has found something ({found})."),
    "not_ready": Words("{where} ist nicht bereit ({found}).", "{where} is not ready ({found})."),
    "sum": Words("{where}: Die Summe aller Konten ist {found} Sekunden, nicht null.",
                 "{where}: the sum of all accounts is {found} seconds, not zero."),
    "open_holds": Words("{where}: Noch vorgemerkte Beträge: {found}.", "{where}: amounts still reserved: {found}."),
    "no_line": Words("{where}: Die Verbindung fehlt.", "{where}: the line is missing."),
    "line_not_open": Words("{where}: Die Verbindung ist nicht offen ({found}).",
                           "{where}: the line is not open ({found})."),
    "ended_open": Words("{where}: Die Verbindung ist beendet, aber {found} Sekunden sind noch offen.",
                        "{where}: the line has ended, but {found} seconds are still open."),
    "line_holds": Words("{where}: Es ist noch etwas unterwegs ({found} Sekunden).",
                        "{where}: something is still on its way ({found} seconds)."),
    "mirror": Words("{where}: Die Bücher sind keine Spiegelbilder ({found} Sekunden).",
                    "{where}: the books do not mirror each other ({found} seconds)."),
    "limits": Words("{where}: Die Grenzen sind verschieden.", "{where}: the limits differ."),
    "verify": Words("{where}: Das Nachrechnen fand einen Fehler. {found}",
                    "{where}: recomputing found a fault. {found}"),
}  # fmt: skip
