-- Messages between rings that are not money, notes beside payments, and invoices of members.

-- What we wrote to a peer. `body` is the sealed box until the frame that holds the item is made; `seq` and `idx` say
-- where it stands in our chain; `code` is the peer's reject.
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
CREATE INDEX mail_out_by_place ON mail_out (peer, seq, idx);
CREATE INDEX mail_out_by_account ON mail_out (account, at) WHERE account IS NOT NULL;

-- What a peer wrote to us and a room has taken or refused: the same again changes nothing.
CREATE TABLE mail_in (
  peer INTEGER NOT NULL REFERENCES peer (id),
  topic TEXT NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  body_hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  code TEXT,
  PRIMARY KEY (peer, topic, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_in_by_age ON mail_in (peer, at);

-- Notes beside a payment. A payment is (ring of its payer, payment id).
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

-- Invoices that our members wrote. Whether one for another ring is paid stands with its promise (`invoice`).
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
  payment_id BLOB,
  CHECK ((peer IS NULL) = (hash IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_written_by_payee ON invoice_written (payee, created_at);
CREATE INDEX invoice_written_by_payer ON invoice_written (payer, created_at) WHERE payer IS NOT NULL;

-- Invoices that members of other rings ask ours to pay. Whether one is paid is its payment's to say.
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
  payment_id BLOB,
  PRIMARY KEY (peer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_asked_by_payer ON invoice_asked (payer, received_at);
