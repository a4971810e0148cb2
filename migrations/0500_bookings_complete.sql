-- What every kind of meeting adds to the bookings read model (B1–B3, B7): holds, no-shows, series, teams, answers.
SET ROLE daybook_app;

ALTER TABLE read_models.bookings
    -- While it is pending, until when the host must answer.
    ADD COLUMN hold_until timestamptz,
    ADD COLUMN no_show boolean NOT NULL DEFAULT false,
    ADD COLUMN series_id uuid,
    ADD COLUMN team_id uuid,
    -- All hosts of a collective meeting, the organiser first.
    ADD COLUMN hosts uuid[],
    -- Answers to the meeting type's questions: personal data, null once its subject is erased.
    ADD COLUMN answers jsonb,
    -- A collective booking stands in the calendar of each of its hosts, and so here.
    DROP CONSTRAINT bookings_pkey,
    ADD CONSTRAINT bookings_pkey PRIMARY KEY (id, host_id, start_time);

-- The holds that run out next.
CREATE INDEX bookings_by_hold ON read_models.bookings (hold_until) WHERE status = 'pending' AND hold_until IS NOT NULL;

RESET ROLE;
