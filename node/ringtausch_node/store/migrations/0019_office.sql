-- What the office decides beside the books: limits, under which heading a booking is counted, how somebody went, and
-- what the ring's own accounts are called.
CREATE TABLE limit_change (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  min_seconds INTEGER NOT NULL,
  max_seconds INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER limit_change_is_final BEFORE UPDATE ON limit_change BEGIN
  SELECT RAISE(ABORT, 'a limit is set anew, never rewritten');
END;

-- A heading says how a booking is counted in the ring's report; the booking itself stays what it is.
CREATE TABLE transfer_category (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  category TEXT NOT NULL CHECK (length(category) BETWEEN 1 AND 40),
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How a member went; those who came before this table simply left.
CREATE TABLE departure (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  reason TEXT NOT NULL CHECK (reason IN ('left', 'died')),
  noted_by TEXT NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Accounts of the ring itself that members give to: what they are called.
CREATE TABLE community (
  account_id INTEGER PRIMARY KEY REFERENCES account (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL
) STRICT;

-- Why a booking was booked back; what is given back without a word has no row.
CREATE TABLE reversal_reason (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 240)
) STRICT, WITHOUT ROWID;
