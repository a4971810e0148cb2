UPDATE read_models.checkpoints
SET transaction_id = $2::text::xid8, position = $3, updated_at = now()
WHERE projection = $1
