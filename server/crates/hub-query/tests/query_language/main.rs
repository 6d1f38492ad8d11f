//! The query language through its public API: text is parsed, lowered, and the SQL run in SQLite over real rows.
//!
//! `semantics` holds the rules as tables over a handful of documents; `random` compares what SQLite answers with a small
//! evaluator over JSON documents (`evaluator`), written from the rules and not from the lowering.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod documents;
mod evaluator;
mod generators;
mod random;
mod semantics;
