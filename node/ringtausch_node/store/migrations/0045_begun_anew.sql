-- A copy is of an epoch of a line that is over: what passed may belong to it, or to the present one.
ALTER TABLE recovery_peer ADD COLUMN has_begun_anew INTEGER NOT NULL DEFAULT 0 CHECK (has_begun_anew IN (0, 1));
-- After a loss our own answer alone shows that what passed was paid, and no frame of the ring behind does.
ALTER TABLE order_between ADD COLUMN is_end_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_end_unseen IN (0, 1));
-- As far as rows of before can tell: what came back on the line of the ring before alone, and lines that a recovery found anew.
UPDATE order_between SET is_end_unseen = 1 WHERE state = 'posted' AND out_seq IS NULL;
UPDATE recovery_peer SET has_begun_anew = 1 WHERE EXISTS (
  SELECT 1 FROM epoch e JOIN recovery r ON r.id = recovery_peer.recovery
  WHERE e.peer = recovery_peer.peer AND e.number > 1 AND e.began_at >= r.began_at
);
