-- A key by its own name, so that an append can say which keys its events are sealed with (docs/adr/0009).

-- Tells a key from one that the same person had before, or will have after an erasure.
ALTER TABLE subject_keys ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();

-- Raises unless all these keys are there. An append asks it about the keys its events are sealed with: what it sees has been
-- committed, so it stands in the write-ahead log before the append and is durable as soon as the append is.
--
-- Scans and joins that read the whole table are off: a plan made while it was small is kept after it has grown.
CREATE FUNCTION subject_keys_are_there(subjects text[], ids uuid[]) RETURNS boolean LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(subjects, ids) AS needed (subject, id)
        WHERE needed.id IS DISTINCT FROM (SELECT k.id FROM public.subject_keys k WHERE k.subject = needed.subject)
    ) THEN
        RAISE EXCEPTION 'a key that an event is sealed with is gone' USING ERRCODE = 'DB006';
    END IF;
    RETURN true;
END
$$;
