//! The contract tests of the operations. Each test has a fixed clock and a seeded random source. It runs on `SQLite` and on a
//! database of its own in a real `PostgreSQL`.

/// Makes two tests of each function, one for each database.
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { super::$check(crate::tests::Engine::Sqlite); })+
        }

        mod postgres {
            $(#[test] fn $check() { super::$check(crate::tests::Engine::Postgres); })+
        }
    };
}

mod applications;
mod audit;
mod branding;
mod bundles;
mod catalogue;
mod client_memory;
mod consumer_secrets;
mod current_tokens;
mod edges;
mod environments;
mod events;
mod fixture;
mod idempotency;
mod master_key;
mod members;
mod migration;
mod minting;
mod pruning;
mod revocation;
mod roles;
mod scopes;
mod signing_keys;
mod status_indexes;
mod status_lists;
mod subscriptions;
mod teams;
mod usage;
mod users;
mod validities;

use postern_token::UnixSeconds;

use fixture::{
    Engine, Fixture, api, client, defaults, find_current_token, find_or_mint, grant, introspect, keyring, mint_for_client,
    new_signing_key, policies, presented, proof, recognise_token, revoke_own_token, settings,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
