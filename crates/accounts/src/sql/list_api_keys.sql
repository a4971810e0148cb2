-- $2 is the last key seen. The largest UUID stands for none, so that the plan is the same range scan for every page.
SELECT id AS key_id, name AS key_name, scopes, created_at AS key_created_at, last_used_at
FROM api_keys
WHERE user_id = $1 AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
ORDER BY id DESC
LIMIT $3
