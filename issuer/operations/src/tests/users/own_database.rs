//! A store with a database of its own: what of it the main database holds, and what happens when only one of the two heard of something.

use std::fs;

use super::*;
use postern_secrets::HashedSecret;

on_both!(
    the_main_database_holds_nothing_of_it_but_bits_and_the_audit_log,
    what_the_main_database_never_heard_of_is_carried_over,
    what_is_refused_by_the_store_is_not_in_the_main_database_either,
    what_was_carried_over_is_not_carried_over_again,
);

/// Every value of every table but one, as text and bytes.
fn dump(status_index: &Place, but: &[&str]) -> String {
    match status_index {
        Place::File(directory) => {
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
        Place::Server(_) => {
            let tables = status_index.query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").unwrap();
            let tables = tables.lines().filter(|table| !but.contains(table));
            // A row as text; bytes are written as hexadecimal digits.
            tables.map(|table| status_index.query(&format!("SELECT t::text FROM \"{table}\" AS t")).unwrap()).collect()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Whether one of a database's files holds the bytes.
fn in_files(status_index: &Place, bytes: &[u8]) -> bool {
    let Place::File(directory) = status_index else { return false };
    let files = fs::read_dir(directory.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

fn the_main_database_holds_nothing_of_it_but_bits_and_the_audit_log(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let keys = fixture.user_keys();
    let user = fixture.user_with("olga-the-only@own", &["role-of-hers"]);
    let session = fixture.session(&user, NOW);
    let code = fixture.code(&keys, &user, None, NOW).unwrap();
    let first = fixture.exchange(&keys, &code, NOW).unwrap();
    let second = fixture.refresh(&keys, &first, NOW.plus(1)).unwrap();
    let grant = fixture.user_record(&first).grant;
    set_user_state(&fixture.act(), &user, UserState::Locked, |_| true).unwrap();
    let main = dump(&fixture.place, &["audit"]);
    let theirs = dump(&own.0, &[]);
    // Words: the audit log may say who did what, and nothing else does.
    for word in ["olga-the-only", first.token.id.as_str(), second.token.id.as_str(), grant.as_str()] {
        assert!(!main.contains(word), "{word}");
        assert!(theirs.contains(word), "{word}");
    }
    assert!(theirs.contains("role-of-hers") && !dump(&fixture.place, &[]).contains("role-of-hers"));
    // Hashes, which nothing in the main database holds, not even a page that is free again.
    let secrets = [&code, first.refresh_token.as_ref().unwrap(), second.refresh_token.as_ref().unwrap(), &session];
    let everything = dump(&fixture.place, &[]);
    for secret in secrets {
        let hash = HashedSecret::of(secret);
        assert!(!everything.contains(&hex(hash.as_bytes())));
        assert!(!in_files(&fixture.place, hash.as_bytes()));
        for status_index in [&fixture.place, &own.0] {
            assert!(!in_files(status_index, secret.expose().as_bytes()));
        }
        if on == On::Sqlite {
            assert!(in_files(&own.0, hash.as_bytes()));
        } else if secret.expose() != session.expose() {
            assert!(theirs.contains(&hex(hash.as_bytes())));
        }
    }
    let password = HASH.rsplit('$').next().unwrap();
    assert!(!everything.contains(password) && !in_files(&fixture.place, password.as_bytes()) && theirs.contains(password));
}

/// Has the main database refuse what comes last in a refresh, after the store's own database has everything on its disk.
fn break_main(fixture: &Fixture, on: On) {
    match on {
        // A constraint that is looked at when the transaction commits, and not before.
        On::Sqlite => fixture.execute_all(&[
            "CREATE TABLE broken (id INTEGER PRIMARY KEY REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
            "CREATE TABLE nowhere (id INTEGER PRIMARY KEY) STRICT",
            "CREATE TRIGGER breaks AFTER INSERT ON audit BEGIN INSERT INTO broken (id) VALUES (new.number); END",
        ]),
        On::Postgres => fixture.execute_all(&[
            "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$",
            "CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION breaks()",
        ]),
    }
}

fn mend_main(fixture: &Fixture, on: On) {
    match on {
        On::Sqlite => fixture.execute_all(&["DROP TRIGGER breaks", "DROP TABLE broken", "DROP TABLE nowhere"]),
        On::Postgres => fixture.execute_all(&["DROP TRIGGER breaks ON audit", "DROP FUNCTION breaks"]),
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

fn what_the_main_database_never_heard_of_is_carried_over(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let keys = fixture.user_keys();
    let user = fixture.user("olga@own");
    let first = fixture.given(&keys, &user);
    break_main(&fixture, on);
    let refused = fixture.refresh(&keys, &first, NOW.plus(1));
    assert!(matches!(refused, Err(Error::Storage(_))), "{refused:?}");
    mend_main(&fixture, on);
    // The store has gone on, and the main database has not heard of it: edges still take the old token.
    assert_eq!(fixture.user_record(&first).record.state, TokenState::Replaced);
    assert_eq!(fixture.bit(&first), Status::Valid);
    assert_eq!(Fixture::live_records(&own), "1");
    // As when it starts, and every two seconds.
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 1);
    assert!(!fixture.lives(&first));
    // Nobody was given the next token; whoever comes with the old one later ends it.
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(2))));
    assert!(invalid(&fixture.refresh(&keys, &first, NOW.plus(100))));
    assert_eq!(Fixture::live_records(&own), "0");
    // Ending is the same: the user is locked where the users are, and the tokens end for edges a moment later.
    let token = fixture.given(&keys, &user);
    break_main(&fixture, on);
    assert!(set_user_state(&fixture.act(), &user, UserState::Locked, |_| true).is_err());
    mend_main(&fixture, on);
    apply_pending_revocations(&fixture.act()).unwrap();
    assert!(!fixture.lives(&token));
    assert!(wrong(&sign_in(&fixture.act(), "olga@own", &secret(PASSWORD), None)));
}

fn what_is_refused_by_the_store_is_not_in_the_main_database_either(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let (user, keys) = (fixture.user("olga@own"), fixture.user_keys());
    let token = fixture.given(&keys, &user);
    let before = fixture.audit().len();
    own.0.query("ALTER TABLE \"refresh_tokens@own\" RENAME TO \"gone@own\"").unwrap();
    assert!(matches!(fixture.refresh(&keys, &token, NOW.plus(1)), Err(Error::Storage(_))));
    own.0.query("ALTER TABLE \"gone@own\" RENAME TO \"refresh_tokens@own\"").unwrap();
    // It fails half-way: the old token was to end, and the new one is on record already.
    let stop = "CREATE UNIQUE INDEX \"one@own\" ON \"refresh_tokens@own\" (issued_at)";
    own.0.query(stop).unwrap();
    assert!(matches!(fixture.refresh(&keys, &token, NOW), Err(Error::Storage(_))));
    own.0.query("DROP INDEX \"one@own\"").unwrap();
    assert_eq!(fixture.audit().len(), before);
    assert!(fixture.lives(&token));
    let next = fixture.refresh(&keys, &token, NOW.plus(2)).unwrap();
    assert!(fixture.lives(&next) && !fixture.lives(&token));
}

fn what_was_carried_over_is_not_carried_over_again(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let (user, keys) = (fixture.user("olga@own"), fixture.user_keys());
    let mut token = fixture.given(&keys, &user);
    for step in 1..4 {
        token = fixture.refresh(&keys, &token, NOW.plus(step)).unwrap();
    }
    let noted = || own.0.query("SELECT count(*) FROM \"endings@own\"").unwrap();
    assert_eq!(noted(), "3");
    let revision = fixture.revision();
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 3);
    assert_eq!((noted().as_str(), fixture.revision()), ("0", revision), "the bits were set");
    assert_eq!(apply_pending_revocations(&fixture.act()).unwrap(), 0);
    assert!(fixture.lives(&token));
    // A copy that was put back gives other tokens the places in its next lists: those are not to be ended.
    own.0.query("INSERT INTO \"endings@own\" (status_list, status_index) VALUES (2, 0)").unwrap();
    recover(&fixture.act()).unwrap();
    let next = fixture.given(&keys, &user);
    assert_eq!(fixture.user_record(&next).record.status.unwrap().list.0, 2);
    apply_pending_revocations(&fixture.act()).unwrap();
    assert!(fixture.lives(&next));
}
