//! `/readyz` says whether the database can be written to, within five seconds, on both databases. `unavailable` has the full disk.

use ::postgres::{Client, NoTls};

use crate::harness::{Database, Home, Server, on_both};

/// Holds the lock that every write needs, by another process.
enum Lock {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Client>),
}

impl Lock {
    fn take(home: &Home, database: Database) -> Self {
        match database {
            Database::Sqlite => {
                let other = rusqlite::Connection::open(home.database()).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                Self::Sqlite(other)
            }
            Database::Postgres => {
                let mut other = Box::new(Client::connect(&home.location(), NoTls).unwrap());
                other.batch_execute("BEGIN; LOCK TABLE tokens, write_probe IN ACCESS EXCLUSIVE MODE").unwrap();
                Self::Postgres(other)
            }
        }
    }

    fn release(self) {
        match self {
            Self::Sqlite(other) => other.execute_batch("ROLLBACK").unwrap(),
            Self::Postgres(mut other) => other.batch_execute("ROLLBACK").unwrap(),
        }
    }
}

fn a_locked_database_is_not_ready_and_is_ready_again_by_itself(database: Database) {
    let home = Home::empty_on(database).initialised();
    let server = Server::start(&home);
    for _ in 0..2 {
        server.eventually("/readyz", 200);
        let lock = Lock::take(&home, database);
        server.eventually("/readyz", 503);
        server.eventually("/livez", 200);
        lock.release();
        server.eventually("/readyz", 200);
    }
}

on_both!(a_locked_database_is_not_ready_and_is_ready_again_by_itself);

#[test]
fn a_postgresql_with_a_locked_table_that_minting_needs_is_not_ready() {
    let postgres = postern_test_postgres::Server::start();
    let home = Home::at(postgres.create_database()).initialised();
    let server = Server::start(&home);
    let mut other = Client::connect(&home.location(), NoTls).unwrap();
    for table in ["tokens", "audit", "applications", "signing_keys"] {
        server.eventually("/readyz", 200);
        other.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).unwrap();
        server.eventually("/readyz", 503);
        other.batch_execute("ROLLBACK").unwrap();
    }
    server.eventually("/readyz", 200);
}

#[test]
fn a_read_only_postgresql_is_not_ready_and_is_ready_again_by_itself() {
    let postgres = postern_test_postgres::Server::start();
    let home = Home::at(postgres.create_database()).initialised();
    let server = Server::start(&home);
    server.eventually("/readyz", 200);
    let mut operator = Client::connect(&postgres.url("postgres"), NoTls).unwrap();
    // As on a standby, or while a provider moves the database.
    for (read_only, expected) in [("on", 503), ("off", 200)] {
        // The operator's own session is not read-only.
        operator.batch_execute("SET default_transaction_read_only = off").unwrap();
        operator.batch_execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {read_only}")).unwrap();
        operator.batch_execute("SELECT pg_reload_conf()").unwrap();
        server.eventually("/readyz", expected);
    }
}
