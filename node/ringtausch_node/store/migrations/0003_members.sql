-- Who takes part in this ring. A handle is never given twice, so a member who left keeps the row.
CREATE TABLE member (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  handle TEXT NOT NULL UNIQUE CHECK (length(handle) BETWEEN 1 AND 40),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  role TEXT NOT NULL CHECK (role IN ('member', 'office', 'operator', 'auditor')),
  account_id INTEGER NOT NULL UNIQUE REFERENCES account (id),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'frozen', 'left')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What lets a member's programs in: the SHA-256 of a random token, which itself is shown once and kept nowhere.
CREATE TABLE token (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  member_id BLOB NOT NULL REFERENCES member (id),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_member ON token (member_id, created_at);
