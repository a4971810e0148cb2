-- The keys of new persons. Answers those that were made, without their key, and those that were there before.
WITH made AS (
    INSERT INTO subject_keys (subject, id, key_id, wrapped)
    SELECT k.subject, k.id, $2, k.wrapped FROM unnest($1::text[], $3::uuid[], $4::bytea[]) AS k (subject, id, wrapped)
    -- In one order, so that two nodes that meet the same persons at once do not deadlock.
    ORDER BY k.subject COLLATE "C"
    ON CONFLICT (subject) DO NOTHING
    RETURNING subject
)
SELECT subject, NULL AS id, NULL AS key_id, NULL AS wrapped FROM made
UNION ALL
SELECT subject, id, key_id, wrapped FROM subject_keys
-- Nearly always all were made, and there is nothing to look for.
WHERE subject = ANY($1) AND (SELECT count(*) FROM made) < cardinality($1)
