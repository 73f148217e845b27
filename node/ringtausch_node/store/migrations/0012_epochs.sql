-- A line that cannot be continued begins anew over an agreed balance: an epoch-reset, signed by the operators of both.

-- What both chains hang on since the newest epoch-reset: its H. NULL: the first agreement.
ALTER TABLE peer ADD COLUMN chain_hash TEXT;

-- Epochs of a line: those that ended, and the present one if a reset began it. Balances are our clearing account's.
CREATE TABLE epoch (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  chain_hash TEXT NOT NULL,                             -- prev of both chains' first frames
  document BLOB,                                        -- the epoch-reset that began it; NULL for the first
  opening_seconds INTEGER NOT NULL,
  difference_seconds INTEGER NOT NULL DEFAULT 0,        -- booked against `account` to reach the agreed balance
  account INTEGER REFERENCES account (id),
  began_at INTEGER NOT NULL,
  own_seq INTEGER, own_hash TEXT, peer_seq INTEGER, peer_hash TEXT,
  closing_seconds INTEGER,
  unsealed_seconds INTEGER NOT NULL DEFAULT 0,          -- paid by us, in no frame when it ended
  ended_at INTEGER,
  PRIMARY KEY (peer, epoch),
  UNIQUE (peer, number)
) STRICT, WITHOUT ROWID;

-- Orders that go on in a new epoch. `was_paid`: we, who decide them, had paid them before it began.
CREATE TABLE surviving_hold (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  order_hash TEXT NOT NULL,
  was_paid INTEGER NOT NULL CHECK (was_paid IN (0, 1)),
  PRIMARY KEY (peer, epoch, order_hash)
) STRICT, WITHOUT ROWID;

-- What was proposed and is signed by one side only.
CREATE TABLE reset_proposal (
  peer INTEGER PRIMARY KEY REFERENCES peer (id),
  ours BLOB,
  theirs BLOB
) STRICT;

-- A signed order that must be sent once more, the same bytes, in a new epoch.
ALTER TABLE order_out ADD COLUMN send_again INTEGER NOT NULL DEFAULT 0 CHECK (send_again IN (0, 1));
CREATE INDEX order_out_again ON order_out (peer) WHERE send_again = 1;
