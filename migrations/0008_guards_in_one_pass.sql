-- The guards of 0003 and 0004 with the same rules, each in one pass over what was added: an append passes through them many
-- thousand times a second.

CREATE OR REPLACE FUNCTION events_follow_their_streams() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    broken boolean;
    behind boolean;
    first record;
BEGIN
    -- One pass over what was added, each stream in its order. Only a stream's first new event has its predecessor looked up,
    -- and only with its last one are streams compared.
    SELECT
        bool_or(CASE
            WHEN a.sequence = 1 THEN a.aggregate_id <> a.aggregate_id::uuid::text
            WHEN a.sequence_before = a.sequence - 1
                THEN ((a.transaction_before, a.position_before) < (a.transaction_id, a.position)) IS NOT TRUE
            ELSE (
                SELECT (before.transaction_id, before.position) < (a.transaction_id, a.position)
                FROM public.events before
                WHERE before.aggregate_type = a.aggregate_type
                    AND before.aggregate_id = a.aggregate_id
                    AND before.sequence = a.sequence - 1
            ) IS NOT TRUE
        END),
        -- The program's own append has moved its streams already; reading that is cheaper than locking the row again.
        bool_or(CASE WHEN a.is_last THEN a.sequence > coalesce((
            SELECT s.version FROM public.streams s
            WHERE s.aggregate_type = a.aggregate_type AND s.aggregate_id = a.aggregate_id::uuid), 0)
        END)
    INTO broken, behind
    FROM (
        SELECT aggregate_type, aggregate_id, sequence, transaction_id, position,
            lag(sequence) OVER stream AS sequence_before,
            lag(transaction_id) OVER stream AS transaction_before,
            lag(position) OVER stream AS position_before,
            lead(sequence) OVER stream IS NULL AS is_last
        FROM added
        WINDOW stream AS (PARTITION BY aggregate_type, aggregate_id ORDER BY sequence)
    ) AS a;

    IF broken THEN
        SELECT a.aggregate_type, a.aggregate_id, a.sequence, before.sequence IS NOT NULL AS follows INTO STRICT first
        FROM added a
        LEFT JOIN public.events before
            ON before.aggregate_type = a.aggregate_type
            AND before.aggregate_id = a.aggregate_id
            AND before.sequence = a.sequence - 1
        WHERE CASE a.sequence
            WHEN 1 THEN a.aggregate_id <> a.aggregate_id::uuid::text
            ELSE ((before.transaction_id, before.position) < (a.transaction_id, a.position)) IS NOT TRUE
        END
        LIMIT 1;
        IF first.sequence = 1 THEN
            RAISE EXCEPTION '% is not the name of a stream', first.aggregate_id USING ERRCODE = 'DB005';
        ELSIF first.follows THEN
            RAISE EXCEPTION 'version % of %/% would stand before its predecessor in the log',
                first.sequence, first.aggregate_type, first.aggregate_id USING ERRCODE = 'DB004';
        ELSE
            RAISE EXCEPTION 'version % of %/% would leave a gap',
                first.sequence, first.aggregate_type, first.aggregate_id USING ERRCODE = 'DB003';
        END IF;
    END IF;

    IF behind THEN
        INSERT INTO public.streams AS s (aggregate_type, aggregate_id, version, previous_version)
        SELECT a.aggregate_type, a.aggregate_id::uuid, max(a.sequence), min(a.sequence) - 1
        FROM added a
        GROUP BY a.aggregate_type, a.aggregate_id
        ORDER BY a.aggregate_type, a.aggregate_id
        ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
            SET version = excluded.version, previous_version = excluded.previous_version
            WHERE s.version < excluded.version;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION reservations_follow_bookings() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    -- Plans that suit a log of any size: see events_follow_their_streams.
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    -- Not BookingRequested: asking for a booking that exists is refused by the primary key. Most appends free nothing, and
    -- to see that is cheaper than a DELETE that finds nothing.
    IF EXISTS (
        SELECT FROM added a
        WHERE a.event_type IN ('BookingRescheduled', 'BookingCancelled', 'BookingDeclined', 'BookingExpired')
    ) THEN
        DELETE FROM public.reservations r USING added a
        WHERE a.aggregate_type = 'calendar'
            AND a.event_type IN ('BookingRescheduled', 'BookingCancelled', 'BookingDeclined', 'BookingExpired')
            AND r.host_id = a.aggregate_id::uuid
            AND r.booking_id = (a.payload ->> 'booking_id')::uuid;
    END IF;

    INSERT INTO public.reservations (host_id, booking_id, session_id, during)
    SELECT host_id, booking_id, coalesce(session_id, booking_id), tstzrange(start, "end")
    FROM (
        SELECT DISTINCT ON (a.aggregate_id, p.booking_id)
            a.aggregate_id::uuid AS host_id, p.booking_id, a.event_type, p.session_id, p.start, p."end"
        FROM added a,
            json_to_record(a.payload) AS p (booking_id uuid, session_id uuid, start timestamptz, "end" timestamptz)
        WHERE a.aggregate_type = 'calendar' AND a.event_type IN
            ('BookingRequested', 'BookingRescheduled', 'BookingCancelled', 'BookingDeclined', 'BookingExpired')
        ORDER BY a.aggregate_id, p.booking_id, a.sequence DESC
    ) AS last_event
    WHERE event_type IN ('BookingRequested', 'BookingRescheduled');
    RETURN NULL;
END
$$;

-- In this order the key serves the directory as well: whose active booking is this?
ALTER TABLE reservations DROP CONSTRAINT reservations_pkey, ADD PRIMARY KEY (booking_id, host_id);
DROP INDEX reservations_booking;
