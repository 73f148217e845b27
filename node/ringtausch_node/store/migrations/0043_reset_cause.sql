-- For which fault the line was stopped when we proposed a new beginning; NULL: for none. Something may be lost then.
ALTER TABLE reset_proposal ADD COLUMN cause TEXT;
