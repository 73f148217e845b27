-- Since when the other ring answers that it has stopped the line; NULL while it does not. A restart must not hide it.
ALTER TABLE line ADD COLUMN stopped_there_at INTEGER;
