SELECT transaction_id::text AS transaction_id, position
FROM read_models.checkpoints
WHERE projection = $1 AND partition = $2
