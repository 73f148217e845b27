# SPDX-License-Identifier: Apache-2.0
"""Every bound of the protocol, with its reason. What comes from outside is never larger than what stands here."""

from __future__ import annotations

_KIB = 1024
_MINUTE = 60
_HOUR = 3_600
_DAY = 86_400

# -- bytes on the wire -------------------------------------------------------------------------------------------------
CLOSED_LINES_MAX = 100  # lines of a ring that closes: with their hashes they fit a document
DOCUMENT_BYTES = 16 * _KIB  # a card, an agreement, a statement with 100 open holds
HELLO_BYTES = 36 * _KIB  # a hello or hello-ack with 300 runs
HELLO_ENVELOPE_BYTES = 48 * _KIB  # the same in base64 with its signature; as logged
ITEM_BYTES = 24 * _KIB  # a document of 16 KiB in base64 with its wrapping
FRAME_BYTES = 48 * _KIB  # a frame as logged: an entry of the log holds at most 65 535 bytes
HEADER_ENVELOPE_BYTES = 1_600  # room kept for a header's envelope when a frame is filled
REQUEST_BYTES = 256 * _KIB  # frames with their boxes
REQUEST_MARGIN = 8 * _KIB  # token, have and JSON around the frames of a request
REQUEST_FRAMES = 16  # most frames in one request or answer
RECOVERED_FRAMES = 128  # most frames given back in one answer; small ones, so that 256 KiB are used
BOX_BYTES = 2 * _KIB  # what only the payee's ring reads: names, memo, salts
NOTE_BYTES = 512  # a note to self, sealed: account and salts
LOG_ENTRY_BYTES = 65_535  # an entry of a log stands behind a length of two bytes; ours are at most 48 KiB
CHECKPOINT_BYTES = 32 * _KIB  # a checkpoint, its cosignatures, and some long lines of post-quantum keys
WITNESS_REQUEST_BYTES = CHECKPOINT_BYTES + 4 * _KIB  # a checkpoint and 63 hashes of a proof
RECEIPT_BYTES = 128 * _KIB  # a proof, its checkpoint and the entry in base64
TILE_BYTES = 8 * _KIB  # 256 hashes
ADVERT_PROOF_BYTES = 96 * _KIB  # two adverts of sixty-four lines in base64, and four cards
FORK_PROOF_BYTES = 10_000  # two cards, two heads and their paths: a file that fits an e-mail
ROSTER_BYTES = 2_048 * _KIB  # 1 000 rings with some logs each, and room; one file that is read whole
SEALED_TEXT_LENGTH = 2_900  # a box of 2 KiB and what sealing adds, in base64

# -- counts ------------------------------------------------------------------------------------------------------------
FRAME_ITEMS = 64  # one signature covers at most this many items
PATH_MAX = 5  # rings on a path: four edges
ATTEMPT_MAX = 16  # tries of one payment
RUNS_MAX = 300  # boots told in a hello; more is for operators (epoch-reset)
HOLDS_DEFAULT = 30  # open holds on a line, unless the agreement says otherwise
HOLDS_MAX = 500  # what an agreement may say
HOLDS_LISTED_MAX = 100  # open holds listed in a statement
MEMBER_OPEN_MAX = 5  # signed, undecided payments of one member
SIGNATURES_MAX = 16  # on one envelope
ROOT_KEYS_MAX = 8  # a board is not larger
CARD_KEYS_MAX = 16  # operational keys on a card
CARDS_MAX = 32  # cards told at once: a ring that missed more was away for decades
REVOKED_CHANNELS_MAX = 64  # channels whose end a card names: as many lines as an advert has edges
ADVERT_EDGES_MAX = 64  # lines one ring advertises
ADVERTS_KNOWN_MAX = 1_000  # rings of which adverts are named in one message: those of the largest country, twice
ADVERTS_TOLD_MAX = 64  # adverts, and cards, in one message
EVIDENCE_MAX = 16  # items of a proof
SIGNATURE_LINES_MAX = 32  # of a checkpoint; C2SP asks for 16 at least
PROOF_HASHES_MAX = 63  # of an inclusion or consistency proof, as C2SP says; 53 where sizes stay below 2^53
TILE_LEVELS = 64  # levels that the path of a tile may name, as C2SP says; 2^53 entries fill 7
WITNESSES_MAX = 7  # peers that cosign one log
QUORUM = 5  # of seven witnesses: any two quorums share three; of fewer, more than half
HEADS_TOLD_MAX = 64  # heads that the start of a log names: as many peers as an advert has edges
FORK_CARDS_MAX = 4  # cards of the accused ring: enough to lead from its first keys to two boots
ROSTER_RINGS_MAX = 2_000  # rings of one federation: five times the rings of the country
ROSTER_LOGS_MAX = 64  # logs of one ring in a roster: a log is closed only when a folder was lost
SEQ_MAX = 2**53 - 1  # integers every JSON reader keeps exact

