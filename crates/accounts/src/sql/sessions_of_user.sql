SELECT created_at, expires_at
FROM sessions
WHERE user_id = $1 AND expires_at > $2
ORDER BY created_at
