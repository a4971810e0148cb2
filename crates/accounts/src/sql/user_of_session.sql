SELECT u.id, u.email, u.name, u.username, u.role, u.opening_time_zone, u.created_at, u.updated_at
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > $2
