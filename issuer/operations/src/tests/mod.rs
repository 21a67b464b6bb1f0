//! The contract of the operations, which both databases keep: with a fixed clock and randomness that repeats, each check runs once on `SQLite` and
//! once on a database of its own on a real `PostgreSQL`.

/// Makes two tests of each check, one for each database.
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { super::$check(crate::tests::On::Sqlite); })+
        }

        mod postgres {
            $(#[test] fn $check() { super::$check(crate::tests::On::Postgres); })+
        }
    };
}

mod applications;
mod audit;
mod bundles;
mod catalogue;
mod consumer_secrets;
mod current_tokens;
mod edges;
mod environments;
mod fixture;
mod idempotency;
mod master_key;
mod members;
mod migration;
mod minting;
mod pruning;
mod revocation;
mod roles;
mod signing_keys;
mod status_indexes;
mod status_lists;
mod subscriptions;
mod users;

use postern_token::UnixSeconds;

use fixture::{
    Fixture, On, api, client, defaults, find_or_mint, grant, keyring, made_signing_key, policies, presented, proof, settings,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
