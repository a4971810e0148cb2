SELECT k.id AS key_id, k.name AS key_name, k.scopes, k.created_at AS key_created_at, k.last_used_at, k.secret_hash,
       u.id, u.email, u.name, u.username, u.role, u.opening_time_zone, u.created_at, u.updated_at
FROM api_keys k
JOIN users u ON u.id = k.user_id
WHERE k.id = $1
