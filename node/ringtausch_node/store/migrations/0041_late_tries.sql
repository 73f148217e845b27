-- A decision *paid* that comes late for an attempt that was released before another one is held against what the attempt
-- said: until when it could be decided (NULL: noted before this was kept, nothing counts), and whether one was verified.
ALTER TABLE order_tried ADD COLUMN deadline_at INTEGER;
ALTER TABLE order_tried ADD COLUMN is_paid_late INTEGER NOT NULL DEFAULT 0 CHECK (is_paid_late IN (0, 1));