# -- amounts and times -------------------------------------------------------------------------------------------------
AMOUNT_MAX = 10**9  # seconds; about 32 years of hours in one payment
BALANCE_MAX = 2**53 - 1  # sums and limits: exact in every JSON reader
TIME_MAX = 2**40  # Unix seconds; nobody means a later year
DEADLINE_DIRECT_SECONDS = 72 * _HOUR  # a neighbour's node may be off over a weekend
DEADLINE_TRANSIT_SECONDS = 15 * _MINUTE  # holds on other rings' lines are short
DEADLINE_MAX_SECONDS = 30 * _DAY  # what an agreement may say; hours held longer would be lost to the member
DOUBT_SECONDS = _DAY  # after its deadline an undecided payment may rest on the ring instead of the member
CLOCK_SLACK_SECONDS = _HOUR  # two rings' clocks may differ by this much before a deadline counts as too long
DEADLINE_SEAL_MARGIN_SECONDS = 5 * _MINUTE  # with less left an order is not signed any more
LOG_ACCESS_SECONDS = 5 * _MINUTE  # how far the clocks of two rings may be apart when one asks for entries
LOG_TOKEN_SECONDS = 10 * _MINUTE  # one reading of a year's entries; the next asks again
NOTE_KEPT_SECONDS = 90 * _DAY  # a volunteer notices a lost disk within a quarter
INVITATION_SECONDS = 7 * _DAY  # two volunteers find each other within a week
FRAMES_PER_MINUTE_DEFAULT = 600  # ten commits a second from one peer
FRAMES_PER_MINUTE_MAX = 60_000  # what an agreement may say
BYTES_PER_DAY_DEFAULT = 256 * _KIB * _KIB  # what a peer may make this disk grow
BYTES_PER_DAY_MAX = 1_024 * _KIB * _KIB * _KIB  # what an agreement may say: 1 TiB

# -- texts -------------------------------------------------------------------------------------------------------------
SALT_BYTES = 16  # of every commitment: 128 bits nobody guesses
HANDLE_LENGTH = 40  # a long name and a member number
ADDRESS_LENGTH = 120  # a name of DNS with its port; longer ones nobody types
MEMBER_ADDRESS_LENGTH = HANDLE_LENGTH + 1 + ADDRESS_LENGTH  # handle@address
MEMO_LENGTH = 240  # 4 bytes a character at most: fits a box
PAYMENT_NOTE_LENGTH = 400  # a few sentences; 4 bytes a character at most: fits a box
NET_LENGTH = 32  # the id of a federation
KEY_ID_LENGTH = 160  # a ring id or address, a purpose and eight hex digits
ORIGIN_LENGTH = 80  # a ring id, "/log/" and a number of 16 digits
VKEY_LENGTH = 220  # a key id and 33 bytes in base64, and a foreign log's longer name
TILE_PATH_LENGTH = 64  # "tile/entries/", 2^53 entries in groups of three digits, ".p/255"
CODE_LENGTH = 40  # the longest code has 18
URL_LENGTH = 200  # scheme, address and a folder behind a shared server
CONTACT_LENGTH = 120  # one function address
UNIT_NAME_LENGTH = 24  # "Alpensteine", "Zeit-Talente"
