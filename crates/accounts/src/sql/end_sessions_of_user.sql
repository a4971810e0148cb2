-- $2 is the session to keep, if any.
DELETE FROM sessions
WHERE user_id = $1 AND token_hash IS DISTINCT FROM $2
