-- Payments through other rings (SPEC.md 7.12). At the payer's place: the way, and which try it is.
ALTER TABLE order_out ADD COLUMN path TEXT;             -- ring ids with blanks between; NULL: this ring and the peer
ALTER TABLE order_out ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt BETWEEN 1 AND 16);
-- At the payee's: the place of this ring on the path.
ALTER TABLE order_in ADD COLUMN place INTEGER NOT NULL DEFAULT 1 CHECK (place BETWEEN 1 AND 4);

-- Whether this ring carries others' payments that come from, or go to, this peer: its operator's word.
ALTER TABLE line ADD COLUMN carries INTEGER NOT NULL DEFAULT 0 CHECK (carries IN (0, 1));

-- Orders of others that pass through this ring. waiting: counted on the line towards the payer, not passed on yet; held:
-- passed on, counted on both lines; posted, released: ended on both.
CREATE TABLE order_between (
  order_hash TEXT PRIMARY KEY,
  peer_in INTEGER NOT NULL REFERENCES peer (id),
  peer_out INTEGER NOT NULL REFERENCES peer (id),
  place INTEGER NOT NULL CHECK (place BETWEEN 1 AND 3), -- of this ring on the path
  state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'posted', 'released')),
  last_ring TEXT NOT NULL,                              -- who decides
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  signed BLOB NOT NULL,                                 -- the payer's order as a signed item
  box BLOB,                                             -- what travels beside it, until the order ends
  boot TEXT NOT NULL,                                   -- the boot that took it and knows what it passed on; '' for none
  in_seq INTEGER,                                       -- the frame in which it came; NULL: came back from a loss without it
  out_seq INTEGER,                                      -- the frame in which it went on, once that is sealed
  answer BLOB,                                          -- the item that ended it towards the payer
  transfer_id BLOB REFERENCES transfer (id),
  cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
  arrived_at INTEGER NOT NULL,
  ended_at INTEGER,
  CHECK (peer_in <> peer_out)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_between_in ON order_between (peer_in) WHERE state IN ('waiting', 'held');
CREATE INDEX order_between_out ON order_between (peer_out) WHERE state = 'held';
CREATE INDEX order_between_newest ON order_between (arrived_at);

-- Cards of rings without an agreement with us, as neighbours showed them: under these their orders and decisions verify.
CREATE TABLE stranger_card (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  number INTEGER NOT NULL CHECK (number >= 1),
  envelope BLOB NOT NULL,
  heard_at INTEGER NOT NULL,
  PRIMARY KEY (ring_id, number)
) STRICT, WITHOUT ROWID;

-- Which cards of others a peer was shown in the present epoch of its line.
CREATE TABLE card_shown (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (peer, epoch, hash)
) STRICT, WITHOUT ROWID;
