//! The store through its public API: identities, twins, queries, and what is left after a restart.

mod queries;
mod registry;
mod support;
mod twin_model;
mod twins;
