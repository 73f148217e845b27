-- A document that waits for signatures may name a member by a commitment only: whose account that is, and what opens it.
ALTER TABLE operator_document ADD COLUMN account INTEGER REFERENCES account (id);
ALTER TABLE operator_document ADD COLUMN salt BLOB;
