-- Where a replay may start: the newest state that a node wrote down of a calendar (E2, E6). Losing it costs time, nothing
-- else. Holds no personal data, because a calendar's state has none.
CREATE TABLE snapshots (
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    -- The form of `state`. A program that writes another form ignores this one and replays from the start.
    format integer NOT NULL,
    state json NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (aggregate_type, aggregate_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO daybook_app;
