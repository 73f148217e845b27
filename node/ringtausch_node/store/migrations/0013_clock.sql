-- When this ring last committed something, to the minute, by a clock that was believed: a later start compares.
CREATE TABLE clock_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
