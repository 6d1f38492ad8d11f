//! What a row of the audit log is, and how rows are linked by hashes. Pure.

mod chain;
mod row;

pub(crate) use self::{
    chain::{Checker, GENESIS, Hash, StoredRow, digits, hash_of, link},
    row::{AuditRow, kept},
};
