-- What keeps the log true, whoever writes to it. The codes are of class DB ("Daybook"), so that the program can tell which
-- guard spoke.

CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable: % is refused', TG_OP USING ERRCODE = 'DB001';
END
$$;

CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- The feed is ordered by transaction id, and an id is given at a transaction's first write. If that is the append, the id
-- is younger than that of the version it follows, which had to be committed to be known: so the feed's order is each
-- stream's order. An earlier write in the transaction would break that.
CREATE FUNCTION append_is_the_first_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'an append must be the first write of its transaction' USING ERRCODE = 'DB002';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER events_are_written_first BEFORE INSERT ON events
    FOR EACH STATEMENT EXECUTE FUNCTION append_is_the_first_write();

-- A stream is named by a UUID in its usual form, or no program could load it. Each of its events follows the one before it,
-- without a gap, and later in the feed. And streams keeps up with a writer that inserts events alone, as a stock
-- postgres-es repository does.
--
-- Sequential scans and joins that read whole tables are off: a plan made while the log was small is kept after it has grown.
CREATE FUNCTION events_follow_their_streams() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    broken record;
BEGIN
    SELECT a.aggregate_type, a.aggregate_id, a.sequence, before.sequence IS NOT NULL AS follows INTO broken
    FROM added a
    LEFT JOIN public.events before
        ON before.aggregate_type = a.aggregate_type
        AND before.aggregate_id = a.aggregate_id
        AND before.sequence = a.sequence - 1
    WHERE CASE a.sequence
        WHEN 1 THEN a.aggregate_id <> a.aggregate_id::uuid::text
        ELSE (before.transaction_id, before.position) < (a.transaction_id, a.position) IS NOT TRUE
    END
    LIMIT 1;
    IF NOT FOUND THEN
        NULL;
    ELSIF broken.sequence = 1 THEN
        RAISE EXCEPTION '% is not the name of a stream', broken.aggregate_id USING ERRCODE = 'DB005';
    ELSIF broken.follows THEN
        RAISE EXCEPTION 'version % of %/% would stand before its predecessor in the log',
            broken.sequence, broken.aggregate_type, broken.aggregate_id USING ERRCODE = 'DB004';
    ELSE
        RAISE EXCEPTION 'version % of %/% would leave a gap',
            broken.sequence, broken.aggregate_type, broken.aggregate_id USING ERRCODE = 'DB003';
    END IF;

    INSERT INTO public.streams AS s (aggregate_type, aggregate_id, version, previous_version)
    SELECT a.aggregate_type, a.aggregate_id::uuid, max(a.sequence), min(a.sequence) - 1
    FROM added a
    -- The program's own append has moved its streams already; reading that is cheaper than locking the row again.
    WHERE a.sequence > coalesce((
        SELECT m.version FROM public.streams m
        WHERE m.aggregate_type = a.aggregate_type AND m.aggregate_id = a.aggregate_id::uuid), 0)
    GROUP BY a.aggregate_type, a.aggregate_id
    ORDER BY a.aggregate_type, a.aggregate_id
    ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
        SET version = excluded.version, previous_version = excluded.previous_version
        WHERE s.version < excluded.version;
    RETURN NULL;
END
$$;

CREATE TRIGGER events_follow_their_streams AFTER INSERT ON events
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION events_follow_their_streams();

-- Also while somebody replays a dump or a replication stream with triggers switched off by session_replication_role.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_immutable;
