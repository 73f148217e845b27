-- Several people on one account, helpers, accesses that can be told apart, and people who leave.
-- `member` and `token` are made anew, because one account may now have several people; nothing else points at them.
CREATE TABLE member_before AS SELECT * FROM member;
CREATE TABLE token_before AS SELECT * FROM token;
DROP TABLE token;
DROP TABLE member;

CREATE TABLE member (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  handle TEXT NOT NULL UNIQUE CHECK (length(handle) BETWEEN 1 AND 40),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  role TEXT NOT NULL CHECK (role IN ('member', 'office', 'operator', 'auditor')),
  account_id INTEGER NOT NULL REFERENCES account (id),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'frozen', 'left')),
  created_at INTEGER NOT NULL,
  is_first INTEGER NOT NULL DEFAULT 1 CHECK (is_first IN (0, 1))   -- the account bears this one's name
) STRICT, WITHOUT ROWID;
INSERT INTO member (id, handle, name, role, account_id, state, created_at)
  SELECT id, handle, name, role, account_id, state, created_at FROM member_before;
DROP TABLE member_before;
CREATE INDEX member_by_account ON member (account_id);
CREATE UNIQUE INDEX member_first ON member (account_id) WHERE is_first = 1;

CREATE TRIGGER member_stays BEFORE DELETE ON member BEGIN
  SELECT RAISE(ABORT, 'a member is never deleted: a handle is not given twice');
END;
CREATE TRIGGER member_keeps_its_handle BEFORE UPDATE OF id, handle, account_id, created_at ON member BEGIN
  SELECT RAISE(ABORT, 'a member keeps handle and account');
END;
CREATE TRIGGER member_left_for_good BEFORE UPDATE OF state ON member WHEN OLD.state = 'left' AND NEW.state <> 'left' BEGIN
  SELECT RAISE(ABORT, 'who left does not come back under the same handle');
END;

-- What lets a member's programs in: the SHA-256 of a random token, which itself is shown once and kept nowhere.
CREATE TABLE token (
  id INTEGER PRIMARY KEY,                               -- how people call it when they revoke it
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  member_id BLOB NOT NULL REFERENCES member (id),
  label TEXT NOT NULL DEFAULT '' CHECK (length(label) <= 40),
  created_at INTEGER NOT NULL,
  used_day INTEGER,                                     -- whole days since 1970 (UTC): never when on that day
  revoked_at INTEGER
) STRICT;
INSERT INTO token (hash, member_id, created_at, revoked_at)
  SELECT hash, member_id, created_at, revoked_at FROM token_before ORDER BY created_at, hash;
DROP TABLE token_before;
CREATE INDEX token_by_member ON token (member_id, created_at);

-- Who acts for whom, and who allowed it. A grant that ended stays, so that old payments can be explained.
CREATE TABLE helper (
  id INTEGER PRIMARY KEY,
  helper_id BLOB NOT NULL REFERENCES member (id),
  member_id BLOB NOT NULL REFERENCES member (id),
  granted_by TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  ended_by TEXT,
  ended_at INTEGER,
  CHECK (helper_id <> member_id),
  CHECK ((ended_by IS NULL) = (ended_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX helper_now ON helper (helper_id, member_id) WHERE ended_at IS NULL;
CREATE INDEX helper_of_member ON helper (member_id) WHERE ended_at IS NULL;

CREATE TRIGGER helper_stays BEFORE DELETE ON helper BEGIN
  SELECT RAISE(ABORT, 'who acted for whom is never forgotten');
END;
CREATE TRIGGER helper_ends_once BEFORE UPDATE ON helper
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.id <> OLD.id OR NEW.helper_id <> OLD.helper_id
  OR NEW.member_id <> OLD.member_id OR NEW.granted_by <> OLD.granted_by OR NEW.granted_at <> OLD.granted_at BEGIN
  SELECT RAISE(ABORT, 'a grant ends once and keeps its terms');
END;
