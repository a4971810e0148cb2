-- Deleting an account (A4) takes its sessions and API keys with it.
GRANT DELETE ON users TO daybook_app;

-- What is left of a deleted row: its old version, which vacuum takes away within about a minute, and samples of its values
-- in the statistics, which nobody needs where every look-up is by a unique index.
ALTER TABLE users
    SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0),
    ALTER COLUMN email SET STATISTICS 0,
    ALTER COLUMN name SET STATISTICS 0,
    ALTER COLUMN username SET STATISTICS 0,
    ALTER COLUMN password_hash SET STATISTICS 0;
ALTER INDEX users_email_key ALTER COLUMN 1 SET STATISTICS 0;
