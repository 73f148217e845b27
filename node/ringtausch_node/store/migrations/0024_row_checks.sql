-- A row's own check finds a turned bit in columns of which nothing else speaks; rows from before have none.
ALTER TABLE transfer ADD COLUMN row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8);
ALTER TABLE hold ADD COLUMN row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8);
ALTER TABLE frame ADD COLUMN row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8);
ALTER TABLE checkpoint ADD COLUMN row_check BLOB CHECK (row_check IS NULL OR length(row_check) = 8);
