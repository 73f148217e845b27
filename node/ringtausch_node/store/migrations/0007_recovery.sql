-- A ring that was restored from an old copy gets back from its peers what it lost.

-- Notes to self that travelled beside frames: ours until they are acked, the peer's so that it can ask for them again.
-- Nobody but the sender opens them. Direction as in `frame`; kept 90 days.
CREATE TABLE note_to_self (
  peer INTEGER NOT NULL REFERENCES peer (id),
  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  notes BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (peer, direction, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX note_to_self_by_age ON note_to_self (at);

-- The last hello or hello-ack of each boot, signed: what shows a ring that another copy of it runs.
ALTER TABLE peer_boot ADD COLUMN said BLOB;

-- A log that cannot be rebuilt to its newest known head is closed and the next one begun. Leaves are numbered through
-- all logs; `first` is the number of a log's first leaf.
ALTER TABLE frontier ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
CREATE TABLE closed_log (
  log INTEGER PRIMARY KEY CHECK (log >= 1),
  first INTEGER NOT NULL CHECK (first >= 0),
  size INTEGER NOT NULL CHECK (size >= 0),
  hashes BLOB NOT NULL
) STRICT;

-- Each time that this ring found itself restored. `mark` is the random id of the mark in the lock database.
CREATE TABLE recovery (
  id INTEGER PRIMARY KEY,
  mark BLOB NOT NULL UNIQUE CHECK (length(mark) = 16),
  code TEXT NOT NULL CHECK (code IN ('restored', 'old_copy')),
  began_at INTEGER NOT NULL,
  copy_at INTEGER NOT NULL,                             -- from here on bookings inside the ring are missing
  log INTEGER NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0,                   -- queued payments that were not made
  finished_at INTEGER
) STRICT;

CREATE TABLE recovery_peer (
  recovery INTEGER NOT NULL REFERENCES recovery (id),
  peer INTEGER NOT NULL REFERENCES peer (id),
  state TEXT NOT NULL DEFAULT 'awaited' CHECK (state IN ('awaited', 'in_step', 'without')),
  reason TEXT,                                          -- why the last attempt came to nothing
  frames INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (recovery, peer)
) STRICT, WITHOUT ROWID;

-- What came back: payments of our members (payer) and to them (payee). `account` NULL: nobody could tell whose it was.
CREATE TABLE recovered_order (
  recovery INTEGER NOT NULL REFERENCES recovery (id),
  order_hash TEXT NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('payer', 'payee')),
  peer INTEGER NOT NULL REFERENCES peer (id),
  amount_seconds INTEGER NOT NULL,
  account INTEGER REFERENCES account (id),
  booked INTEGER REFERENCES account (id),               -- where it stands: the member's account, or `recovered`
  PRIMARY KEY (recovery, order_hash)
) STRICT, WITHOUT ROWID;
