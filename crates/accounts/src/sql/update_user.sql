-- $6 is the password that $5 replaces: of two changes at once, the second has proved a password that is none any more.
UPDATE users
SET email = coalesce($2, email),
    name = coalesce($3, name),
    username = coalesce($4, username),
    password_hash = coalesce($5, password_hash),
    updated_at = $7
WHERE id = $1 AND password_hash = coalesce($6, password_hash)
RETURNING id, email, name, username, role, opening_time_zone, created_at, updated_at
