-- Accounts (A1, A2, A3): people, their sessions and their API keys. Plain tables: nothing here is replayed.
--
-- The program parses every value before it comes here; the checks are the last line against a writer that does not.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- As it was typed; compared without regard to case.
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    username text COLLATE "C" NOT NULL
        CONSTRAINT users_username_key UNIQUE
        CHECK (username ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(username) BETWEEN 3 AND 40),
    -- PHC string of argon2id.
    password_hash text NOT NULL,
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    -- The zone the calendar is opened in; from then on the calendar's own events are the truth.
    opening_time_zone text NOT NULL CHECK (char_length(opening_time_zone) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- One account per address, and log-in by address. "C" folds ASCII only, whatever the locale of the database: in a Turkish
-- one lower('I') is another letter.
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));

CREATE TABLE sessions (
    -- SHA-256 of the cookie's value, which is stored nowhere.
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Logging out everywhere, and the cascade.
CREATE INDEX sessions_by_user ON sessions (user_id);
-- The sweep of expired sessions.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    -- Part of the key, so that a look-up is by primary key and a leaked key can be traced without its secret.
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    -- SHA-256 of the key's secret, which is shown once and stored nowhere.
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['calendar', 'analytics']),
    created_at timestamptz NOT NULL,
    -- To within ten minutes: not every request writes.
    last_used_at timestamptz
);

-- The list of a person's keys, newest first, and the cascade.
CREATE INDEX api_keys_of_user ON api_keys (user_id, id);

-- The application may not rewrite history: identity, opening zone and times of creation stay as they were.
GRANT SELECT, INSERT ON users, sessions, api_keys TO daybook_app;
GRANT UPDATE (email, name, username, password_hash, role, updated_at) ON users TO daybook_app;
-- Sessions are never prolonged; but the sweep locks rows, which takes the right to update one of their columns.
GRANT UPDATE (expires_at), DELETE ON sessions TO daybook_app;
GRANT UPDATE (last_used_at), DELETE ON api_keys TO daybook_app;
