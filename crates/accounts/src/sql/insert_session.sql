-- FOR SHARE makes a log-in and a change of the password wait for each other: either the change ends this session too, or
-- this statement sees the new password and adds nothing.
WITH replaced AS (
    DELETE FROM sessions WHERE token_hash = $5
)
INSERT INTO sessions (token_hash, user_id, created_at, expires_at)
SELECT $1, id, $3, $4
FROM users
WHERE id = $2 AND password_hash = $6
FOR SHARE
