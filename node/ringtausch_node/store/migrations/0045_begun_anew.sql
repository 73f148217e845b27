-- A copy is of an epoch of a line that is over: what passed may belong to it, or to the present one.
ALTER TABLE recovery_peer ADD COLUMN has_begun_anew INTEGER NOT NULL DEFAULT 0 CHECK (has_begun_anew IN (0, 1));
-- After a loss our own answer alone shows that what passed was paid, and no frame of the ring behind does.
ALTER TABLE order_between ADD COLUMN is_end_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_end_unseen IN (0, 1));
