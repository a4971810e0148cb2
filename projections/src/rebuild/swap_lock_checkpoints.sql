-- Makes the checkpoints that are missing and locks them all. A step that wants to move one waits here, and then finds it
-- elsewhere.
INSERT INTO read_models.checkpoints AS c (projection, partition, transaction_id, position)
SELECT $1, partition, '0', 0 FROM generate_series(0, $2 - 1) AS partition
ON CONFLICT (projection, partition) DO UPDATE SET updated_at = c.updated_at
