INSERT INTO api_keys (id, user_id, name, secret_hash, scopes, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id AS key_id, name AS key_name, scopes, created_at AS key_created_at, last_used_at
