-- Attempts of our own payments that were released before another way was tried (SPEC.md 7.1): `order_out` holds the newest.
-- Receipts and late answers name an order by its hash, so none is forgotten.
CREATE TABLE order_tried (
  order_hash TEXT PRIMARY KEY,
  payment_id BLOB NOT NULL CHECK (length(payment_id) = 16),
  peer INTEGER NOT NULL REFERENCES peer (id),
  attempt INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 16),
  path TEXT NOT NULL,                                   -- ring ids with blanks between
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds BETWEEN 1 AND 1000000000),
  seq INTEGER NOT NULL,                                 -- the frame in which it went
  code TEXT NOT NULL,                                   -- why it was released
  ended_at INTEGER NOT NULL,
  UNIQUE (payment_id, attempt)
) STRICT, WITHOUT ROWID;
