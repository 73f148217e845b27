-- Where the commitments to bookings stand in the log: commitment `number`, counted from 1 as transfers are, is leaf `leaf`,
-- and those after it follow leaf by leaf, up to the next row. So a receipt looks its leaf up, however long the log is.
CREATE TABLE commitment_run (
  number INTEGER PRIMARY KEY CHECK (number >= 1),
  leaf INTEGER NOT NULL REFERENCES leaf (idx)
) STRICT;

-- A new run begins wherever something else stands in between: there, and only there, leaf - number grows.
INSERT INTO commitment_run (number, leaf)
SELECT min(n), min(idx) FROM (
  SELECT idx, row_number() OVER (ORDER BY idx) AS n FROM leaf WHERE substr(entry, 1, 1) = x'05'
) GROUP BY idx - n;

CREATE TRIGGER commitment_run_is_final BEFORE UPDATE ON commitment_run BEGIN
  SELECT RAISE(ABORT, 'where a commitment stands never changes');
END;
CREATE TRIGGER commitment_run_stays BEFORE DELETE ON commitment_run BEGIN
  SELECT RAISE(ABORT, 'where a commitment stands is never forgotten');
END;
