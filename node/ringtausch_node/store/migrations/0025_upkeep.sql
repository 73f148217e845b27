-- Looking after a ring by its pages: who sets it up, which steps of that are done, who gave whom which role.

-- The link with which the first operator comes in. There is one at most, and none once it was spent.
CREATE TABLE setup_link (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),         -- SHA-256 of the random part
  ends_at INTEGER NOT NULL
) STRICT;

-- Steps of the set-up that somebody has gone through; the others are known by what they leave.
CREATE TABLE setup_step (
  step TEXT PRIMARY KEY CHECK (length(step) BETWEEN 1 AND 20),
  done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Roles that were given and taken after somebody had come. Some hundred rows in ten years.
CREATE TABLE role_change (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  role TEXT NOT NULL CHECK (role IN ('member', 'office', 'operator', 'auditor')),
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;

-- The newest backup that this folder made, wherever it was put.
CREATE TABLE backup_made (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  file TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  made_at INTEGER NOT NULL
) STRICT;
