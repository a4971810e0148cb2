-- A row only if the checkpoint was at ($3, $4): absent counts as the beginning. Whoever comes second waits here, and then
-- finds it elsewhere.
INSERT INTO read_models.checkpoints AS c (projection, partition, transaction_id, position)
SELECT $1, $2, $5::text::xid8, $6
WHERE ($3::text::xid8, $4) = ('0'::xid8, 0::bigint)
    OR EXISTS (SELECT FROM read_models.checkpoints WHERE projection = $1 AND partition = $2)
ON CONFLICT (projection, partition) DO UPDATE
    SET transaction_id = excluded.transaction_id, position = excluded.position, updated_at = excluded.updated_at
    WHERE (c.transaction_id, c.position) = ($3::text::xid8, $4)
RETURNING set_config('search_path', 'read_models, public', true)
