-- A payment is what a member asks for; where it stands in another ring is federation's to know (order_out).
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
