-- A calendar up to version $3: its snapshot of form $2, if there is one up to there, and the events after it. The snapshot's
-- row comes first, since every event after it has a higher version.
WITH snapshot AS (
    SELECT version, state FROM snapshots
    WHERE aggregate_type = 'calendar' AND aggregate_id = $1 AND format = $2 AND version <= $3
)
SELECT version AS sequence, NULL AS event_type, NULL AS event_version, state::text AS payload FROM snapshot
UNION ALL
SELECT sequence, event_type, event_version, payload::text FROM events
WHERE aggregate_type = 'calendar' AND aggregate_id = $1
    AND sequence > coalesce((SELECT version FROM snapshot), 0) AND sequence <= $3
ORDER BY sequence
