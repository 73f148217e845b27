-- The neighbour who brought an advert: where there are too many, those of whoever told the most go first, also after a
-- restart. '' is this ring itself, or what was there before anybody wrote it down.
ALTER TABLE advert ADD COLUMN teller TEXT NOT NULL DEFAULT '' CHECK (length(teller) IN (0, 52));
