-- Where the rest of the transaction reads and writes, and how. Its commit waits for no disk: what a crash takes of it goes
-- with the checkpoint, and is read from the log again. Its statements keep one plan each: planning them anew for every batch,
-- over all months of bookings, took longer than carrying them out.
--
-- A row only if the checkpoint was at ($3, $4): absent counts as the beginning. Whoever comes second waits here, and then
-- finds it elsewhere.
INSERT INTO read_models.checkpoints AS c (projection, partition, transaction_id, position)
SELECT $1, $2, $5::text::xid8, $6
WHERE ($3::text::xid8, $4) = ('0'::xid8, 0::bigint)
    OR EXISTS (SELECT FROM read_models.checkpoints WHERE projection = $1 AND partition = $2)
ON CONFLICT (projection, partition) DO UPDATE
    SET transaction_id = excluded.transaction_id, position = excluded.position, updated_at = excluded.updated_at
    WHERE (c.transaction_id, c.position) = ($3::text::xid8, $4)
RETURNING set_config('search_path', 'read_models, public', true), set_config('synchronous_commit', 'off', true),
    set_config('plan_cache_mode', 'force_generic_plan', true)
