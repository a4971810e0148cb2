-- Whom a key belongs to, and what is left of it once its person is erased (E9).
--
-- A guest's subject is a random name. What leads from an address to it is `lookup`, a keyed hash of the address under a key
-- of its own in this same table; an erasure destroys both it and the person's key. So nothing leads from an address to what
-- it once booked, not even for whoever holds the master keys, and a guest who comes back is somebody new.
ALTER TABLE subject_keys
    ADD COLUMN lookup bytea CHECK (octet_length(lookup) = 32) CONSTRAINT subject_keys_lookup_key UNIQUE,
    ADD COLUMN erased_at timestamptz,
    ALTER COLUMN key_id DROP NOT NULL,
    ALTER COLUMN wrapped DROP NOT NULL,
    ADD CONSTRAINT subject_keys_are_there_or_erased CHECK (
        CASE WHEN erased_at IS NULL THEN key_id IS NOT NULL AND wrapped IS NOT NULL
        ELSE key_id IS NULL AND wrapped IS NULL AND lookup IS NULL END),
    -- The old version of an erased row holds the wrapped key: vacuum takes it away within about a minute.
    SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- A subject that got a second key could not be replayed: its events are sealed with the first. So the row stays, and stays
-- without a key.
CREATE FUNCTION erased_subjects_stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'subject % was erased', OLD.subject USING ERRCODE = 'DB008';
END
$$;

CREATE TRIGGER erased_subjects_stay_erased BEFORE UPDATE ON subject_keys
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL)
    EXECUTE FUNCTION erased_subjects_stay_erased();

REVOKE DELETE ON subject_keys FROM daybook_app;
GRANT UPDATE (lookup, erased_at) ON subject_keys TO daybook_app;
