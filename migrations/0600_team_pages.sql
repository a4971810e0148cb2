-- Where a team's booking page is (B2). The team itself is in the log; its place in URLs must be unique at once, and not that
-- of a host, so it stands here beside the usernames.
CREATE TABLE team_pages (
    -- Also the id of the team's stream.
    team_id uuid PRIMARY KEY,
    slug text COLLATE "C" NOT NULL
        CONSTRAINT team_pages_slug_key UNIQUE
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) BETWEEN 3 AND 40),
    owner_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL
);

-- The teams of an owner who is no member of theirs.
CREATE INDEX team_pages_of_owner ON team_pages (owner_id, team_id);

GRANT SELECT, INSERT, DELETE ON team_pages TO daybook_app;
GRANT UPDATE (slug, claimed_at) ON team_pages TO daybook_app;

-- Hosts and teams share the places of booking URLs. Two tables cannot share a unique index, so whoever takes a name holds its
-- lock until the transaction ends, and looks into the other table.
CREATE FUNCTION username_is_no_team_page() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('booking page ' || NEW.username, 0));
    IF EXISTS (SELECT FROM public.team_pages WHERE slug = NEW.username) THEN
        RAISE EXCEPTION 'a team has this page' USING ERRCODE = 'unique_violation', CONSTRAINT = 'users_username_key';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER username_is_no_team_page BEFORE INSERT OR UPDATE OF username ON users
    FOR EACH ROW EXECUTE FUNCTION username_is_no_team_page();

CREATE FUNCTION team_page_is_no_username() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('booking page ' || NEW.slug, 0));
    IF EXISTS (SELECT FROM public.users WHERE username = NEW.slug) THEN
        RAISE EXCEPTION 'a host has this page' USING ERRCODE = 'unique_violation', CONSTRAINT = 'team_pages_slug_key';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER team_page_is_no_username BEFORE INSERT OR UPDATE OF slug ON team_pages
    FOR EACH ROW EXECUTE FUNCTION team_page_is_no_username();
