-- Everything that is visible now stands before this place, also what was committed without waiting for the disk.
SELECT system_identifier, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint FROM pg_control_system()
