-- Cards that came beside adverts alone: nothing rests upon them, and where there are too many they may go. What came in a
-- frame is never shown again in the epoch of its line, and stays (0: also what was there before anybody told them apart).
ALTER TABLE stranger_card ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1));
CREATE INDEX stranger_card_told ON stranger_card (ring_id, heard_at) WHERE told = 1;
