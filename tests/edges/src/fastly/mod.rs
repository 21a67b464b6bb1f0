//! The program for Fastly Compute, in Viceroy, Fastly's local server.

mod bodies;
mod configuration;
mod following;
mod service;
mod vectors;
