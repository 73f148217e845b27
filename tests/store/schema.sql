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

CREATE TRIGGER account_keeps_its_name BEFORE UPDATE OF id, kind, key, created_at ON account
WHEN (NEW.id, NEW.kind, NEW.created_at) IS NOT (OLD.id, OLD.kind, OLD.created_at)
  OR (NEW.key <> OLD.key AND NOT EXISTS (
    SELECT 1 FROM forgotten f JOIN member m ON m.id = f.member_id
    WHERE m.account_id = OLD.id AND NEW.key = 'member:(former ' || f.id || ')'
  )) BEGIN
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

CREATE TABLE advert (
  ring_id TEXT PRIMARY KEY CHECK (length(ring_id) = 52),
  seq INTEGER NOT NULL CHECK (seq >= 1),
  expires_at INTEGER NOT NULL,
  edges INTEGER NOT NULL CHECK (edges BETWEEN 0 AND 64),
  envelope BLOB NOT NULL
, teller TEXT NOT NULL DEFAULT '' CHECK (length(teller) IN (0, 52))) STRICT, WITHOUT ROWID;

CREATE INDEX assignment_by_item ON assignment (item);

CREATE TABLE assignment (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  item TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id),     -- to whom
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds <> 0),   -- above zero: gets hours; below: pays them
  assigned_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE assignment_asked (
  leaver INTEGER NOT NULL REFERENCES peer (id),         -- who hands a debt over
  other INTEGER NOT NULL REFERENCES peer (id),          -- place 1: whom we come to owe; place 2: who comes to owe us
  place INTEGER NOT NULL CHECK (place IN (1, 2)),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  state TEXT NOT NULL CHECK (state IN ('asked', 'agreed', 'declined')),
  at INTEGER NOT NULL,
  order_hash TEXT,                                      -- the order that used the agreement
  PRIMARY KEY (leaver, other, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_made (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  file TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE card_shown (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (peer, epoch, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  log INTEGER NOT NULL CHECK (log >= 1),
  size INTEGER NOT NULL CHECK (size >= 1),
  root BLOB NOT NULL CHECK (length(root) = 32),
  note BLOB NOT NULL CHECK (length(note) BETWEEN 1 AND 32768),
  at INTEGER NOT NULL,                                  -- when it was signed, or said again unchanged
  cosigned INTEGER NOT NULL DEFAULT 0 CHECK (cosigned >= 0), row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8),
  PRIMARY KEY (log, size)
) STRICT;

CREATE TRIGGER checkpoint_grows BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE log > NEW.log OR (log = NEW.log AND size >= NEW.size)) BEGIN
  SELECT RAISE(ABORT, 'a log never shrinks');
END;

CREATE TRIGGER checkpoint_keeps_its_root BEFORE UPDATE ON checkpoint
WHEN NEW.log <> OLD.log OR NEW.size <> OLD.size OR NEW.root <> OLD.root BEGIN
  SELECT RAISE(ABORT, 'a size has one root');
END;

CREATE TABLE clock_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE closed_log (
  log INTEGER PRIMARY KEY CHECK (log >= 1),
  first INTEGER NOT NULL CHECK (first >= 0),
  size INTEGER NOT NULL CHECK (size >= 0),
  hashes BLOB NOT NULL
) STRICT;

CREATE TABLE commitment_run (
  number INTEGER PRIMARY KEY CHECK (number >= 1),
  leaf INTEGER NOT NULL REFERENCES leaf (idx)
) STRICT;

CREATE TRIGGER commitment_run_is_final BEFORE UPDATE ON commitment_run BEGIN
  SELECT RAISE(ABORT, 'where a commitment stands never changes');
END;

CREATE TRIGGER commitment_run_stays BEFORE DELETE ON commitment_run BEGIN
  SELECT RAISE(ABORT, 'where a commitment stands is never forgotten');
END;

CREATE TABLE community (
  account_id INTEGER PRIMARY KEY REFERENCES account (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contact_by_email ON contact (email COLLATE NOCASE);

CREATE TABLE contact (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX cosigned_head_by_peer ON cosigned_head (peer);

CREATE TABLE cosigned_head (
  origin TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) = 64),  -- under which others ask for it: the hex SHA-256 of the origin
  peer INTEGER NOT NULL REFERENCES peer (id),
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint BLOB NOT NULL,                             -- with the log's signature and ours, as others are told
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cosigned_head_grows BEFORE UPDATE ON cosigned_head
WHEN new.size < old.size OR (new.size = old.size AND new.root <> old.root) BEGIN
  SELECT RAISE(ABORT, 'a cosigned head only grows');
END;

CREATE TRIGGER cosigned_head_stays BEFORE DELETE ON cosigned_head BEGIN
  SELECT RAISE(ABORT, 'a cosigned head is never forgotten');
END;

CREATE TABLE departure (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  reason TEXT NOT NULL CHECK (reason IN ('left', 'died')),
  noted_by TEXT NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE UNIQUE INDEX entry_code_open ON entry_code (member_id, kind) WHERE closed_at IS NULL;

CREATE TABLE entry_code (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  kind TEXT NOT NULL CHECK (kind IN ('paper', 'mail')),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  link BLOB UNIQUE CHECK (length(link) = 32),           -- SHA-256 of the random part of the link in a mail
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  closed_at INTEGER, asked_by BLOB CHECK (asked_by IS NULL OR length(asked_by) = 32),                                    -- spent, or replaced by a newer one
  CHECK ((kind = 'mail') = (link IS NOT NULL))
) STRICT;

CREATE TRIGGER entry_code_closes_once BEFORE UPDATE ON entry_code
WHEN OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR NEW.member_id <> OLD.member_id OR NEW.hash <> OLD.hash BEGIN
  SELECT RAISE(ABORT, 'a code is spent once and stays what it was');
END;

CREATE TABLE epoch (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  chain_hash TEXT NOT NULL,                             -- prev of both chains' first frames
  document BLOB,                                        -- the epoch-reset that began it; NULL for the first
  opening_seconds INTEGER NOT NULL,
  difference_seconds INTEGER NOT NULL DEFAULT 0,        -- booked against `account` to reach the agreed balance
  account INTEGER REFERENCES account (id),
  began_at INTEGER NOT NULL,
  own_seq INTEGER, own_hash TEXT, peer_seq INTEGER, peer_hash TEXT,
  closing_seconds INTEGER,
  unsealed_seconds INTEGER NOT NULL DEFAULT 0,          -- paid by us, in no frame when it ended
  ended_at INTEGER,
  PRIMARY KEY (peer, epoch),
  UNIQUE (peer, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX evidence_by_peer ON evidence (peer);

CREATE TABLE evidence (
  id INTEGER PRIMARY KEY,
  peer INTEGER REFERENCES peer (id),
  code TEXT NOT NULL,
  bytes BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE frame (
  peer INTEGER NOT NULL REFERENCES peer (id),
  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  boot TEXT NOT NULL,
  card TEXT NOT NULL,
  hash TEXT NOT NULL,
  leaf INTEGER NOT NULL REFERENCES leaf (idx),
  boxes BLOB NOT NULL, row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8),                                  -- what travels beside the frame, as sent
  PRIMARY KEY (peer, direction, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE frontier (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log INTEGER NOT NULL CHECK (log >= 1),
  size INTEGER NOT NULL CHECK (size >= 0),
  hashes BLOB NOT NULL
, first INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE UNIQUE INDEX helper_now ON helper (helper_id, member_id) WHERE ended_at IS NULL;

CREATE INDEX helper_of_member ON helper (member_id) WHERE ended_at IS NULL;

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

CREATE TRIGGER helper_ends_once BEFORE UPDATE ON helper
WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at) OR NEW.ended_at IS NULL
  OR (NEW.id, NEW.helper_id, NEW.member_id, NEW.granted_at) IS NOT (OLD.id, OLD.helper_id, OLD.member_id, OLD.granted_at)
  OR (NEW.granted_by <> OLD.granted_by AND NEW.granted_by NOT LIKE '(former %)')
  OR (OLD.ended_by IS NOT NULL AND NEW.ended_by <> OLD.ended_by AND NEW.ended_by NOT LIKE '(former %)') BEGIN
  SELECT RAISE(ABORT, 'a grant ends once and keeps its terms');
END;

CREATE TRIGGER helper_stays BEFORE DELETE ON helper BEGIN
  SELECT RAISE(ABORT, 'who acted for whom is never forgotten');
END;

CREATE UNIQUE INDEX hold_by_transfer ON hold (transfer_id) WHERE transfer_id IS NOT NULL;

CREATE INDEX hold_open ON hold (account_id) WHERE state = 'open';

CREATE TABLE hold (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  account_id INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'posted', 'released')),
  at INTEGER NOT NULL,
  ended_at INTEGER,
  transfer_id BLOB REFERENCES transfer (id), row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8),
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

CREATE TABLE invitation (
  secret_hash BLOB PRIMARY KEY CHECK (length(secret_hash) = 32),
  terms BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  ring_id TEXT                                          -- who used it; NULL while unused
) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_unpaid ON invoice (peer, expires_at) WHERE paid_by IS NULL;

CREATE TABLE invoice (
  hash TEXT PRIMARY KEY,
  envelope BLOB NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  expires_at INTEGER NOT NULL,
  salt BLOB NOT NULL,
  paid_by TEXT REFERENCES order_in (order_hash)
, peer INTEGER REFERENCES peer (id)) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_asked_by_payer ON invoice_asked (payer, received_at);

CREATE TABLE invoice_asked (
  peer INTEGER NOT NULL REFERENCES peer (id),
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  payer TEXT NOT NULL,
  payee TEXT NOT NULL,
  hash TEXT NOT NULL,
  envelope BLOB NOT NULL,
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  memo TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'declined', 'cancelled')),
  code TEXT,
  ended_at INTEGER,
  reminded_at INTEGER,
  payment_id BLOB, ended_by TEXT,
  PRIMARY KEY (peer, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_written_by_payee ON invoice_written (payee, created_at);

CREATE INDEX invoice_written_by_payer ON invoice_written (payer, created_at) WHERE payer IS NOT NULL;

CREATE TABLE invoice_written (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  content BLOB NOT NULL CHECK (length(content) = 32),   -- hash of what was asked: the same id with other content is refused
  payee TEXT NOT NULL,
  payer TEXT,                                           -- handle here, name@ring elsewhere; NULL: whoever here gets the number
  peer INTEGER REFERENCES peer (id),                    -- the payer's ring, where it is another one
  hash TEXT UNIQUE,                                     -- of the signed promise to that ring
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  memo TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'declined', 'cancelled')),
  code TEXT,
  ended_at INTEGER,
  reminded_at INTEGER,
  payment_id BLOB, ended_by TEXT,
  CHECK ((peer IS NULL) = (hash IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX join_request_open ON join_request (asked_at) WHERE state = 'open';

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

CREATE TABLE limit_change (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  min_seconds INTEGER NOT NULL,
  max_seconds INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER limit_change_is_final BEFORE UPDATE ON limit_change
WHEN (NEW.id, NEW.account_id, NEW.min_seconds, NEW.max_seconds, NEW.set_at)
    IS NOT (OLD.id, OLD.account_id, OLD.min_seconds, OLD.max_seconds, OLD.set_at)
  OR (NEW.set_by <> OLD.set_by AND NEW.set_by NOT LIKE '(former %)') BEGIN
  SELECT RAISE(ABORT, 'a limit is set anew, never rewritten');
END;

CREATE TABLE line (
  peer INTEGER PRIMARY KEY REFERENCES peer (id),
  -- in: their debt to us, ours to limit; out: our debt to them. The highest version of a direction counts.
  version_in INTEGER NOT NULL CHECK (version_in >= 1),
  limit_in_seconds INTEGER NOT NULL CHECK (limit_in_seconds >= 0),
  state_in TEXT NOT NULL DEFAULT 'open' CHECK (state_in IN ('open', 'paused', 'ended')),
  version_out INTEGER NOT NULL CHECK (version_out >= 1),
  limit_out_seconds INTEGER NOT NULL CHECK (limit_out_seconds >= 0),
  state_out TEXT NOT NULL DEFAULT 'open' CHECK (state_out IN ('open', 'paused', 'ended')),
  own_seq INTEGER NOT NULL DEFAULT 0,
  own_hash TEXT NOT NULL,
  peer_seq INTEGER NOT NULL DEFAULT 0,
  peer_hash TEXT NOT NULL,
  acked_seq INTEGER NOT NULL DEFAULT 0 CHECK (acked_seq <= own_seq),
  held_in_seconds INTEGER NOT NULL DEFAULT 0 CHECK (held_in_seconds >= 0),
  held_in_count INTEGER NOT NULL DEFAULT 0 CHECK (held_in_count >= 0),
  held_out_seconds INTEGER NOT NULL DEFAULT 0 CHECK (held_out_seconds >= 0),
  held_out_count INTEGER NOT NULL DEFAULT 0 CHECK (held_out_count >= 0),
  probe_at INTEGER,                                     -- when our newest probe was signed
  is_open INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1)),   -- our own probe was paid
  closed TEXT,                                          -- why no new offers are made, until operators decide
  fence BLOB,
  peer_head BLOB,
  seen_at INTEGER
, carries INTEGER NOT NULL DEFAULT 0 CHECK (carries IN (0, 1)), stopped_there_at INTEGER) STRICT;

CREATE TABLE log_fork (
  origin TEXT PRIMARY KEY,
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  fault TEXT NOT NULL,
  proof BLOB NOT NULL CHECK (length(proof) <= 10000),
  at INTEGER NOT NULL,
  told_at INTEGER                                       -- when the accused ring took it; always NULL for our own
) STRICT, WITHOUT ROWID;

CREATE TABLE log_reader (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  revoked_at INTEGER
) STRICT;

CREATE TABLE mail_choice (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  payments INTEGER NOT NULL CHECK (payments IN (0, 1)),
  invoices INTEGER NOT NULL CHECK (invoices IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_in_by_age ON mail_in (peer, at);

CREATE TABLE mail_in (
  peer INTEGER NOT NULL REFERENCES peer (id),
  topic TEXT NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  body_hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  code TEXT, epoch TEXT, seq INTEGER, idx INTEGER,
  PRIMARY KEY (peer, topic, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_out_by_account ON mail_out (account, at) WHERE account IS NOT NULL;

CREATE INDEX mail_out_by_place ON mail_out (peer, seq, idx);

CREATE TABLE mail_out (
  peer INTEGER NOT NULL REFERENCES peer (id),
  topic TEXT NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  account INTEGER REFERENCES account (id),              -- whose member wrote it; NULL: the ring itself
  content BLOB NOT NULL,                                -- SHA-256 of the text; empty where only the frame came back
  body BLOB,
  at INTEGER NOT NULL,
  epoch TEXT,
  seq INTEGER,
  idx INTEGER,
  code TEXT,
  PRIMARY KEY (peer, topic, id),
  CHECK ((seq IS NULL) = (epoch IS NULL) AND (seq IS NULL) = (idx IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_account ON member (account_id);

CREATE UNIQUE INDEX member_first ON member (account_id) WHERE is_first = 1;

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

CREATE TRIGGER member_keeps_its_handle BEFORE UPDATE OF id, handle, account_id, created_at ON member
WHEN (NEW.id, NEW.account_id, NEW.created_at) IS NOT (OLD.id, OLD.account_id, OLD.created_at)
  OR (NEW.handle <> OLD.handle AND NOT EXISTS (
    SELECT 1 FROM forgotten f WHERE f.member_id = OLD.id AND NEW.handle = '(former ' || f.id || ')'
  )) BEGIN
  SELECT RAISE(ABORT, 'a member keeps handle and account');
END;

CREATE TRIGGER member_left_for_good BEFORE UPDATE OF state ON member WHEN OLD.state = 'left' AND NEW.state <> 'left' BEGIN
  SELECT RAISE(ABORT, 'who left does not come back under the same handle');
END;

CREATE TRIGGER member_stays BEFORE DELETE ON member BEGIN
  SELECT RAISE(ABORT, 'a member is never deleted: a handle is not given twice');
END;

CREATE TABLE member_block (
  member_id BLOB NOT NULL REFERENCES member (id),
  other TEXT NOT NULL CHECK (length(other) BETWEEN 1 AND 300),
  blocked_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum BLOB NOT NULL CHECK (length(checksum) = 32),
  applied_at INTEGER NOT NULL
) STRICT
;

CREATE INDEX note_to_self_by_age ON note_to_self (at);

CREATE TABLE note_to_self (
  peer INTEGER NOT NULL REFERENCES peer (id),
  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  notes BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (peer, direction, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE operator_document (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  peer TEXT NOT NULL,                                   -- the address of the other ring
  envelope BLOB NOT NULL,
  at INTEGER NOT NULL
, account INTEGER REFERENCES account (id), salt BLOB) STRICT, WITHOUT ROWID;

CREATE INDEX order_between_by_payment ON order_between (json_extract(CAST(signed AS TEXT), '$.item.payment_id'));

CREATE INDEX order_between_in ON order_between (peer_in) WHERE state IN ('waiting', 'held');

CREATE INDEX order_between_newest ON order_between (arrived_at);

CREATE INDEX order_between_out ON order_between (peer_out, last_ring, amount_seconds, state) WHERE state = 'held';

CREATE TABLE "order_between" (
  order_hash TEXT NOT NULL PRIMARY KEY,
  peer_in INTEGER NOT NULL REFERENCES peer (id),
  peer_out INTEGER NOT NULL REFERENCES peer (id),
  place INTEGER NOT NULL CHECK (place BETWEEN 1 AND 3), -- of this ring on the path
  state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'posted', 'released')),
  last_ring TEXT NOT NULL,                              -- who decides
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  boot TEXT NOT NULL,                                   -- the boot that took it and knows what it passed on; '' for none
  in_seq INTEGER,                                       -- the frame in which it came; NULL: came back from a loss without it
  out_seq INTEGER,                                      -- the frame in which it went on, once that is sealed
  transfer_id BLOB REFERENCES transfer (id),
  cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
  arrived_at INTEGER NOT NULL,
  ended_at INTEGER,
  is_erased INTEGER NOT NULL DEFAULT 0 CHECK (is_erased IN (0, 1)),
  signed BLOB NOT NULL,                                 -- the payer's order as a signed item
  box BLOB,                                             -- what travels beside it, until the order ends
  answer BLOB, is_end_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_end_unseen IN (0, 1)),                                          -- the item that ended it towards the payer
  CHECK (peer_in <> peer_out)
) STRICT;

CREATE INDEX order_in_by_payment ON order_in (payer_ring, payment_id);

CREATE INDEX order_in_by_transfer ON order_in (transfer_id) WHERE transfer_id IS NOT NULL;

CREATE UNIQUE INDEX order_in_paid_once ON order_in (payer_ring, payment_id) WHERE state = 'posted';

CREATE INDEX order_in_probes ON order_in (peer, decided_at) WHERE purpose = 'probe';

CREATE INDEX order_in_refunds ON order_in (refund_of) WHERE refund_of IS NOT NULL;

CREATE TABLE order_in (
  order_hash TEXT PRIMARY KEY,
  payer_ring TEXT NOT NULL,
  payment_id BLOB NOT NULL CHECK (length(payment_id) = 16),
  peer INTEGER NOT NULL REFERENCES peer (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'posted', 'released')),
  purpose TEXT NOT NULL,
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 0 AND 1000000000),
  account INTEGER REFERENCES account (id),
  seq INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  code TEXT,
  content BLOB NOT NULL CHECK (length(content) = 32),   -- what attempts of one payment have in common
  payer TEXT,
  memo TEXT,
  payer_salt BLOB,
  memo_salt BLOB,
  transfer_id BLOB REFERENCES transfer (id),
  decided_at INTEGER,
  refund_of BLOB                                        -- our own payment that is given back
, place INTEGER NOT NULL DEFAULT 1 CHECK (place BETWEEN 1 AND 4)) STRICT, WITHOUT ROWID;

CREATE INDEX order_out_again ON order_out (peer) WHERE send_again = 1;

CREATE INDEX order_out_came_to_nothing ON order_out (account, ended_at) WHERE state IN ('released', 'expired');

CREATE INDEX order_out_held ON order_out (peer, deadline_at) WHERE state IN ('held', 'in_doubt');

CREATE INDEX order_out_open ON order_out (account) WHERE state IN ('held', 'in_doubt');

CREATE INDEX order_out_probes ON order_out (peer, state) WHERE purpose = 'probe';

CREATE INDEX order_out_queued ON order_out (peer, created_at) WHERE state = 'queued';

CREATE TABLE "order_out" (
  payment_id BLOB PRIMARY KEY CHECK (length(payment_id) = 16),
  peer INTEGER NOT NULL REFERENCES peer (id),
  state TEXT NOT NULL CHECK (state IN ('queued', 'held', 'in_doubt', 'posted', 'released', 'cancelled', 'expired')),
  purpose TEXT NOT NULL CHECK (purpose IN ('transfer', 'refund', 'netting', 'assignment', 'probe')),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 0 AND 1000000000),
  account INTEGER REFERENCES account (id),
  hold_id BLOB REFERENCES hold (id),
  created_at INTEGER NOT NULL,
  deadline_at INTEGER NOT NULL,
  invoice_hash TEXT,
  refund_of BLOB,                                       -- the payment of the other ring that is given back
  payer_commit TEXT,
  memo_commit TEXT,
  payer_salt BLOB,
  memo_salt BLOB,
  box BLOB,
  order_hash TEXT UNIQUE,
  seq INTEGER,
  idx INTEGER,
  code TEXT,
  transfer_id BLOB REFERENCES transfer (id),
  ended_at INTEGER,
  cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
  send_again INTEGER NOT NULL DEFAULT 0 CHECK (send_again IN (0, 1)),
  path TEXT,                                            -- ring ids with blanks between; NULL: this ring and the peer
  attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt BETWEEN 1 AND 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_tried (
  order_hash TEXT PRIMARY KEY,
  payment_id BLOB NOT NULL CHECK (length(payment_id) = 16),
  peer INTEGER NOT NULL REFERENCES peer (id),
  attempt INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 16),
  path TEXT NOT NULL,                                   -- ring ids with blanks between
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  seq INTEGER NOT NULL,                                 -- the frame in which it went
  code TEXT NOT NULL,                                   -- why it was released
  ended_at INTEGER NOT NULL, deadline_at INTEGER, is_paid_late INTEGER NOT NULL DEFAULT 0 CHECK (is_paid_late IN (0, 1)),
  UNIQUE (payment_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 'waiting';

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

CREATE TABLE own_witness (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),              -- the newest head of ours that it is known to have cosigned
  at INTEGER NOT NULL,
  code TEXT,                                            -- why it did not cosign the last one; NULL: it did
  PRIMARY KEY (ring_id, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE password (
  member_id BLOB PRIMARY KEY REFERENCES member (id),
  phc TEXT NOT NULL CHECK (phc LIKE '$argon2id$%'),
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
, payee_name TEXT NOT NULL DEFAULT '' CHECK (length(payee_name) <= 80)) STRICT, WITHOUT ROWID;

CREATE TABLE payment_note (
  number INTEGER PRIMARY KEY,                           -- in the order in which this ring learned of them
  payer_ring TEXT NOT NULL,
  payment_id BLOB NOT NULL CHECK (length(payment_id) = 16),
  id BLOB NOT NULL CHECK (length(id) = 16),
  writer TEXT NOT NULL CHECK (writer IN ('payer', 'payee')),
  text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 400),
  actor TEXT NOT NULL,                                  -- who wrote it here; empty for the other ring's
  peer INTEGER REFERENCES peer (id),                    -- where it went or came from; NULL inside the ring
  at INTEGER NOT NULL,
  UNIQUE (payer_ring, payment_id, writer, id)
) STRICT;

CREATE TABLE peer (
  id INTEGER PRIMARY KEY,
  ring_id TEXT NOT NULL UNIQUE CHECK (length(ring_id) = 52),
  address TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  card BLOB NOT NULL,
  agreement BLOB NOT NULL,
  agreement_hash TEXT NOT NULL,                         -- of the first agreement: both chains hang on it
  proposal BLOB,                                        -- an agreement that one side signed and the other has not
  epoch TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('agreed', 'confirmed', 'quarantined')),
  reason TEXT,
  clearing_account INTEGER NOT NULL REFERENCES account (id),
  created_at INTEGER NOT NULL
, chain_hash TEXT, called TEXT NOT NULL DEFAULT '' CHECK (length(called) <= 40)) STRICT;

CREATE INDEX peer_boot_present ON peer_boot (peer) WHERE replaced = 0;

CREATE TABLE peer_boot (
  peer INTEGER NOT NULL REFERENCES peer (id),
  boot TEXT NOT NULL,
  replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1)),
  at INTEGER NOT NULL, said BLOB,
  PRIMARY KEY (peer, boot)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovered_order (
  recovery INTEGER NOT NULL REFERENCES recovery (id),
  order_hash TEXT NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('payer', 'payee')),
  peer INTEGER NOT NULL REFERENCES peer (id),
  amount_seconds INTEGER NOT NULL,
  account INTEGER REFERENCES account (id),
  booked INTEGER REFERENCES account (id),               -- where it stands: the member's account, or `recovered`
  PRIMARY KEY (recovery, order_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery (
  id INTEGER PRIMARY KEY,
  mark BLOB NOT NULL UNIQUE CHECK (length(mark) = 16),
  code TEXT NOT NULL CHECK (code IN ('restored', 'old_copy')),
  began_at INTEGER NOT NULL,
  copy_at INTEGER NOT NULL,                             -- from here on bookings inside the ring are missing
  log INTEGER NOT NULL,
  dropped INTEGER NOT NULL DEFAULT 0,                   -- queued payments that were not made
  finished_at INTEGER
) STRICT;

CREATE TABLE recovery_peer (
  recovery INTEGER NOT NULL REFERENCES recovery (id),
  peer INTEGER NOT NULL REFERENCES peer (id),
  state TEXT NOT NULL DEFAULT 'awaited' CHECK (state IN ('awaited', 'in_step', 'without')),
  reason TEXT,                                          -- why the last attempt came to nothing
  frames INTEGER NOT NULL DEFAULT 0, has_begun_anew INTEGER NOT NULL DEFAULT 0 CHECK (has_begun_anew IN (0, 1)),
  PRIMARY KEY (recovery, peer)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_head (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint BLOB NOT NULL,
  code TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (origin, size, root)
) STRICT;

CREATE UNIQUE INDEX report_number ON report (member_id, number) WHERE number IS NOT NULL;

CREATE INDEX report_open ON report (id) WHERE closed_at IS NULL;

CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  about TEXT NOT NULL CHECK (length(about) <= 300),
  words TEXT NOT NULL CHECK (length(words) <= 2000),
  written_at INTEGER NOT NULL,
  closed_by TEXT,
  closed_at INTEGER, number BLOB CHECK (length(number) = 16),
  CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CHECK (closed_at IS NULL OR about || words = '')
) STRICT;

CREATE TABLE reset_proposal (
  peer INTEGER PRIMARY KEY REFERENCES peer (id),
  ours BLOB,
  theirs BLOB
, cause TEXT) STRICT;

CREATE TABLE reversal_reason (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 240)
) STRICT, WITHOUT ROWID;

CREATE TABLE ring_card (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  number INTEGER NOT NULL CHECK (number >= 1),
  hash TEXT NOT NULL UNIQUE,
  envelope BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (ring_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_change (
  id INTEGER PRIMARY KEY,
  member_id BLOB NOT NULL REFERENCES member (id),
  role TEXT NOT NULL CHECK (role IN ('member', 'office', 'operator', 'auditor')),
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setup_link (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),         -- SHA-256 of the random part
  ends_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setup_step (
  step TEXT PRIMARY KEY CHECK (length(step) BETWEEN 1 AND 20),
  done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX statement_by_peer ON statement (peer, id);

CREATE TABLE statement (
  id INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  own_seq INTEGER NOT NULL CHECK (own_seq >= 1),        -- the cut: the last of our frames that counts
  peer_seq INTEGER NOT NULL CHECK (peer_seq >= 1),      -- and the last of theirs
  state TEXT NOT NULL CHECK (state IN ('open', 'signed', 'differs')),
  is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
  ours BLOB,                                            -- signed by us; once `signed`, by both
  theirs BLOB,                                          -- signed by them alone
  at INTEGER NOT NULL,
  UNIQUE (peer, epoch, own_seq, peer_seq),
  CHECK (ours IS NOT NULL OR theirs IS NOT NULL)
) STRICT;

CREATE INDEX stranger_card_told ON stranger_card (ring_id, heard_at) WHERE told = 1;

CREATE TABLE stranger_card (
  ring_id TEXT NOT NULL CHECK (length(ring_id) = 52),
  number INTEGER NOT NULL CHECK (number >= 1),
  envelope BLOB NOT NULL,
  heard_at INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
  PRIMARY KEY (ring_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE surviving_hold (
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  order_hash TEXT NOT NULL,
  was_paid INTEGER NOT NULL CHECK (was_paid IN (0, 1)), is_answered INTEGER NOT NULL DEFAULT 0 CHECK (is_answered IN (0, 1)),
  PRIMARY KEY (peer, epoch, order_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
  log INTEGER NOT NULL CHECK (log >= 1),
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 63),
  number INTEGER NOT NULL CHECK (number >= 0),
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (log, level, number)
) STRICT;

CREATE TRIGGER tile_only_grows BEFORE UPDATE ON tile
WHEN NEW.log <> OLD.log OR NEW.level <> OLD.level OR NEW.number <> OLD.number
  OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes BEGIN
  SELECT RAISE(ABORT, 'a tile only grows');
END;

CREATE TRIGGER tile_stays BEFORE DELETE ON tile BEGIN
  SELECT RAISE(ABORT, 'a tile is never deleted');
END;

CREATE INDEX token_by_member ON token (member_id, created_at);

CREATE TABLE token (
  id INTEGER PRIMARY KEY,                               -- how people call it when they revoke it
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  member_id BLOB NOT NULL REFERENCES member (id),
  label TEXT NOT NULL DEFAULT '' CHECK (length(label) <= 40),
  created_at INTEGER NOT NULL,
  used_day INTEGER,                                     -- whole days since 1970 (UTC): never when on that day
  revoked_at INTEGER
, kind TEXT NOT NULL DEFAULT 'program' CHECK (kind IN ('program', 'device')), ends_at INTEGER) STRICT;

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
  reverses BLOB REFERENCES transfer (id), row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8),
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

CREATE TRIGGER transfer_is_final BEFORE UPDATE ON transfer
WHEN NEW.salt IS NOT NULL
  OR (NEW.number, NEW.id, NEW.debit_account, NEW.credit_account, NEW.amount_seconds, NEW.at, NEW.kind, NEW.payment_id, NEW.reverses)
    IS NOT (OLD.number, OLD.id, OLD.debit_account, OLD.credit_account, OLD.amount_seconds, OLD.at, OLD.kind, OLD.payment_id, OLD.reverses)
BEGIN
  SELECT RAISE(ABORT, 'a transfer never changes');
END;

CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer BEGIN
  SELECT RAISE(ABORT, 'a transfer is never deleted');
END;

CREATE TABLE transfer_category (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  category TEXT NOT NULL CHECK (length(category) BETWEEN 1 AND 40),
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_item_by_peer ON waiting_item (peer, id);

CREATE TABLE waiting_item (
  id INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES peer (id),
  item BLOB NOT NULL
) STRICT;

CREATE TABLE winding_down (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  begun_at INTEGER NOT NULL,
  certificate BLOB
) STRICT;

CREATE TABLE wiping (
  one INTEGER PRIMARY KEY CHECK (one = 1)
) STRICT;

