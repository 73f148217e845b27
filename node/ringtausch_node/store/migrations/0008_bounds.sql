-- What one peer may make this ring keep: who asked for an invoice, so that unpaid ones are counted and forgotten.
ALTER TABLE invoice ADD COLUMN peer INTEGER REFERENCES peer (id);
CREATE INDEX invoice_unpaid ON invoice (peer, expires_at) WHERE paid_by IS NULL;

-- Of all the boots that a peer ever had one is the present one.
CREATE INDEX peer_boot_present ON peer_boot (peer) WHERE replaced = 0;
