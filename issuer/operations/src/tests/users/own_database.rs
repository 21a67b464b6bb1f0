//! A store with its own database: what the main database holds of it, and what happens if only one of the two commits.

use std::fs;

use super::*;
use postern_secrets::HashedSecret;

on_both!(
    the_main_database_holds_only_status_bits_and_audit_entries_of_the_store,
    revocations_missing_in_the_main_database_are_applied_later,
    a_failure_in_the_store_database_rolls_back_the_main_database,
    pending_revocations_are_applied_once,
);

/// Every value of every table except those in `but`, as text; bytes are hexadecimal digits.
fn dump(database: &TestDatabase, but: &[&str]) -> String {
    match database {
        TestDatabase::File(directory) => {
            let connection = rusqlite::Connection::open(directory.path().join("postern.db")).unwrap();
            let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
            let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let mut all: Vec<String> = Vec::new();
            for table in tables.iter().filter(|table| !but.contains(&table.as_str())) {
                let mut rows = connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
                let columns = rows.column_count();
                let mut rows = rows.query([]).unwrap();
                while let Some(row) = rows.next().unwrap() {
                    for at in 0..columns {
                        all.push(match row.get_ref(at).unwrap() {
                            rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                            rusqlite::types::ValueRef::Blob(bytes) => hex(bytes),
                            other => format!("{other:?}"),
                        });
                    }
                }
            }
            all.join("\n")
        }
        TestDatabase::Server(_) => {
            let tables = database.query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").unwrap();
            let tables = tables.lines().filter(|table| !but.contains(table));
            // A row as text.
            tables.map(|table| database.query(&format!("SELECT t::text FROM \"{table}\" AS t")).unwrap()).collect()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Whether a file of an `SQLite` database contains `bytes`.
fn in_files(database: &TestDatabase, bytes: &[u8]) -> bool {
    let TestDatabase::File(directory) = database else { return false };
    let files = fs::read_dir(directory.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

fn the_main_database_holds_only_status_bits_and_audit_entries_of_the_store(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let keys = fixture.user_keys();
    let user = fixture.user_with("olga-the-only@own", &["role-of-hers"]);
    let session = fixture.session(&user, NOW);
    let code = fixture.code(&keys, &user, None, NOW).unwrap();
    let first = fixture.exchange(&keys, &code, NOW).unwrap();
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    let grant = fixture.record_of_user_token(&first).grant;
    set_user_state(&fixture.act(), &user, UserState::Locked, |_| true).unwrap();
    let main = dump(&fixture.database, &["audit"]);
    let theirs = dump(&own.0, &[]);
    // Only the audit log of the main database may contain names and ids.
    for word in ["olga-the-only", first.token.id.as_str(), second.token.id.as_str(), grant.as_str()] {
        assert!(!main.contains(word), "{word}");
        assert!(theirs.contains(word), "{word}");
    }
    assert!(theirs.contains("role-of-hers") && !dump(&fixture.database, &[]).contains("role-of-hers"));
    // The main database contains no hash, not even in a free page.
    let secrets = [&code, first.refresh_token.as_ref().unwrap(), second.refresh_token.as_ref().unwrap(), &session];
    let everything = dump(&fixture.database, &[]);
    for secret in secrets {
        let hash = HashedSecret::of(secret);
        assert!(!everything.contains(&hex(hash.as_bytes())));
        assert!(!in_files(&fixture.database, hash.as_bytes()));
        for database in [&fixture.database, &own.0] {
            assert!(!in_files(database, secret.expose().as_bytes()));
        }
        if engine == Engine::Sqlite {
            assert!(in_files(&own.0, hash.as_bytes()));
        } else if secret.expose() != session.expose() {
            assert!(theirs.contains(&hex(hash.as_bytes())));
        }
    }
    let password = HASH.rsplit('$').next().unwrap();
    assert!(!everything.contains(password) && !in_files(&fixture.database, password.as_bytes()) && theirs.contains(password));
}

/// Makes the commit of the main database fail, which comes after the commit of the store's own database.
fn break_main_database(fixture: &Fixture, engine: Engine) {
    match engine {
        // A deferred constraint is checked at the commit.
        Engine::Sqlite => fixture.execute_all(&[
            "CREATE TABLE broken (id INTEGER PRIMARY KEY REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
            "CREATE TABLE nowhere (id INTEGER PRIMARY KEY) STRICT",
            "CREATE TRIGGER breaks AFTER INSERT ON audit BEGIN INSERT INTO broken (id) VALUES (new.number); END",
        ]),
        Engine::Postgres => fixture.execute_all(&[
            "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$",
            "CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION breaks()",
        ]),
    }
}

fn repair_main_database(fixture: &Fixture, engine: Engine) {
    match engine {
        Engine::Sqlite => fixture.execute_all(&["DROP TRIGGER breaks", "DROP TABLE broken", "DROP TABLE nowhere"]),
        Engine::Postgres => fixture.execute_all(&["DROP TRIGGER breaks ON audit", "DROP FUNCTION breaks"]),
    }
}

impl Fixture {
    fn execute_all(&self, statements: &[&str]) {
        for statement in statements {
            self.execute(statement);
        }
    }

    fn live_records(own: &OwnStore) -> String {
        own.0.query("SELECT count(*) FROM \"tokens@own\" WHERE state = 'active'").unwrap()
    }
}

fn revocations_missing_in_the_main_database_are_applied_later(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let keys = fixture.user_keys();
    let user = fixture.user("olga@own");
    let first = fixture.authorize(&keys, &user);
    break_main_database(&fixture, engine);
    let refused = fixture.refresh(&keys, &first, NOW.plus(1));
    assert!(matches!(refused, Err(Error::Storage(_))), "{refused:?}");
    repair_main_database(&fixture, engine);
    // The store has committed and the main database has not: edges still accept the old token.
    assert_eq!(fixture.record_of_user_token(&first).record.state, TokenState::Replaced);
    assert_eq!(fixture.status_bit(&first), Status::Valid);
    assert_eq!(Fixture::live_records(&own), "1");
    // The background task does this at the start and every two seconds.
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 1);
    assert!(!fixture.is_live(&first));
    // The client never got the next token, and repeats its request.
    let second = fixture.refresh(&keys, &first, NOW.plus(2)).unwrap();
    assert!(fixture.is_live(&second));
    assert_eq!(Fixture::live_records(&own), "1");
    // Reuse ends the grant.
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(100))));
    assert_eq!(Fixture::live_records(&own), "0");
    // The same for locking: the store has locked the user, and edges learn of the revoked tokens later.
    let token = fixture.authorize(&keys, &user);
    break_main_database(&fixture, engine);
    assert!(set_user_state(&fixture.act(), &user, UserState::Locked, |_| true).is_err());
    repair_main_database(&fixture, engine);
    apply_pending_revocations(&fixture.act()).unwrap();
    assert!(!fixture.is_live(&token));
    assert!(wrong(&sign_in(&fixture.act(), "olga@own", &secret(PASSWORD), None)));
}

fn a_failure_in_the_store_database_rolls_back_the_main_database(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let (user, keys) = (fixture.user("olga@own"), fixture.user_keys());
    let token = fixture.authorize(&keys, &user);
    let before = fixture.audit().len();
    own.0.query("ALTER TABLE \"refresh_tokens@own\" RENAME TO \"gone@own\"").unwrap();
    assert!(matches!(fixture.refresh(&keys, &token, NOW.plus(1)), Err(Error::Storage(_))));
    own.0.query("ALTER TABLE \"gone@own\" RENAME TO \"refresh_tokens@own\"").unwrap();
    // A later statement fails: the old token is already spent, and the new one is already on record.
    let stop = "CREATE UNIQUE INDEX \"one@own\" ON \"refresh_tokens@own\" (issued_at)";
    own.0.query(stop).unwrap();
    assert!(matches!(fixture.refresh(&keys, &token, NOW), Err(Error::Storage(_))));
    own.0.query("DROP INDEX \"one@own\"").unwrap();
    assert_eq!(fixture.audit().len(), before);
    assert!(fixture.is_live(&token));
    let next = fixture.refresh(&keys, &token, NOW.plus(2)).unwrap();
    assert!(fixture.is_live(&next) && !fixture.is_live(&token));
}

fn pending_revocations_are_applied_once(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let (user, keys) = (fixture.user("olga@own"), fixture.user_keys());
    let mut token = fixture.authorize(&keys, &user);
    for step in 1..4 {
        token = fixture.refresh(&keys, &token, NOW.plus(step)).unwrap();
    }
    let pending = || own.0.query("SELECT count(*) FROM \"endings@own\"").unwrap();
    assert_eq!(pending(), "3");
    let revision = fixture.revision();
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 3);
    assert_eq!((pending().as_str(), fixture.revision()), ("0", revision), "the bits were already set");
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 0);
    assert!(fixture.is_live(&token));
    // After a restore, new tokens use the indexes of later lists again. Pending revocations of those indexes must not be applied.
    own.0.query("INSERT INTO \"endings@own\" (status_list, status_index) VALUES (2, 0)").unwrap();
    recover(&fixture.act()).unwrap();
    let next = fixture.authorize(&keys, &user);
    assert_eq!(fixture.record_of_user_token(&next).record.status.unwrap().list.0, 2);
    apply_pending_revocations(&fixture.act()).unwrap();
    assert!(fixture.is_live(&next));
}
