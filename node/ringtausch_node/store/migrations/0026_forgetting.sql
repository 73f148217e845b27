-- Forgetting: who left may be erased. What was booked stays, under a name that is nobody's: "(former 3)".

-- `mark` is SHA-256 over `salt` and the handle, so that the handle is not given to somebody else all the same.
CREATE TABLE forgotten (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL UNIQUE REFERENCES member (id),
  salt BLOB NOT NULL CHECK (length(salt) = 16),
  mark BLOB NOT NULL CHECK (length(mark) = 32),
  at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER forgotten_only_who_left BEFORE INSERT ON forgotten
WHEN (SELECT state FROM member WHERE id = NEW.member_id) <> 'left' BEGIN
  SELECT RAISE(ABORT, 'only who left can be forgotten');
END;
CREATE TRIGGER forgotten_stays BEFORE DELETE ON forgotten BEGIN
  SELECT RAISE(ABORT, 'that a handle was given is not forgotten');
END;

-- Names that were for ever may become the forgotten one's, and nothing else.
DROP TRIGGER account_keeps_its_name;
CREATE TRIGGER account_keeps_its_name BEFORE UPDATE OF id, kind, key, created_at ON account
WHEN (NEW.id, NEW.kind, NEW.created_at) IS NOT (OLD.id, OLD.kind, OLD.created_at)
  OR (NEW.key <> OLD.key AND NOT EXISTS (
    SELECT 1 FROM forgotten f JOIN member m ON m.id = f.member_id
    WHERE m.account_id = OLD.id AND NEW.key = 'member:(former ' || f.id || ')'
  )) BEGIN
  SELECT RAISE(ABORT, 'an account keeps its number, kind and key');
END;
DROP TRIGGER member_keeps_its_handle;
CREATE TRIGGER member_keeps_its_handle BEFORE UPDATE OF id, handle, account_id, created_at ON member
WHEN (NEW.id, NEW.account_id, NEW.created_at) IS NOT (OLD.id, OLD.account_id, OLD.created_at)
  OR (NEW.handle <> OLD.handle AND NOT EXISTS (
    SELECT 1 FROM forgotten f WHERE f.member_id = OLD.id AND NEW.handle = '(former ' || f.id || ')'
  )) BEGIN
  SELECT RAISE(ABORT, 'a member keeps handle and account');
END;
DROP TRIGGER helper_ends_once;
CREATE TRIGGER helper_ends_once BEFORE UPDATE ON helper
WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at) OR NEW.ended_at IS NULL
  OR (NEW.id, NEW.helper_id, NEW.member_id, NEW.granted_at) IS NOT (OLD.id, OLD.helper_id, OLD.member_id, OLD.granted_at)
  OR (NEW.granted_by <> OLD.granted_by AND NEW.granted_by NOT LIKE '(former %)')
  OR (OLD.ended_by IS NOT NULL AND NEW.ended_by <> OLD.ended_by AND NEW.ended_by NOT LIKE '(former %)') BEGIN
  SELECT RAISE(ABORT, 'a grant ends once and keeps its terms');
END;
DROP TRIGGER limit_change_is_final;
CREATE TRIGGER limit_change_is_final BEFORE UPDATE ON limit_change
WHEN (NEW.id, NEW.account_id, NEW.min_seconds, NEW.max_seconds, NEW.set_at)
    IS NOT (OLD.id, OLD.account_id, OLD.min_seconds, OLD.max_seconds, OLD.set_at)
  OR (NEW.set_by <> OLD.set_by AND NEW.set_by NOT LIKE '(former %)') BEGIN
  SELECT RAISE(ABORT, 'a limit is set anew, never rewritten');
END;

-- What opens the commitment of a booking may be erased; the booking and its commitment stay.
DROP TRIGGER transfer_is_final;
CREATE TRIGGER transfer_is_final BEFORE UPDATE ON transfer
WHEN NEW.salt IS NOT NULL
  OR (NEW.number, NEW.id, NEW.debit_account, NEW.credit_account, NEW.amount_seconds, NEW.at, NEW.kind, NEW.payment_id, NEW.reverses)
    IS NOT (OLD.number, OLD.id, OLD.debit_account, OLD.credit_account, OLD.amount_seconds, OLD.at, OLD.kind, OLD.payment_id, OLD.reverses)
BEGIN
  SELECT RAISE(ABORT, 'a transfer never changes');
END;

-- Where a peer's message stands in its chain: there its box is found when it is to be erased.
ALTER TABLE mail_in ADD COLUMN epoch TEXT;
ALTER TABLE mail_in ADD COLUMN seq INTEGER;
ALTER TABLE mail_in ADD COLUMN idx INTEGER;

-- What passed through this ring, by the id that its order names; and whether the wish to forget it was passed on.
ALTER TABLE order_between ADD COLUMN is_erased INTEGER NOT NULL DEFAULT 0 CHECK (is_erased IN (0, 1));
CREATE INDEX order_between_by_payment ON order_between (json_extract(CAST(signed AS TEXT), '$.item.payment_id'));

-- One row while something was erased that free pages may still hold: the file is written anew, then the row goes.
CREATE TABLE wiping (
  one INTEGER PRIMARY KEY CHECK (one = 1)
) STRICT;
