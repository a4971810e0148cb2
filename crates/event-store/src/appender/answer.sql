-- Reads `appended` alone. Reading `moved` here too would write the streams before the check that the append is its
-- transaction's first write.
SELECT aggregate_id::uuid, max(transaction_id::text), max(position), max(recorded_at) FROM appended GROUP BY aggregate_id
