-- The number of the form that a report came in: sent again, it is the same report. Others, of programs and of before, have none.
ALTER TABLE report ADD COLUMN number BLOB CHECK (length(number) = 16);
CREATE UNIQUE INDEX report_number ON report (member_id, number) WHERE number IS NOT NULL;
