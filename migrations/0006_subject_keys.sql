-- One key per person, which seals their data in events (E9). Deleting the row erases the person from the whole log, from
-- every snapshot and from every published event, while all of them stay as they are.
CREATE TABLE subject_keys (
    subject text COLLATE "C" PRIMARY KEY,
    -- The master key under which `wrapped` is encrypted.
    key_id text COLLATE "C" NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON subject_keys TO daybook_app;
GRANT UPDATE (key_id, wrapped) ON subject_keys TO daybook_app;
