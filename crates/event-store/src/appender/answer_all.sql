-- The answer of an append that is made to all of its streams or to none: raises where some have moved and others have not. A
-- mere condition on their number would move versions without writing events. Reads `appended` alone, as answer.sql does.
SELECT aggregate_id::uuid, max(transaction_id::text), max(position), max(recorded_at),
    append_is_complete(count(*) OVER (), cardinality($1)) FROM appended GROUP BY aggregate_id
