//! The store through its public door: identities, twins, queries, and what is left after a restart.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store {
    mod queries;
    mod registry;
    mod support;
    mod twin_model;
    mod twins;
}
