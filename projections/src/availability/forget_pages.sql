-- By pages of the table: so a batch is short without an index of its own. Null behind the table's end.
--
-- A row that the projector has in hand is left to it, so that the two never wait for each other.
WITH past AS (
    SELECT b.ctid FROM read_models.busy_times b
    WHERE b.ctid >= format('(%s,0)', $1::bigint)::tid AND b.ctid < format('(%s,0)', $2::bigint)::tid
        AND b.end_time < $3
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM read_models.busy_times b USING past WHERE b.ctid = past.ctid RETURNING 1
)
SELECT CASE
    WHEN $1 < pg_relation_size('read_models.busy_times') / current_setting('block_size')::bigint
    THEN (SELECT count(*) FROM gone)
END
