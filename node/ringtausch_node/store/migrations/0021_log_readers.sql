-- Who may read the entries of this ring's logs without an agreement: auditors, by a token that the operator gave them.
-- The token itself is shown once and kept nowhere.
CREATE TABLE log_reader (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  revoked_at INTEGER
) STRICT;
