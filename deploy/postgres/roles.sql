-- Run once by the superuser, before the first migration. Needs psql 14 or newer and, in the environment,
-- DAYBOOK_OWNER_PASSWORD and DAYBOOK_APP_PASSWORD.
\set ON_ERROR_STOP on
\getenv owner_password DAYBOOK_OWNER_PASSWORD
\getenv app_password DAYBOOK_APP_PASSWORD

-- Owns the database and the log, and runs the migrations (DAYBOOK_MIGRATE_URL).
CREATE ROLE daybook_owner LOGIN PASSWORD :'owner_password';

-- What the application may do is granted to this group by the migrations. Made here, so that the owner need not be allowed
-- to make roles; the owner is a member, so that it can give the read models to the group.
CREATE ROLE daybook_app NOLOGIN;
GRANT daybook_app TO daybook_owner WITH ADMIN OPTION;

-- As whom the application logs in (DATABASE_URL).
CREATE ROLE daybook LOGIN PASSWORD :'app_password' IN ROLE daybook_app;

CREATE DATABASE daybook OWNER daybook_owner ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE CONNECT, TEMPORARY ON DATABASE daybook FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE daybook TO daybook_app;
