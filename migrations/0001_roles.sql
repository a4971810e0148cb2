-- Two roles share the database. The one that runs these migrations owns the log; the application logs in as a member of
-- daybook_app and can only add to it (E1). A log that its own application could rewrite would prove nothing.

-- Roles belong to the whole cluster, so another database may be creating it at this moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daybook_app') THEN
        CREATE ROLE daybook_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- Handing a schema to a role takes membership in it, also for the one who made the role (PostgreSQL 16 and newer give its
-- maker the right to grant it and no more). Who may not grant it has been made a member beforehand, or the next statement
-- says so.
DO $$
BEGIN
    EXECUTE format('GRANT daybook_app TO %I', current_user);
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END
$$;

-- Databases made before PostgreSQL 15 let everyone create tables beside the log's.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO daybook_app;

-- The application may see which migrations have been run. Whoever runs them by hand keeps no such table.
DO $$
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON public._sqlx_migrations TO daybook_app;
    END IF;
END
$$;

-- Read models belong to the application: a rebuild fills new tables and swaps them in while the system serves (E5).
CREATE SCHEMA read_models AUTHORIZATION daybook_app;

-- `=` and `<>` inside the exclusion constraint on reservations.
CREATE EXTENSION IF NOT EXISTS btree_gist;
