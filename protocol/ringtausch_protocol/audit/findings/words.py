# SPDX-License-Identifier: Apache-2.0
"""What an audit says of each code, in German and in English; words may change, codes do not."""

from __future__ import annotations

from collections.abc import Mapping

from ringtausch_protocol.verifier.words import Words

WORDS: Mapping[str, Words] = {
    "log_unreadable": Words(
        "Dieses Protokoll lässt sich nicht lesen: Dateien fehlen oder passen nicht zu dem, was der Tauschring "
        "unterschrieben hat.",
        "This log cannot be read: files are missing, or do not fit what the ring has signed.",
    ),
    "checkpoint_invalid": Words(
        "Eine Quelle gibt ein Protokoll, dessen Stand keine gültige Unterschrift des Tauschrings trägt. Das kann jeder"
        " gemacht haben: es sagt nichts über den Tauschring.",
        "A source gives a log whose head bears no valid signature of the ring. Anybody can have made it: it says"
        " nothing about the ring.",
    ),
    "entry_changed": Words(
        "Ein Eintrag des Protokolls ist nicht der, den der Tauschring unterschrieben hat.",
        "An entry of the log is not the one that the ring has signed.",
    ),
    "bad_entry": Words(
        "Ein Eintrag des Protokolls hat eine Form, die es nicht gibt.",
        "An entry of the log has a form that does not exist.",
    ),
    "card_invalid": Words(
        "Eine Karte des Tauschrings beweist sich nicht oder folgt nicht auf die vorige.",
        "A card of the ring does not prove itself, or does not follow the one before.",
    ),
    "bad_signature": Words(
        "Eine Unterschrift ist falsch.",
        "A signature is false.",
    ),
    "unknown_key": Words(
        "Unterschrieben ist mit einem Schlüssel, der an dieser Stelle nicht gilt.",
        "It is signed with a key that does not count at this place.",
    ),
    "revoked_key": Words(
        "Eine Nachricht steht unter einem zurückgezogenen Schlüssel, hinter der Stelle, für die der Tauschring noch "
        "einsteht.",
        "A message stands under a revoked key, beyond the place that the ring still stands for.",
    ),
    "chain_gap": Words(
        "In der Kette der Nachrichten fehlt etwas oder sie schließt nicht an.",
        "Something is missing in the chain of messages, or it does not follow on.",
    ),
    "false_ack": Words(
        "Ein Empfang wird bestätigt, den es so nicht gab: dieser Tauschring hat das unterschrieben, oder er zeigt eine "
        "Nachricht, die keiner so annimmt.",
        "A receipt is confirmed that never was: this ring signed that, or shows a message that no ring takes.",
    ),
    "missing_in_own_log": Words(
        "Der andere Tauschring hat eine unterschriebene Nachricht erhalten, die im Protokoll des Absenders fehlt.",
        "The other ring received a signed message that is missing in its sender's log.",
    ),
    "fork": Words(
        "Der Tauschring hat an einer Stelle zwei verschiedene Nachrichten unterschrieben: er erzählt zwei Geschichten.",
        "The ring signed two different messages at one place: it tells two stories.",
    ),
    "two_outcomes": Words(
        "Ein Auftrag wurde bezahlt und auch abgelehnt.",
        "An order was both paid and refused.",
    ),
    "paid_twice": Words(
        "Eine Zahlung wurde zweimal ausgeführt.",
        "A payment was carried out twice.",
    ),
    "attempt_early": Words(
        "Eine Zahlung wurde noch einmal versucht, bevor der erste Versuch beendet war.",
        "A payment was tried again before the first try had ended.",
    ),
    "decision_invalid": Words(
        "Eine Entscheidung passt nicht zu ihrem Auftrag: anderer Betrag, zu spät, oder von einem Tauschring, der "
        "nicht entscheiden darf.",
        "A decision does not fit its order: another amount, too late, or by a ring that may not decide.",
    ),
    "effect_before_cause": Words(
        "Etwas steht im Protokoll vor dem, woraus es folgt.",
        "Something stands in the log before what it follows from.",
    ),
    "order_changed": Words(
        "Ein Auftrag hat sich auf seinem Weg verändert.",
        "An order was changed on its way.",
    ),
    "edges_differ": Words(
        "Ein Tauschring auf dem Weg eines Auftrags hat auf der einen Seite gebucht und auf der anderen nicht.",
        "A ring on the path of an order booked on one side and not on the other.",
    ),
    "balance_differs": Words(
        "Die Protokolle der beiden Tauschringe ergeben verschiedene Salden.",
        "The logs of the two rings give different balances.",
    ),
    "ended_alone": Words(
        "Dieser Tauschring hat die Linie allein beendet; der andere ist noch da und zählt, was ihm zusteht.",
        "This ring ended the line by itself; the other is still there and counts what it is owed.",
    ),
    "open_after_closed": Words(
        "Dieser Tauschring hat gesagt, alle seine Linien seien zu Ende, und danach ist wieder etwas offen.",
        "This ring said that all of its lines are over, and something is open again since.",
    ),
    "statement_differs": Words(
        "Ein unterschriebener Kontoauszug nennt einen anderen Saldo als die Nachrichten ergeben.",
        "A signed statement names another balance than the messages give.",
    ),
    "over_limit": Words(
        "Ein Auftrag wurde angenommen, obwohl die vereinbarte Grenze dafür nicht reichte.",
        "An order was accepted although the agreed limit had no room for it.",
    ),
    "over_caps": Words(
        "Der Tauschring hat mehr Aufträge auf einmal unterschrieben, als die Vereinbarung erlaubt.",
        "The ring signed more orders at once than the agreement allows.",
    ),
    "netting_moved": Words(
        "Ein Ausgleich im Kreis hat den Gesamtstand eines Tauschrings verändert.",
        "A netting round a circle changed the net position of a ring.",
    ),
    "netting_raised": Words(
        "Der Tauschring hat einen Ausgleich im Kreis unterschrieben, durch den jemand mehr schuldig werden konnte.",
        "The ring signed a netting round a circle by which somebody could come to owe more.",
    ),
    "netted": Words(
        "Durch Ausgleich im Kreis sind zwischen diesen beiden Schulden verschwunden, ohne dass jemand dafür etwas tun "
        "musste.",
        "By netting round circles debts between these two disappeared, and nobody had to do anything for it.",
    ),
    "order_in_doubt": Words(
        "Ein Auftrag ist einen Tag nach seiner Frist noch nicht entschieden: die Zahlung ist im Zweifel.",
        "An order is still undecided a day after its deadline: the payment is in doubt.",
    ),
    "order_late": Words(
        "Ein Auftrag ist nach seiner Frist noch nicht entschieden.",
        "An order is still undecided after its deadline.",
    ),
    "order_open": Words(
        "Ein Auftrag ist unterwegs.",
        "An order is on its way.",
    ),
    "head_differs": Words(
        "Der Tauschring hat einen Stand seines Protokolls unterschrieben, den dieses Protokoll nie hatte.",
        "The ring signed a head of its log that this log never had.",
    ),
    "head_disputed": Words(
        "Dieser Tauschring hat vom Protokoll des anderen einen Stand genannt, den es nie hatte. Entweder hat er ihn "
        "erfunden, oder der andere hat ihm ein anderes Protokoll gezeigt: wer von beiden, sieht man hier nicht.",
        "This ring named a head of the other's log that this log never had. Either it made it up, or the other showed "
        "it another log: which of the two cannot be seen here.",
    ),
    "log_split": Words(
        "Das Protokoll ist nicht mehr das, was früher schon geprüft wurde.",
        "The log is not what was audited before.",
    ),
    "two_histories": Words(
        "Der Tauschring hat verschiedenen Leuten verschiedene Fassungen desselben Protokolls gegeben und beide"
        " unterschrieben.",
        "The ring gave different people different versions of the same log, and signed both.",
    ),
    "log_shrunk": Words(
        "Das Protokoll ist kürzer als bei der letzten Prüfung, und kein neues wurde begonnen; oder es wurde eine "
        "ältere Abschrift gegeben.",
        "The log is shorter than at the last audit, and no new one was begun; or an older copy was given.",
    ),
    "start_invalid": Words(
        "Ein neues Protokoll beginnt nicht mit dem unterschriebenen Hinweis auf das alte.",
        "A new log does not begin with the signed word about the old one.",
    ),
    "refund_exceeds": Words(
        "Zurückgezahlt wurde mehr, als ursprünglich gezahlt war.",
        "More was refunded than was paid.",
    ),
    "refund_unfounded": Words(
        "Zurückgezahlt wurde etwas, das nie gezahlt war.",
        "Something was refunded that was never paid.",
    ),
    "agreement_invalid": Words(
        "Eine Vereinbarung trägt nicht die Unterschriften beider Tauschringe oder ändert, was sie nicht ändern darf.",
        "An agreement lacks the signatures of both rings, or changes what it may not change.",
    ),
    "epoch_unknown": Words(
        "Nachrichten stehen unter einem Neubeginn, der im Protokoll dieses Tauschrings nicht vereinbart ist.",
        "Messages stand under a new beginning that is not agreed in this ring's log.",
    ),
    "reset_invalid": Words(
        "Ein Neubeginn der Verbindung trägt nicht die Unterschriften beider Tauschringe.",
        "A new beginning of the line lacks the signatures of both rings.",
    ),
    "document_invalid": Words(
        "Ein Dokument im Protokoll ist nicht gültig unterschrieben.",
        "A document in the log is not validly signed.",
    ),
    "greeting_invalid": Words(
        "Eine Begrüßung nennt eine Karte oder einen Schlüssel, die nicht zu diesem Tauschring gehören.",
        "A greeting names a card or key that is not this ring's.",
    ),
    "free_text": Words(
        "Im Protokoll steht Text, der dort nicht stehen darf.",
        "The log holds text that must not stand there.",
    ),
    "two_rings_one_id": Words(
        "Unter einer Kennung sind zwei verschiedene Tauschringe gemeldet.",
        "Two different rings are listed under one id.",
    ),
    "source_failed": Words(
        "Diese Quelle war nicht zu lesen; was darin stünde, wurde nicht geprüft.",
        "This source could not be read; what it would say was not audited.",
    ),
    "log_closed": Words(
        "Dieser Tauschring gibt die Einträge seines Protokolls nur, wem er einen Zugang gegeben hat (--tokens); sie "
        "wurden nicht geprüft. Nicht gesehen heißt nicht: in Ordnung.",
        "This ring gives the entries of its log only to those it gave access (--tokens); they were not audited. Not "
        "seen does not mean clean.",
    ),
    "ring_not_seen": Words(
        "Das Protokoll dieses Tauschrings lag nicht vor. Nicht gesehen heißt nicht: in Ordnung.",
        "The log of this ring was not there. Not seen does not mean clean.",
    ),
    "log_behind": Words(
        "Dieses Protokoll endet früher als das der anderen; was danach kam, wurde nur auf einer Seite gesehen.",
        "This log ends earlier than the others'; what came after was seen from one side only.",
    ),
    "log_incomplete": Words(
        "Ein früheres Protokoll dieses Tauschrings lag nicht vor; was darin steht, wurde nicht geprüft.",
        "An earlier log of this ring was not there; what it holds was not audited.",
    ),
    "log_not_seen": Words(
        "Dieses Protokoll steht im Verzeichnis der Föderation und lag nicht vor; was darin steht, wurde nicht geprüft.",
        "This log is on the federation's roster and was not there; what it holds was not audited.",
    ),
    "not_in_roster": Words(
        "Dieser Tauschring, oder dieses Protokoll unter diesem Schlüssel, steht nicht im Verzeichnis der Föderation.",
        "This ring, or this log under this key, is not on the federation's roster.",
    ),
    "under_way_long": Words(
        "Nachrichten sind seit mehr als einem Tag unterwegs und nicht angekommen.",
        "Messages have been under way for more than a day and have not arrived.",
    ),
    "under_way": Words(
        "Nachrichten sind unterwegs.",
        "Messages are under way.",
    ),
    "void": Words(
        "Eine Nachricht aus einem verlorenen Protokoll hat niemand bekommen: sie ist nichtig.",
        "A message of a lost log reached nobody: it is void.",
    ),
    "loss": Words(
        "Dieser Tauschring hat die Linie aufgegeben: was der andere schuldete, ist verloren. Er trägt den Verlust.",
        "This ring gave the line up: what the other owed there is lost. It bears the loss.",
    ),
    "kept": Words(
        "Dieser Tauschring hat die Linie aufgegeben: was er dort schuldete, behält er.",
        "This ring gave the line up: what it owed there, it keeps.",
    ),
    "settled": Words(
        "Dieser Tauschring hat die Linie aufgegeben und den Rest auf andere Weise geregelt: hier sieht man nicht, wie.",
        "This ring gave the line up and settled the rest in another way: it cannot be seen here how.",
    ),
    "closed": Words(
        "Dieser Tauschring hat aufgehört: alle Linien sind zu Ende. Was verloren ging oder blieb, steht eigens da.",
        "This ring has closed: all of its lines are over. What was lost or kept at their ends is named by itself.",
    ),
    "written_off": Words(
        "Ein Auftrag wurde abgeschrieben: der Tauschring trägt ihn selbst.",
        "An order was written off: the ring bears it itself.",
    ),
    "waived": Words(
        "Beide Tauschringe haben einen neuen Saldo unterschrieben: so viel gibt dieser damit her, und er trägt es.",
        "Both rings signed a new balance: so much this ring gives up by it, and bears it.",
    ),
    "restored": Words(
        "Dieser Tauschring wurde aus einer Sicherung wiederhergestellt und hat ein neues Protokoll begonnen.",
        "This ring was restored from a backup and began a new log.",
    ),
    "begun_anew": Words(
        "Die beiden Tauschringe haben ihre Verbindung mit einem vereinbarten Saldo neu begonnen.",
        "The two rings began their line anew with an agreed balance.",
    ),
}
