-- This ring stops (SPEC.md 5.6): since when, and in the end the certificate that its operators signed.
CREATE TABLE winding_down (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  begun_at INTEGER NOT NULL,
  certificate BLOB
) STRICT;
