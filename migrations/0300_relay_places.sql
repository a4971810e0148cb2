-- How far the relay has published, per JetStream stream (E4). The stream itself says so by its last message; this row is
-- for a stream that its retention has emptied, whose messages are gone while it still counts on.
--
-- Written a moment after the fact: whoever reads it adds the messages that the stream has counted since.
CREATE TABLE relay_places (
    stream text COLLATE "C" PRIMARY KEY,
    transaction_id xid8 NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    -- The message of the event at that place.
    stream_sequence bigint NOT NULL CHECK (stream_sequence > 0),
    saved_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE ON relay_places TO daybook_app;
