-- $1 is in lower case already.
SELECT id, email, name, username, role, opening_time_zone, created_at, updated_at
FROM users
WHERE lower(email COLLATE "C") = $1
