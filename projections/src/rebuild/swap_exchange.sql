-- The statements that remove the old tables and move the new ones, partitions included, to where those were. Indexes and
-- constraints go with their tables.
SELECT format('DROP TABLE read_models.%I', name) AS statement, 1 AS step
FROM unnest($1::text[]) AS t (name)
UNION ALL
SELECT format('ALTER TABLE read_models_rebuild.%I SET SCHEMA read_models', c.relname), 2
FROM unnest($1::text[]) AS t (name),
    LATERAL (
        SELECT relid FROM pg_partition_tree(('read_models_rebuild.' || quote_ident(t.name))::regclass)
        UNION SELECT ('read_models_rebuild.' || quote_ident(t.name))::regclass
    ) AS part
    JOIN pg_class c ON c.oid = part.relid
ORDER BY step
