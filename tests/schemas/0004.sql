CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (
    kind IN ('member', 'clearing', 'community', 'in_doubt', 'written_off', 'recovered', 'netting')
  ),
  balance_seconds INTEGER NOT NULL DEFAULT 0
    CHECK (balance_seconds BETWEEN -9007199254740991 AND 9007199254740991),   -- exact in every reader of JSON
  held_seconds INTEGER NOT NULL DEFAULT 0 CHECK (held_seconds BETWEEN 0 AND 9007199254740991),
  min_seconds INTEGER,                                  -- NULL: no limit
  max_seconds INTEGER,
  created_at INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
  CHECK (min_seconds IS NULL OR max_seconds IS NULL OR min_seconds <= max_seconds)
) STRICT;

CREATE TRIGGER account_begins_empty BEFORE INSERT ON account
WHEN NEW.balance_seconds <> 0 OR NEW.held_seconds <> 0 BEGIN
  SELECT RAISE(ABORT, 'an account begins empty');
END;

CREATE TRIGGER account_keeps_its_name BEFORE UPDATE OF id, kind, key, created_at ON account BEGIN
  SELECT RAISE(ABORT, 'an account keeps its number, kind and key');
END;

CREATE TRIGGER account_stays BEFORE DELETE ON account BEGIN
  SELECT RAISE(ABORT, 'an account is never deleted');
END;

CREATE TRIGGER balance_follows_entries BEFORE UPDATE OF balance_seconds ON account
WHEN NEW.balance_seconds IS NOT (
  SELECT balance_after_seconds FROM entry WHERE account_id = NEW.id ORDER BY id DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'a balance is that of its newest entry');
END;

CREATE INDEX entry_by_account ON entry (account_id, id);

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  transfer_number INTEGER NOT NULL REFERENCES transfer (number),
  account_id INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL,
  balance_before_seconds INTEGER NOT NULL,
  balance_after_seconds INTEGER NOT NULL,
  CHECK (transfer_number = id / 2),
  CHECK ((amount_seconds < 0) = (id % 2 = 0)),
  CHECK (balance_after_seconds = balance_before_seconds + amount_seconds)
) STRICT;

CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry BEGIN
  SELECT RAISE(ABORT, 'an entry never changes');
END;

CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN
  SELECT RAISE(ABORT, 'an entry is never deleted');
END;

