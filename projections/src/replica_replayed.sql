-- Null on a server that is no replica (any more).
SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint END
FROM pg_control_system()
