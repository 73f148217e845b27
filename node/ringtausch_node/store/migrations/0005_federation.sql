-- Another ring with which we have, or once had, an agreement.
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
) STRICT;

-- The moving part of a peer: one row, rewritten by each group of commits that touches the line.
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
) STRICT;

-- Every boot of a peer that a hello named; a replaced one is never accepted again.
CREATE TABLE peer_boot (
  peer INTEGER NOT NULL REFERENCES peer (id),
  boot TEXT NOT NULL,
  replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1)),
  at INTEGER NOT NULL,
  PRIMARY KEY (peer, boot)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
  secret_hash BLOB PRIMARY KEY CHECK (length(secret_hash) = 32),
  terms BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  ring_id TEXT                                          -- who used it; NULL while unused
) STRICT, WITHOUT ROWID;

-- A frame's bytes stand once, in the log's leaf; direction 0 is ours, 1 the peer's.
CREATE TABLE frame (
  peer INTEGER NOT NULL REFERENCES peer (id),
  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  boot TEXT NOT NULL,
  card TEXT NOT NULL,
  hash TEXT NOT NULL,
  leaf INTEGER NOT NULL REFERENCES leaf (idx),
  boxes BLOB NOT NULL,                                  -- what travels beside the frame, as sent
  PRIMARY KEY (peer, direction, epoch, seq)
) STRICT, WITHOUT ROWID;

-- Items that wait for the commit that finds the line in step.
CREATE TABLE waiting_item (
  id INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES peer (id),
  item BLOB NOT NULL
) STRICT;
CREATE INDEX waiting_item_by_peer ON waiting_item (peer, id);

-- Orders of our own members (place: payer).
CREATE TABLE order_out (
  payment_id BLOB PRIMARY KEY CHECK (length(payment_id) = 16),
  peer INTEGER NOT NULL REFERENCES peer (id),
  state TEXT NOT NULL CHECK (state IN ('queued', 'held', 'in_doubt', 'posted', 'released', 'cancelled', 'expired')),
  purpose TEXT NOT NULL CHECK (purpose IN ('transfer', 'refund', 'probe')),
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
  cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX order_out_queued ON order_out (peer, created_at) WHERE state = 'queued';
CREATE INDEX order_out_open ON order_out (account) WHERE state IN ('held', 'in_doubt');
CREATE INDEX order_out_probes ON order_out (peer, state) WHERE purpose = 'probe';
CREATE INDEX order_out_held ON order_out (peer, deadline_at) WHERE state IN ('held', 'in_doubt');

-- Orders that ask us to decide (place: payee). Receipts are never pruned.
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
) STRICT, WITHOUT ROWID;
CREATE INDEX order_in_refunds ON order_in (refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX order_in_by_payment ON order_in (payer_ring, payment_id);
CREATE UNIQUE INDEX order_in_paid_once ON order_in (payer_ring, payment_id) WHERE state = 'posted';
CREATE INDEX order_in_probes ON order_in (peer, decided_at) WHERE purpose = 'probe';
CREATE INDEX order_in_by_transfer ON order_in (transfer_id) WHERE transfer_id IS NOT NULL;

-- Invoices: a promise to accept one amount once.
CREATE TABLE invoice (
  hash TEXT PRIMARY KEY,
  envelope BLOB NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id),
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  expires_at INTEGER NOT NULL,
  salt BLOB NOT NULL,
  paid_by TEXT REFERENCES order_in (order_hash)
) STRICT, WITHOUT ROWID;

-- Signed proof that a peer broke a rule, kept for the operators; never acted upon by itself.
CREATE TABLE evidence (
  id INTEGER PRIMARY KEY,
  peer INTEGER REFERENCES peer (id),
  code TEXT NOT NULL,
  bytes BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_by_peer ON evidence (peer);
