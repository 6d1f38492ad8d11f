//! The audit log: every write, sign-in and refusal, with who, from where, and what became of it.
//!
//! The server opens a [`Recording`] for each request that writes. A row `begun` is committed before the effect and a row
//! with the outcome after it, so that a crash in between is seen: the next start ends what was begun as `unknown`. Use cases
//! note meanwhile what they know ([`note_change`] and the others). Rows are only added. Each has the hash of the row before
//! it, so a changed or missing row is found by whoever holds a later hash.
//!
//! Reading order: [`audit_log`](crate::audit_log) (rows and their hashes), `record`, `list` (pages), `export`, `check` (the
//! log of the running console), `verify` (the log in a file).

mod check;
mod export;
mod list;
mod record;
mod verify;

pub(crate) use self::{
    check::check,
    export::{CSV, JSON, export},
    list::list,
    record::{
        begin, begin_as, end_interrupted, is_recorded, note_person, note_subject, note_unknown, refused,
    },
};
pub use self::{
    record::{AuditAct, Recording, note_change},
    verify::{Verified, VerifyError, verify},
};
