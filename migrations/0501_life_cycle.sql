-- How bookings leave the read model after 90 days, and what else goes with time (O2).

-- Bookings whose rows stand in a file of the archive. The projector passes over what such a booking's row had seen when it
-- was archived, and so does a rebuild: neither brings it back. What happens to it later still does, by replay.
SET ROLE daybook_app;

CREATE TABLE read_models.archived_bookings (
    id uuid NOT NULL,
    host_id uuid NOT NULL,
    -- The first day of the month whose file has it.
    month date NOT NULL,
    -- The version of the calendar's stream at the last event that the archived row has seen.
    stream_version bigint NOT NULL CHECK (stream_version > 0),
    -- By this a guest's bookings are found when they ask what is held about them (A4).
    invitee_subject text COLLATE "C" NOT NULL,
    PRIMARY KEY (id, host_id)
);

CREATE INDEX archived_bookings_of_invitee ON read_models.archived_bookings (invitee_subject);

RESET ROLE;

-- The months that were archived. Unlike a read model this cannot be made again from the log: it says which files there are.
CREATE TABLE archived_months (
    month date PRIMARY KEY CHECK (month = date_trunc('month', month::timestamp)::date),
    rows bigint NOT NULL CHECK (rows >= 0),
    -- Of the file, in hexadecimal.
    sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    -- When its first file was written: from here on its two years are counted.
    archived_at timestamptz NOT NULL,
    -- When its rows were last brought back into the read model.
    restored_at timestamptz,
    -- When its file was removed, at the end of the two years.
    removed_at timestamptz
);

GRANT SELECT, INSERT, UPDATE ON archived_months TO daybook_app;

-- Removes reservations of meetings that ended over 35 days ago from some pages of the table, and says how many; none once
-- the pages are behind its end. The pages make batches short without an index that every append would have to keep up.
--
-- It opens no time for a double booking: a reservation keeps meetings from overlapping it, and whatever overlapped one of
-- these would begin over 35 days ago. "Ago" is what both the database's clock and the caller's say, so that one of them alone
-- that has gone wrong frees nothing.
CREATE FUNCTION forget_past_reservations(by_caller timestamptz, first_page bigint, pages integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    IF first_page >= pg_relation_size('public.reservations') / current_setting('block_size')::bigint THEN
        RETURN NULL;
    END IF;
    WITH past AS (
        SELECT r.ctid FROM public.reservations r
        WHERE r.ctid >= format('(%s,0)', first_page)::tid AND r.ctid < format('(%s,0)', first_page + pages)::tid
            AND upper(r.during) < least(by_caller, now()) - interval '35 days'
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM public.reservations r USING past WHERE r.ctid = past.ctid RETURNING 1
    )
    SELECT count(*) INTO forgotten FROM gone;
    RETURN forgotten;
END
$$;

REVOKE EXECUTE ON FUNCTION forget_past_reservations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_past_reservations TO daybook_app;
