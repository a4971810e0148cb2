-- The log: every event of every calendar, in the order in which it was committed (E1, E6).
--
-- Names and numbers are compared byte by byte ("C"): ids mean nothing to a language, and this is the fastest comparison.

-- The version each stream has reached. An append moves it from the version it expects, which both orders the writers of a
-- stream and tells the losers of a race from the winner without an error.
CREATE TABLE streams (
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id uuid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    -- The version before the last append. The append writes here what it expects, so that moving a stream compares two
    -- columns of two rows instead of searching its own input again.
    previous_version bigint NOT NULL CHECK (previous_version >= 0 AND previous_version < version),
    PRIMARY KEY (aggregate_type, aggregate_id)
)
-- Every append rewrites one row without touching an indexed column: room on the page keeps that off the index.
WITH (fillfactor = 60);

CREATE TABLE events (
    -- The seven columns of postgres-es: its stock repository reads this log.
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    -- The event's version: its place in its stream, from 1.
    sequence bigint NOT NULL CHECK (sequence > 0),
    event_type text COLLATE "C" NOT NULL,
    event_version text COLLATE "C" NOT NULL,
    -- json, not jsonb: what was written is read back byte for byte, and replays need no conversion.
    payload json NOT NULL,
    metadata json NOT NULL DEFAULT '{}',

    -- Chosen by the writer, so that a writer whose connection broke can ask whether its event got in.
    event_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT events_id_key UNIQUE,
    -- The place in the whole log is (transaction_id, position). Identity values become visible out of order, so a reader
    -- that remembered only a position would lose events; it reads the transactions below pg_snapshot_xmin, all of which
    -- have ended, in the order of their ids.
    position bigint GENERATED ALWAYS AS IDENTITY,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT events_version_key PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

-- The feed: the log in commit order. Readers select transaction_id < pg_snapshot_xmin(pg_current_snapshot()).
CREATE UNIQUE INDEX events_feed ON events (transaction_id, position);

-- One command per idempotency key, over all calendars: a retry that lands on another calendar is caught too (B4).
-- The key is a keyed hash, and only a command's first event carries it.
CREATE UNIQUE INDEX events_idempotency_key ON events ((metadata ->> 'idempotency_key'))
    WHERE (metadata ->> 'idempotency_key') IS NOT NULL;

-- The directory: whose meeting type is this?
CREATE INDEX events_meeting_type ON events ((payload ->> 'meeting_type_id')) WHERE event_type = 'MeetingTypeAdded';

GRANT SELECT ON streams, events TO daybook_app;
GRANT INSERT, UPDATE ON streams TO daybook_app;
-- Where and when an event stands in the log is not for the application to say.
GRANT INSERT (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id)
    ON events TO daybook_app;
