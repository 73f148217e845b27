-- An order that passes has 3 to 5 KB, and its key is a hash: in a table that is its own index every new one went to a place by
-- chance and moved its neighbours. Now rows stand in the order in which they came, and the index holds hashes alone.
CREATE TABLE order_between_anew (
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
  answer BLOB,                                          -- the item that ended it towards the payer
  CHECK (peer_in <> peer_out)
) STRICT;
INSERT INTO order_between_anew SELECT
  order_hash, peer_in, peer_out, place, state, last_ring, amount_seconds, boot, in_seq, out_seq, transfer_id, cancel_asked,
  arrived_at, ended_at, is_erased, signed, box, answer
FROM order_between ORDER BY arrived_at;
DROP TABLE order_between;
ALTER TABLE order_between_anew RENAME TO order_between;
CREATE INDEX order_between_in ON order_between (peer_in) WHERE state IN ('waiting', 'held');
CREATE INDEX order_between_out ON order_between (peer_out, last_ring, amount_seconds, state) WHERE state = 'held';
CREATE INDEX order_between_newest ON order_between (arrived_at);
CREATE INDEX order_between_by_payment ON order_between (json_extract(CAST(signed AS TEXT), '$.item.payment_id'));
