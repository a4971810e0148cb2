-- The last layer against double booking (B6): the time that active bookings hold, kept by the log itself. Whatever the
-- program believed, an append whose meeting overlaps another one of the same host is refused by PostgreSQL.
--
-- `during` is the meeting without its buffers: buffers are policy, overlap is physics.
CREATE TABLE reservations (
    host_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- Guests of one group session share its time. A one-on-one booking is its own session.
    session_id uuid NOT NULL,
    -- An empty range would overlap nothing, an endless one everything.
    during tstzrange NOT NULL
        CONSTRAINT reservations_are_finite CHECK ((isfinite(lower(during)) AND isfinite(upper(during))) IS TRUE),
    -- In this order it serves the directory as well: whose active booking is this?
    PRIMARY KEY (booking_id, host_id),
    CONSTRAINT reservations_do_not_overlap
        EXCLUDE USING gist (host_id WITH =, during WITH &&, session_id WITH <>)
);

GRANT SELECT ON reservations TO daybook_app;

-- Only what a statement leaves in force counts: each booking's last event. All that it frees is freed before anything is
-- taken, so a booking may move onto a time that another gives up in the same append, and two bookings may swap.
CREATE FUNCTION reservations_follow_bookings() RETURNS trigger LANGUAGE plpgsql
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

CREATE TRIGGER reservations_follow_bookings AFTER INSERT ON events
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reservations_follow_bookings();
