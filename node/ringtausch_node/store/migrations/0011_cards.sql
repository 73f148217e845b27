-- Every card of this ring and of peers that followed another one: frames of earlier boots verify under theirs.
CREATE TABLE ring_card (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  number INTEGER NOT NULL CHECK (number >= 1),
  hash TEXT NOT NULL UNIQUE,
  envelope BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (ring_id, number)
) STRICT, WITHOUT ROWID;

-- What operators must sign together and not all of them have yet.
CREATE TABLE operator_document (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  peer TEXT NOT NULL,                                   -- the address of the other ring
  envelope BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
