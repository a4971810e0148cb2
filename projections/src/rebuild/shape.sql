-- The statements that make these tables of read_models anew, empty, in read_models_rebuild.
--
-- LIKE would give the indexes other names and forget the storage parameters.
WITH tables AS (
    SELECT c.oid, c.relname, c.relkind, c.relispartition, t.ordinal,
        quote_ident(c.relname) AS name,
        coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') AS parameters
    FROM unnest($1::text[]) WITH ORDINALITY AS t (name, ordinal),
        LATERAL (
            SELECT relid FROM pg_partition_tree(('read_models.' || quote_ident(t.name))::regclass)
            UNION SELECT ('read_models.' || quote_ident(t.name))::regclass
        ) AS part,
        pg_class c
    WHERE c.oid = part.relid
),
statements AS (
    SELECT 1 AS step, ordinal, relname,
        format('CREATE TABLE read_models_rebuild.%s (LIKE read_models.%1$s INCLUDING ALL EXCLUDING INDEXES)%s%s',
            name, ' PARTITION BY ' || pg_get_partkeydef(oid), parameters) AS statement
    FROM tables
    WHERE NOT relispartition
    UNION ALL
    SELECT 2, ordinal, t.relname,
        format('CREATE TABLE read_models_rebuild.%s PARTITION OF read_models_rebuild.%I %s%s',
            t.name, p.relname, pg_get_expr(c.relpartbound, c.oid), t.parameters)
    FROM tables t
    JOIN pg_class c ON c.oid = t.oid
    JOIN pg_inherits i ON i.inhrelid = t.oid
    JOIN pg_class p ON p.oid = i.inhparent
    WHERE t.relispartition
    UNION ALL
    -- Primary keys and the like, and then the other indexes. Partitions get theirs from their parent.
    SELECT 3, ordinal, x.conname,
        format('ALTER TABLE read_models_rebuild.%s ADD CONSTRAINT %I %s', name, x.conname, pg_get_constraintdef(x.oid))
    FROM tables t
    JOIN pg_constraint x ON x.conrelid = t.oid
    WHERE x.contype IN ('p', 'u', 'x') AND NOT relispartition
    UNION ALL
    SELECT 4, ordinal, i.relname,
        regexp_replace(pg_get_indexdef(x.indexrelid), ' ON (ONLY )?read_models\.', ' ON read_models_rebuild.')
    FROM tables t
    JOIN pg_index x ON x.indrelid = t.oid
    JOIN pg_class i ON i.oid = x.indexrelid
    WHERE NOT t.relispartition AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = x.indexrelid)
)
SELECT statement FROM statements ORDER BY step, ordinal, relname
