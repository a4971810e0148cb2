-- Whether anything stands in the log after a place. EXISTS would let the planner read the table from its beginning, where no
-- such event is: a look whose cost grows with the log.
SELECT (
    SELECT true FROM events WHERE (transaction_id, position) > ($1::text::xid8, $2) ORDER BY transaction_id, position LIMIT 1
) IS NOT NULL
