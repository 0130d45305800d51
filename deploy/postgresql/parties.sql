-- A user and a database for each party that uses PostgreSQL; leave out the blocks of the others.
-- Run as the administrator:  psql --no-psqlrc --file parties.sql
-- Passwords are set afterwards with \password, which sends only their hash.

CREATE ROLE registrar LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE registrar OWNER registrar ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE registrar FROM PUBLIC;

CREATE ROLE intake LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE intake OWNER intake ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE intake FROM PUBLIC;

CREATE ROLE tally LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE tally OWNER tally ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE tally FROM PUBLIC;

REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;

-- So that a party can have the log cut off when its tables are rewritten (PostgreSQL 15 or later): without both rights
-- the order in which responses came stays in it long after a round is closed. The second is given in each database.
GRANT pg_checkpoint TO registrar, intake, tally;
\connect registrar
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO registrar;
\connect intake
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO intake;
\connect tally
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO tally;
