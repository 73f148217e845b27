-- What is held on a line for one destination is asked for with every order that passes: the index alone answers it, without
-- a look at the orders themselves, which carry their boxes (`state` stands in it because SQLite asks for every column named).
DROP INDEX order_between_out;
CREATE INDEX order_between_out ON order_between (peer_out, last_ring, amount_seconds, state) WHERE state = 'held';
