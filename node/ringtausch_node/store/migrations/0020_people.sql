-- People around their accounts: who asks to join, whom somebody does not want to deal with, what somebody reports, which
-- mails a member wants.

-- What a stranger wrote to be taken in. Once it is decided the words are gone; that somebody asked stays as a number.
CREATE TABLE join_request (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  name TEXT NOT NULL CHECK (length(name) <= 80),
  contact TEXT NOT NULL CHECK (length(contact) <= 254),
  words TEXT NOT NULL CHECK (length(words) <= 2000),
  asked_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'declined')),
  decided_by TEXT,
  decided_at INTEGER,
  CHECK ((state = 'open') = (decided_at IS NULL)),
  CHECK (state = 'open' OR name || contact || words = '')
) STRICT, WITHOUT ROWID;
CREATE INDEX join_request_open ON join_request (asked_at) WHERE state = 'open';

-- Whom a member does not want to be paid or asked by: a handle here, or name@ring.
CREATE TABLE member_block (
  member_id BLOB NOT NULL REFERENCES member (id),
  other TEXT NOT NULL CHECK (length(other) BETWEEN 1 AND 300),
  blocked_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, other)
) STRICT, WITHOUT ROWID;

-- Something that a member wants the office to know about somebody. Once it is done the words are gone.
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  about TEXT NOT NULL CHECK (length(about) <= 300),
  words TEXT NOT NULL CHECK (length(words) <= 2000),
  written_at INTEGER NOT NULL,
  closed_by TEXT,
  closed_at INTEGER,
  CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CHECK (closed_at IS NULL OR about || words = '')
) STRICT;
CREATE INDEX report_open ON report (id) WHERE closed_at IS NULL;

-- Which mails a member wants; who has no row gets both.
CREATE TABLE mail_choice (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  payments INTEGER NOT NULL CHECK (payments IN (0, 1)),
  invoices INTEGER NOT NULL CHECK (invoices IN (0, 1))
) STRICT, WITHOUT ROWID;

-- What members were told already. `told_mark` is the newest entry of the books that was looked at.
CREATE TABLE told (
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'reminder', 'refused')),
  id BLOB NOT NULL CHECK (length(id) = 16),
  told_at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE told_mark (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  entry_id INTEGER NOT NULL
) STRICT;
