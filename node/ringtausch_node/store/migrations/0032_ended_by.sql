-- Who declined an invoice or took it back: its member, or the office or a helper for the member. NULL: nobody here did (the
-- other ring's word, a member's leaving, what ended before this was kept).
ALTER TABLE invoice_written ADD COLUMN ended_by TEXT;
ALTER TABLE invoice_asked ADD COLUMN ended_by TEXT;
