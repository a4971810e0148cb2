-- Takes the first of the usernames $4 that is free. If none is, the first runs into the constraint, which says so.
INSERT INTO users (id, email, name, username, password_hash, role, opening_time_zone, created_at, updated_at)
SELECT $1, $2, $3, coalesce(
    (SELECT candidate
     FROM unnest($4::text[]) WITH ORDINALITY AS candidates (candidate, place)
     WHERE NOT EXISTS (SELECT FROM users WHERE username = candidate)
        AND NOT EXISTS (SELECT FROM team_pages WHERE slug = candidate)
     ORDER BY place
     LIMIT 1),
    ($4::text[])[1]), $5, $6, $7, $8, $8
RETURNING id, email, name, username, role, opening_time_zone, created_at, updated_at
