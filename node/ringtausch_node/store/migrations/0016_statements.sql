-- Statements of lines (SPEC.md 7.4): what both rings say at one place of both chains.
CREATE TABLE statement (
  id INTEGER PRIMARY KEY,
  peer INTEGER NOT NULL REFERENCES peer (id),
  epoch TEXT NOT NULL,
  own_seq INTEGER NOT NULL CHECK (own_seq >= 1),        -- the cut: the last of our frames that counts
  peer_seq INTEGER NOT NULL CHECK (peer_seq >= 1),      -- and the last of theirs
  state TEXT NOT NULL CHECK (state IN ('open', 'signed', 'differs')),
  is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
  ours BLOB,                                            -- signed by us; once `signed`, by both
  theirs BLOB,                                          -- signed by them alone
  at INTEGER NOT NULL,
  UNIQUE (peer, epoch, own_seq, peer_seq),
  CHECK (ours IS NOT NULL OR theirs IS NOT NULL)
) STRICT;
CREATE INDEX statement_by_peer ON statement (peer, id);

-- Whether an order that went on in a new epoch has come again in it: then our decision stands in a frame there, or waits
-- for one. Orders of epochs that began before this column was there have come long ago.
ALTER TABLE surviving_hold ADD COLUMN is_answered INTEGER NOT NULL DEFAULT 0 CHECK (is_answered IN (0, 1));
UPDATE surviving_hold SET is_answered = 1;
