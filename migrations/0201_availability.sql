-- The availability read model (V8): what a node must know of a host to answer which slots are free.
SET ROLE daybook_app;

CREATE TABLE read_models.availability_hosts (
    host_id uuid PRIMARY KEY,
    -- The version of the calendar's stream that this row and the host's busy times stand at.
    version bigint NOT NULL CHECK (version > 0),
    -- Zones, schedules and meeting types. json, not jsonb: it is only ever read whole, and stays as it was written.
    settings json NOT NULL,
    -- When busy times of the past are dropped next, by the time of the calendar's own events.
    forget_at timestamptz
)
-- Every event of the calendar moves the version, which is not indexed.
WITH (fillfactor = 70);

-- Time held by active bookings.
CREATE TABLE read_models.busy_times (
    host_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    -- The meeting taken part in: guests of one group session share its time.
    session_id uuid NOT NULL,
    meeting_type_id uuid NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL CHECK (end_time > start_time),
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes integer NOT NULL,
    -- Also serves the one question asked: everything of a host. Old rows are dropped, so that stays short.
    PRIMARY KEY (host_id, booking_id)
);

RESET ROLE;
