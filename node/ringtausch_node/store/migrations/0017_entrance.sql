-- What lets people in who use the pages: codes on paper and by mail, passwords, and the devices that stay signed in.
-- A device is an access like that of a program, with an end: both are listed, used and revoked in one place.
ALTER TABLE token ADD COLUMN kind TEXT NOT NULL DEFAULT 'program' CHECK (kind IN ('program', 'device'));
ALTER TABLE token ADD COLUMN ends_at INTEGER;           -- NULL: until it is revoked

-- A code counts once. Its hash is slow (Argon2id): whoever copies the database still has 2^40 guesses of 50 ms each.
CREATE TABLE entry_code (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  kind TEXT NOT NULL CHECK (kind IN ('paper', 'mail')),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  link BLOB UNIQUE CHECK (length(link) = 32),           -- SHA-256 of the random part of the link in a mail
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  closed_at INTEGER,                                    -- spent, or replaced by a newer one
  CHECK ((kind = 'mail') = (link IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX entry_code_open ON entry_code (member_id, kind) WHERE closed_at IS NULL;

CREATE TRIGGER entry_code_closes_once BEFORE UPDATE ON entry_code
WHEN OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR NEW.member_id <> OLD.member_id OR NEW.hash <> OLD.hash BEGIN
  SELECT RAISE(ABORT, 'a code is spent once and stays what it was');
END;

CREATE TABLE password (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  phc TEXT NOT NULL CHECK (phc LIKE '$argon2id$%'),
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where a member gets mail. A couple may share an address.
CREATE TABLE contact (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_by_email ON contact (email COLLATE NOCASE);

-- Letters to people, written in the transaction that has something to say, and kept until a mail server took them.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,                      -- the same at every try, so that a mailbox can see a double
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,                                   -- emptied when the letter is over
  written_at INTEGER NOT NULL,
  useless_at INTEGER NOT NULL,                          -- nobody needs it after that
  next_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'refused', 'late')),
  code TEXT                                             -- what the last try met
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 'waiting';
