SELECT partition, transaction_id::text AS transaction_id, position, updated_at
FROM read_models.checkpoints
WHERE projection = $1
