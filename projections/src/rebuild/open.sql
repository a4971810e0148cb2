-- Whether the lock was free. A batch that a crash loses is written again by the next rebuild, so no batch waits for the
-- disk; the swap does.
SELECT pg_try_advisory_lock(hashtextextended('daybook rebuild ' || $1, 0)),
    set_config('search_path', 'read_models_rebuild, public', false),
    set_config('synchronous_commit', 'off', false),
    set_config('plan_cache_mode', 'force_generic_plan', false)
