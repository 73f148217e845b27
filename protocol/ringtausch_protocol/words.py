# SPDX-License-Identifier: Apache-2.0
"""The twelve words that two operators read to each other on the phone (SPEC.md 5.1).

Twelve words of 256 are 96 bits. A man in the middle could prepare both of his agreements until their words meet,
which costs 2^48 tries; so each try is made slow with scrypt (16 MiB, some 50 ms), and both must look it up only once.
"""

from __future__ import annotations

import hashlib

_LIST = """
Abend Acker Adler Affe Ahorn Album Allee Ampel Amsel Anker Ananas Angel Apfel April Arena Arzt
Atlas Auge August Auto Bach Backe Bagger Bahn Balkon Ball Banane Bank Bauer Baum Becher Beere
Berg Besen Bett Biber Biene Bild Birne Blatt Blick Blitz Blume Bogen Bohne Boot Brief Brille
Brot Bruder Brunnen Buch Bucht Bude Burg Bus Butter Clown Computer Dach Dachs Daumen Decke Delfin
Diamant Dill Dohle Donau Donner Dorf Dose Drache Draht Duft Ecke Efeu Eiche Eimer Eisen Elch
Elefant Ente Erbse Erde Esel Eule Fabrik Faden Fahne Falke Familie Farbe Fass Feder Feige Feld
Fenster Ferien Feuer Film Finger Fisch Flagge Flasche Floh Fluss Forelle Foto Frosch Frucht Fuchs Gabel
Galerie Gans Garten Gast Gebirge Geige Gemeinde Gitarre Glas Glocke Gold Gras Grille Gurke Hafen Hafer
Hagel Hahn Halle Hammer Hamster Hand Hase Haus Heft Heide Helm Hemd Herbst Herd Himmel Hirsch
Hof Holz Honig Horn Hose Hotel Huhn Hund Hut Igel Insel Jacke Jahr Januar Joghurt Juli
Juni Kaffee Kaiser Kakao Kalender Kamel Kamin Kanne Karte Katze Keller Kerze Kessel Kette Kiefer Kino
Kirsche Kissen Klavier Klee Koffer Kohl Komet Korb Kork Kran Kreide Krone Kuchen Kugel Kuh Lampe
Laterne Laub Lehrer Leiter Lerche Licht Linde Linse Liste Luchs Magnet Mai Mandel Mantel Markt Maus
Mauer Meer Mehl Melone Messe Milch Minze Moor Motor Muschel Musik Mutter Nacht Nadel Nagel Nase
Nebel Nelke Nest Netz Nuss Oase Ofen Onkel Orange Orgel Papier Park Pfanne Pferd Pilz Pinsel
Pirat Plakat Pudel Puppe Quelle Rabe Radio Rakete Regen Reis Ring Ritter Rose Sahne Salz Sonne
"""

#: 256 short German nouns without umlauts: the word for the byte n is WORDS[n].
WORDS: tuple[str, ...] = tuple(_LIST.split())
#: 96 bits.
WORD_COUNT = 12


def peering_words(ring_a: str, ring_b: str, agreement_hash: bytes) -> list[str]:
    """The words for an agreement between two rings, the same whoever asks.

    scrypt (n = 2^14, r = 8, p = 1, 12 bytes) over H(agreement), salted with both ring ids in sorted order, each
    followed by a line feed.
    """
    salt = b"ringtausch/words/v1\n" + "".join(f"{ring}\n" for ring in sorted((ring_a, ring_b))).encode()
    digest = hashlib.scrypt(agreement_hash, salt=salt, n=2**14, r=8, p=1, dklen=WORD_COUNT)
    return [WORDS[byte] for byte in digest]
