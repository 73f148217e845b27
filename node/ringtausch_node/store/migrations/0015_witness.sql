-- The newest head that this ring cosigned of each log of another ring: what it must never contradict.
CREATE TABLE cosigned_head (
  origin TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) = 64),  -- under which others ask for it: the hex SHA-256 of the origin
  peer INTEGER NOT NULL REFERENCES peer (id),
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint BLOB NOT NULL,                             -- with the log's signature and ours, as others are told
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cosigned_head_by_peer ON cosigned_head (peer);

-- A log never goes back, and no size has two roots.
CREATE TRIGGER cosigned_head_grows BEFORE UPDATE ON cosigned_head
WHEN new.size < old.size OR (new.size = old.size AND new.root <> old.root) BEGIN
  SELECT RAISE(ABORT, 'a cosigned head only grows');
END;
CREATE TRIGGER cosigned_head_stays BEFORE DELETE ON cosigned_head BEGIN
  SELECT RAISE(ABORT, 'a cosigned head is never forgotten');
END;

-- Heads that a ring signed and that were not cosigned: either half of a fork proof, or merely old.
CREATE TABLE refused_head (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint BLOB NOT NULL,
  code TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (origin, size, root)
) STRICT;

-- Proofs that a ring signed two histories of one log; of this ring itself too, if somebody shows one.
CREATE TABLE log_fork (
  origin TEXT PRIMARY KEY,
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  fault TEXT NOT NULL,
  proof BLOB NOT NULL CHECK (length(proof) <= 10000),
  at INTEGER NOT NULL,
  told_at INTEGER                                       -- when the accused ring took it; always NULL for our own
) STRICT, WITHOUT ROWID;

-- What our own witnesses answered to our checkpoints.
CREATE TABLE own_witness (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),              -- the newest head of ours that it is known to have cosigned
  at INTEGER NOT NULL,
  code TEXT,                                            -- why it did not cosign the last one; NULL: it did
  PRIMARY KEY (ring_id, origin)
) STRICT, WITHOUT ROWID;
