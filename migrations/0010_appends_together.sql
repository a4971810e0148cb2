-- Raises unless as many streams have moved as should. For an append to several streams that is made to all of them or to none
-- (E3): a stream that is not at its expected version does not move, and must not let the others move alone.
CREATE FUNCTION append_is_complete(moved bigint, streams integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF moved <> streams THEN
        RAISE EXCEPTION 'only % of % streams are at the expected version', moved, streams USING ERRCODE = 'DB007';
    END IF;
    RETURN true;
END
$$;
