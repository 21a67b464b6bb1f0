//! User tokens on servers that are killed, and on several servers. The user store is in the main database or in a separate one.

mod directory;
mod fixture;
mod killed;
mod provider;
mod provider_attacks;
mod several_processes;
