//! Users' tokens in servers that are killed, and in several servers at once: in stores beside the others, and in one with a database of its own.

mod directory;
mod killed;
mod scene;
mod several_processes;
