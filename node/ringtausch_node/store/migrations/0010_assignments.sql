-- Hours on the account `recovered` find their owner by the office's word, whole or in parts. `item` is what they stand
-- for: the hash of an order that came back, or the epoch that an epoch-reset began.
CREATE TABLE assignment (
  transfer_id BLOB PRIMARY KEY REFERENCES transfer (id),
  item TEXT NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id),     -- to whom
  amount_seconds INTEGER NOT NULL CHECK (amount_seconds <> 0),   -- above zero: gets hours; below: pays them
  assigned_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_by_item ON assignment (item);
