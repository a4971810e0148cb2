-- The bookings read model: what hosts, guests and operators see of a booking (B3, B5, B6, O2).
--
-- Personal data is readable here and nowhere else outside memory; it is null once its subject is erased (E9).
SET ROLE daybook_app;

CREATE TABLE read_models.bookings (
    id uuid NOT NULL,
    host_id uuid NOT NULL,
    meeting_type_id uuid NOT NULL,
    session_id uuid NOT NULL,
    -- `completed` is not stored: it is what `confirmed` is called after the end.
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'confirmed', 'declined', 'expired', 'cancelled')),
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL CHECK (end_time > start_time),
    rescheduled_from timestamptz,

    -- Whom the personal data is about: by this it is found again when they are erased.
    invitee_subject text COLLATE "C" NOT NULL,
    invitee_name text,
    invitee_email text,
    notes text,
    -- E-mail addresses of those whom the invitee brings along.
    guests jsonb,
    -- Name and address in lower case, folded by the program: what `lower` does depends on the locale of the database.
    search_text text COLLATE "C",
    invitee_time_zone text NOT NULL,
    -- Whoever wrote it: it is about the invitee.
    cancellation_reason text,

    -- The booking's own revision.
    version integer NOT NULL CHECK (version > 0),
    -- The version of the calendar's stream at the last event that this row has seen: an event is never applied twice.
    stream_version bigint NOT NULL CHECK (stream_version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,

    -- A partitioned table can only be unique together with its partition key. That an id stands once over all months is
    -- the projector's care: it has one writer for each host, which looks a booking up before it writes it.
    CONSTRAINT bookings_pkey PRIMARY KEY (id, start_time)
) PARTITION BY RANGE (start_time);

-- Months get partitions of their own; whatever falls outside of them lands here.
CREATE TABLE read_models.bookings_default PARTITION OF read_models.bookings DEFAULT;

-- A host's bookings in the order of the list, with or without a range of dates. Also serves the search by name and address,
-- which looks through one host's bookings, and the search for overlaps.
CREATE INDEX bookings_of_host ON read_models.bookings (host_id, start_time, id);
-- The list of one status: the few that are pending among thousands.
CREATE INDEX bookings_of_host_by_status ON read_models.bookings (host_id, status, start_time, id);
-- The list of one meeting type.
CREATE INDEX bookings_of_host_by_meeting_type ON read_models.bookings (host_id, meeting_type_id, start_time, id);

RESET ROLE;
