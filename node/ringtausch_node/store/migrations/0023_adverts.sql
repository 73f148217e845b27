-- What rings say of their lines (SPEC.md 7.5): the newest of each ring, ours too. Not logged.
CREATE TABLE advert (
  ring_id TEXT PRIMARY KEY CHECK (length(ring_id) = 52),
  seq INTEGER NOT NULL CHECK (seq >= 1),
  expires_at INTEGER NOT NULL,
  edges INTEGER NOT NULL CHECK (edges BETWEEN 0 AND 64),
  envelope BLOB NOT NULL
) STRICT, WITHOUT ROWID;
