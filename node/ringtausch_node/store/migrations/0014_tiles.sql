-- The signed log as it is read: hashes above the leaves, and signed heads. Level 0 stands in `leaf`.

-- One row a tile of level 1 or more: hash i of tile n on level L is the root over 256^L leaves. It only grows, so every
-- partial tile of before is its beginning.
CREATE TABLE tile (
  log INTEGER NOT NULL CHECK (log >= 1),
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 63),
  number INTEGER NOT NULL CHECK (number >= 0),
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (log, level, number)
) STRICT;

CREATE TRIGGER tile_only_grows BEFORE UPDATE ON tile
WHEN NEW.log <> OLD.log OR NEW.level <> OLD.level OR NEW.number <> OLD.number
  OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes BEGIN
  SELECT RAISE(ABORT, 'a tile only grows');
END;
CREATE TRIGGER tile_stays BEFORE DELETE ON tile BEGIN
  SELECT RAISE(ABORT, 'a tile is never deleted');
END;

-- Published checkpoints: `note` with the cosignatures that have come so far. A log has one root at each size.
CREATE TABLE checkpoint (
  log INTEGER NOT NULL CHECK (log >= 1),
  size INTEGER NOT NULL CHECK (size >= 1),
  root BLOB NOT NULL CHECK (length(root) = 32),
  note BLOB NOT NULL CHECK (length(note) BETWEEN 1 AND 32768),
  at INTEGER NOT NULL,                                  -- when it was signed, or said again unchanged
  cosigned INTEGER NOT NULL DEFAULT 0 CHECK (cosigned >= 0),
  PRIMARY KEY (log, size)
) STRICT;

CREATE TRIGGER checkpoint_grows BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE log > NEW.log OR (log = NEW.log AND size >= NEW.size)) BEGIN
  SELECT RAISE(ABORT, 'a log never shrinks');
END;
CREATE TRIGGER checkpoint_keeps_its_root BEFORE UPDATE ON checkpoint
WHEN NEW.log <> OLD.log OR NEW.size <> OLD.size OR NEW.root <> OLD.root BEGIN
  SELECT RAISE(ABORT, 'a size has one root');
END;
