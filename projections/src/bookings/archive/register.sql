INSERT INTO archived_months AS m (month, rows, sha256, archived_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (month) DO UPDATE SET
    rows = excluded.rows,
    sha256 = excluded.sha256,
    -- Another file of the month does not prolong the time for which it is kept; the first one after its removal does.
    archived_at = CASE WHEN m.removed_at IS NULL THEN m.archived_at ELSE excluded.archived_at END,
    restored_at = NULL,
    removed_at = NULL
