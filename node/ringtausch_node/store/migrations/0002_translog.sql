-- The signed log's entries in their order, with the RFC 6962 leaf hash: a changed entry can be named, not only noticed.
CREATE TABLE leaf (
  idx INTEGER PRIMARY KEY CHECK (idx >= 0),
  entry BLOB NOT NULL CHECK (length(entry) BETWEEN 1 AND 65535),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER leaf_is_final BEFORE UPDATE ON leaf BEGIN
  SELECT RAISE(ABORT, 'an entry of the log never changes');
END;
CREATE TRIGGER leaf_stays BEFORE DELETE ON leaf BEGIN
  SELECT RAISE(ABORT, 'an entry of the log is never deleted');
END;

-- All that appending needs: the roots of the full subtrees, largest first.
CREATE TABLE frontier (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log INTEGER NOT NULL CHECK (log >= 1),
  size INTEGER NOT NULL CHECK (size >= 0),
  hashes BLOB NOT NULL
) STRICT;
INSERT INTO frontier (id, log, size, hashes) VALUES (1, 1, 0, x'');
