-- The keys of new persons. Answers those that were made, without their key, and those that were there before: asked for by
-- their subject or, guests, by the hash of their address.
WITH made AS (
    INSERT INTO subject_keys (subject, lookup, id, key_id, wrapped)
    SELECT k.subject, k.lookup, k.id, $2, k.wrapped
    FROM unnest($1::text[], $3::uuid[], $4::bytea[], $5::bytea[]) AS k (subject, id, wrapped, lookup)
    -- In one order, so that two nodes that meet the same persons at once do not deadlock. A guest's subject is random, and
    -- another one on each node.
    ORDER BY coalesce(encode(k.lookup, 'hex'), k.subject) COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING subject
)
SELECT true AS made, subject, NULL AS lookup, NULL AS id, NULL AS key_id, NULL AS wrapped FROM made
UNION ALL
SELECT false, subject, lookup, id, key_id, wrapped FROM subject_keys
-- Nearly always all were made, and there is nothing to look for.
WHERE (subject = ANY($1) OR lookup = ANY($5)) AND (SELECT count(*) FROM made) < cardinality($1)
