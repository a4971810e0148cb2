-- The function of 0009, now that the row of somebody who was erased stays: their key is as gone as one that was lost.
CREATE OR REPLACE FUNCTION subject_keys_are_there(subjects text[], ids uuid[]) RETURNS boolean LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(subjects, ids) AS needed (subject, id)
        WHERE needed.id IS DISTINCT FROM (
            SELECT k.id FROM public.subject_keys k WHERE k.subject = needed.subject AND k.erased_at IS NULL)
    ) THEN
        RAISE EXCEPTION 'a key that an event is sealed with is gone' USING ERRCODE = 'DB006';
    END IF;
    RETURN true;
END
$$;
