-- What this ring's pages and mails call another ring: a word of our own, in no log and told to no peer. '': its address.
ALTER TABLE peer ADD COLUMN called TEXT NOT NULL DEFAULT '' CHECK (length(called) <= 40);
