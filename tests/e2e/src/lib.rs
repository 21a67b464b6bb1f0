//! End-to-end tests. They are in `tests/`; what starts the parts is the crate `postern-test-harness`.

#![forbid(unsafe_code)]
