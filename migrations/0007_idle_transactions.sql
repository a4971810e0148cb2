-- A write transaction left open anywhere in the cluster stalls the feed, since the events after it may not be all there.
-- Nothing of ours holds one open for long, so whoever does has been forgotten. Needs the database's owner; where somebody
-- else runs the migrations, the setting has to be made by hand.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '30s');
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'set idle_in_transaction_session_timeout of this database: %', SQLERRM;
END
$$;
