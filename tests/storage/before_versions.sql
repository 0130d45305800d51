-- The tables of each store as the program made them before it kept versions of them. Never changed.

-- store: intake
CREATE TABLE ballots (round_id BLOB NOT NULL, nonce BLOB NOT NULL, revision INTEGER NOT NULL, authenticator BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (round_id, nonce)) WITHOUT ROWID;
CREATE TABLE box_states (round_id BLOB NOT NULL, state VARCHAR NOT NULL, PRIMARY KEY (round_id)) WITHOUT ROWID;

-- store: registrar
CREATE TABLE codes (round_id BLOB NOT NULL, code_hash BLOB NOT NULL, blinded_hash BLOB NOT NULL, revoked BOOLEAN NOT NULL, PRIMARY KEY (round_id, code_hash)) WITHOUT ROWID;
CREATE TABLE mail_passes (round_id BLOB NOT NULL, address_hash BLOB NOT NULL, domain_hash BLOB NOT NULL, blinded_hash BLOB NOT NULL, PRIMARY KEY (round_id, address_hash)) WITHOUT ROWID;
CREATE TABLE mail_members (round_id BLOB NOT NULL, address_hash BLOB NOT NULL, PRIMARY KEY (round_id, address_hash)) WITHOUT ROWID;
CREATE TABLE totals (round_id BLOB NOT NULL, issued INTEGER NOT NULL, spent INTEGER NOT NULL, revoked INTEGER NOT NULL, PRIMARY KEY (round_id)) WITHOUT ROWID;
CREATE TABLE mail_totals (round_id BLOB NOT NULL, passes INTEGER NOT NULL, members INTEGER NOT NULL, PRIMARY KEY (round_id)) WITHOUT ROWID;

-- store: ledger
CREATE TABLE ledger_entries (seq INTEGER NOT NULL, round_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, rho DOUBLE NOT NULL, term VARCHAR NOT NULL, term_epsilon DOUBLE NOT NULL, term_delta DOUBLE NOT NULL, day VARCHAR NOT NULL, measurement VARCHAR NOT NULL, previous VARCHAR NOT NULL, digest VARCHAR NOT NULL, PRIMARY KEY (seq), UNIQUE (round_id), UNIQUE (previous), UNIQUE (digest));
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TABLE measurements (round_id VARCHAR NOT NULL, document BLOB NOT NULL, PRIMARY KEY (round_id), FOREIGN KEY(round_id) REFERENCES ledger_entries (round_id));
CREATE TRIGGER measurements_no_update BEFORE UPDATE ON measurements BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER measurements_no_delete BEFORE DELETE ON measurements BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TABLE destroyed (round_id VARCHAR NOT NULL, day VARCHAR NOT NULL, PRIMARY KEY (round_id), FOREIGN KEY(round_id) REFERENCES ledger_entries (round_id));
CREATE TRIGGER destroyed_no_update BEFORE UPDATE ON destroyed BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;
CREATE TRIGGER destroyed_no_delete BEFORE DELETE ON destroyed BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END;

-- store: entry
CREATE TABLE entries ("row" INTEGER NOT NULL, code_digest BLOB NOT NULL, record_digest BLOB NOT NULL, secret BLOB NOT NULL, inverse BLOB NOT NULL, blinded_message BLOB NOT NULL, authenticator BLOB, revision INTEGER NOT NULL, sealed BLOB, sent BOOLEAN NOT NULL, PRIMARY KEY ("row"));
