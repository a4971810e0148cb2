SELECT id, email, name, username, role, opening_time_zone, created_at, updated_at
FROM users
WHERE id = $1
