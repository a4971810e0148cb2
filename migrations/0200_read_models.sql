-- Read models: the log, arranged for reading (E5). Nothing here is original: every table of these two schemas can be thrown
-- away and filled again from the log.
--
-- They belong to the application's role, because a rebuild makes new tables and swaps them in while the system serves.

-- Where a rebuild fills its tables until they are level with the live ones.
CREATE SCHEMA read_models_rebuild AUTHORIZATION daybook_app;

SET ROLE daybook_app;

-- How far each projection has read the log. It moves in the transaction that writes the rows, which makes their effects
-- exactly-once; and it moves only from where its writer believes it to be, which keeps a second writer out.
CREATE TABLE read_models.checkpoints (
    projection text COLLATE "C" NOT NULL,
    -- Hosts are shared out over a few writers, each with its own place.
    partition smallint NOT NULL CHECK (partition >= 0),
    -- The last event that was handled, or passed over because it belongs to another partition.
    transaction_id xid8 NOT NULL,
    position bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, partition)
)
-- A handful of rows rewritten all the time: room on their page keeps that off the index.
WITH (fillfactor = 20);

RESET ROLE;
