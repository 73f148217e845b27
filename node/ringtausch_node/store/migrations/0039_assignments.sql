-- Claims that change hands (SPEC.md 7.16): `order_out` takes one more purpose, and operators answer what was asked.
-- SQLite changes no CHECK of a column, so the table is made anew; no other table refers to it.
CREATE TABLE order_out_anew (
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

INSERT INTO order_out_anew (
  payment_id, peer, state, purpose, amount_seconds, account, hold_id, created_at, deadline_at, invoice_hash, refund_of,
  payer_commit, memo_commit, payer_salt, memo_salt, box, order_hash, seq, idx, code, transfer_id, ended_at, cancel_asked,
  send_again, path, attempt
)
SELECT
  payment_id, peer, state, purpose, amount_seconds, account, hold_id, created_at, deadline_at, invoice_hash, refund_of,
  payer_commit, memo_commit, payer_salt, memo_salt, box, order_hash, seq, idx, code, transfer_id, ended_at, cancel_asked,
  send_again, path, attempt
FROM order_out;

DROP TABLE order_out;
ALTER TABLE order_out_anew RENAME TO order_out;
CREATE INDEX order_out_queued ON order_out (peer, created_at) WHERE state = 'queued';
CREATE INDEX order_out_open ON order_out (account) WHERE state IN ('held', 'in_doubt');
CREATE INDEX order_out_probes ON order_out (peer, state) WHERE purpose = 'probe';
CREATE INDEX order_out_held ON order_out (peer, deadline_at) WHERE state IN ('held', 'in_doubt');
CREATE INDEX order_out_again ON order_out (peer) WHERE send_again = 1;

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
