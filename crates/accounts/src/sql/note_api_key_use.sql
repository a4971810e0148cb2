-- $3 is how long ago a use must have been noted to be noted anew; another node may have done so just now.
UPDATE api_keys
SET last_used_at = $2
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)