CREATE TABLE frontier (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log INTEGER NOT NULL CHECK (log >= 1),
  size INTEGER NOT NULL CHECK (size >= 0),
  hashes BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX hold_by_transfer ON hold (transfer_id) WHERE transfer_id IS NOT NULL;

CREATE INDEX hold_open ON hold (account_id) WHERE state = 'open';

CREATE TABLE hold (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  account_id INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'posted', 'released')),
  at INTEGER NOT NULL,
  ended_at INTEGER,
  transfer_id BLOB REFERENCES transfer (id),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((state = 'posted') = (transfer_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER hold_begins_open BEFORE INSERT ON hold WHEN NEW.state <> 'open' BEGIN
  SELECT RAISE(ABORT, 'a hold begins open');
END;

CREATE TRIGGER hold_ends_once BEFORE UPDATE ON hold
WHEN OLD.state <> 'open' OR NEW.state = 'open' OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
  OR NEW.amount_seconds <> OLD.amount_seconds OR NEW.at <> OLD.at BEGIN
  SELECT RAISE(ABORT, 'a hold ends once and keeps its terms');
END;

CREATE TRIGGER hold_frees AFTER UPDATE ON hold BEGIN
  UPDATE account SET held_seconds = held_seconds - NEW.amount_seconds WHERE id = NEW.account_id;
END;

CREATE TRIGGER hold_posts_its_own BEFORE UPDATE ON hold
WHEN NEW.state = 'posted' AND NOT EXISTS (
  SELECT 1 FROM transfer
  WHERE id = NEW.transfer_id AND debit_account = NEW.account_id AND amount_seconds = NEW.amount_seconds
) BEGIN
  SELECT RAISE(ABORT, 'a hold is posted by a transfer of its account and amount');
END;

CREATE TRIGGER hold_reserves AFTER INSERT ON hold BEGIN
  UPDATE account SET held_seconds = held_seconds + NEW.amount_seconds WHERE id = NEW.account_id;
END;

CREATE TRIGGER hold_stays BEFORE DELETE ON hold BEGIN
  SELECT RAISE(ABORT, 'a hold is never deleted');
END;

CREATE TABLE leaf (
  idx INTEGER PRIMARY KEY CHECK (idx >= 0),
  entry BLOB NOT NULL CHECK (length(entry) BETWEEN 1 AND 65535),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER leaf_is_final BEFORE UPDATE ON leaf BEGIN
  SELECT RAISE(ABORT, 'an entry of the log never changes');
END;

CREATE TRIGGER leaf_stays BEFORE DELETE ON leaf BEGIN
  SELECT RAISE(ABORT, 'an entry of the log is never deleted');
END;

CREATE TABLE member (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  handle TEXT NOT NULL UNIQUE CHECK (length(handle) BETWEEN 1 AND 40),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  role TEXT NOT NULL CHECK (role IN ('member', 'office', 'operator', 'auditor')),
  account_id INTEGER NOT NULL UNIQUE REFERENCES account (id),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'frozen', 'left')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum BLOB NOT NULL CHECK (length(checksum) = 32),
  applied_at INTEGER NOT NULL
) STRICT
;

CREATE TABLE payment (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  content BLOB NOT NULL CHECK (length(content) = 32),   -- hash of what was asked: the same id with other content is refused
  payer_account INTEGER NOT NULL REFERENCES account (id),
  payee_account INTEGER REFERENCES account (id),        -- NULL: the payee is in another ring
  payer TEXT NOT NULL,
  payee TEXT NOT NULL,
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  memo TEXT NOT NULL,
  actor TEXT NOT NULL,
  warnings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  transfer_id BLOB CHECK ((transfer_id IS NULL) = (payee_account IS NULL))   -- its booking, where it is inside the ring
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_member ON token (member_id, created_at);

CREATE TABLE token (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  member_id BLOB NOT NULL REFERENCES member (id),
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX transfer_reverses ON transfer (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE transfer (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  debit_account INTEGER NOT NULL REFERENCES account (id),
  credit_account INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
  payment_id BLOB CHECK (payment_id IS NULL OR length(payment_id) = 16),
  salt BLOB CHECK (salt IS NULL OR length(salt) = 16),
  reverses BLOB REFERENCES transfer (id),
  CHECK (debit_account <> credit_account)
) STRICT;

CREATE TRIGGER transfer_books_both_legs AFTER INSERT ON transfer BEGIN
  INSERT INTO entry (id, transfer_number, account_id, amount_seconds, balance_before_seconds, balance_after_seconds)
    SELECT NEW.number * 2, NEW.number, id, -NEW.amount_seconds, balance_seconds, balance_seconds - NEW.amount_seconds
    FROM account WHERE id = NEW.debit_account;
  INSERT INTO entry (id, transfer_number, account_id, amount_seconds, balance_before_seconds, balance_after_seconds)
    SELECT NEW.number * 2 + 1, NEW.number, id, NEW.amount_seconds, balance_seconds, balance_seconds + NEW.amount_seconds
    FROM account WHERE id = NEW.credit_account;
  UPDATE account SET balance_seconds = balance_seconds - NEW.amount_seconds WHERE id = NEW.debit_account;
  UPDATE account SET balance_seconds = balance_seconds + NEW.amount_seconds WHERE id = NEW.credit_account;
END;

CREATE TRIGGER transfer_is_final BEFORE UPDATE ON transfer BEGIN
  SELECT RAISE(ABORT, 'a transfer never changes');
END;

CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer BEGIN
  SELECT RAISE(ABORT, 'a transfer is never deleted');
END;

