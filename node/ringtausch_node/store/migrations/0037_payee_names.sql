-- The name that the payee's ring gave when it was asked before paying: for the payer's own payment. '': nobody was asked.
ALTER TABLE payment ADD COLUMN payee_name TEXT NOT NULL DEFAULT '' CHECK (length(payee_name) <= 80);
