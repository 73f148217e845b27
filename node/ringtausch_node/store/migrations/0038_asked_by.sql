-- SHA-256 of what the browser keeps that asked for a code by mail: the code lets in there only. NULL: everywhere.
ALTER TABLE entry_code ADD COLUMN asked_by BLOB CHECK (asked_by IS NULL OR length(asked_by) = 32);
