UPDATE users
SET role = $2, updated_at = $3
WHERE id = $1
RETURNING id, email, name, username, role, opening_time_zone, created_at, updated_at
