//! A view of the audit log as a file, streamed: CSV or JSON.

use std::sync::Arc;

use console_wire::{
    access::Actor,
    audit::{AuditEntry, AuditFilter},
};
use futures::{Stream, stream};
use serde_json::Value;

use super::list::query;
use crate::{ConsoleError, core::Core, csv::cell};

/// Entries read at once.
const BATCH: u32 = 500;

/// The format of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    head: &'static str,
    /// Appends one entry; the flag says whether it is the first.
    push: fn(&mut String, bool, &AuditEntry),
    tail: &'static str,
}

pub(crate) const CSV: Format = Format { head: HEADER, push: |out, _, entry| push_csv(out, entry), tail: "" };
pub(crate) const JSON: Format = Format { head: "[", push: push_json, tail: "\n]\n" };

const HEADER: &str = "row,endRow,timeUtc,endTimeUtc,outcome,userId,name,credential,address,action,subject,subjectName,\
    error,request,requestId,before,after,previousHash,hash\r\n";

fn push_json(out: &mut String, is_first: bool, entry: &AuditEntry) {
    out.push_str(if is_first { "\n" } else { ",\n" });
    out.push_str(&serde_json::to_string(entry).expect("entries have string keys and finite numbers"));
}

fn push_csv(out: &mut String, entry: &AuditEntry) {
    let optional = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let value = |value: &Option<Value>| cell(&value.as_ref().map(Value::to_string).unwrap_or_default());
    let actor = entry.actor.as_ref();
    let fields = [
        entry.row.to_string(),
        entry.end_row.map(|row| row.to_string()).unwrap_or_default(),
        entry.time.to_string(),
        entry.end_time.map(|at| at.to_string()).unwrap_or_default(),
        entry.outcome.to_string(),
        cell(actor.map_or("", |actor| &actor.user_id)),
        cell(actor.map_or("", |actor| &actor.name)),
        cell(&entry.credential),
        optional(&entry.address),
        cell(&entry.action),
        optional(&entry.subject),
        optional(&entry.subject_name),
        optional(&entry.error),
        cell(&entry.request),
        cell(&entry.request_id),
        value(&entry.before),
        value(&entry.after),
        entry.previous_hash.clone(),
        entry.hash.clone(),
    ];
    out.push_str(&fields.join(","));
    out.push_str("\r\n");
}

/// The file in chunks, newest entry first.
///
/// # Errors
/// Before the first chunk: `Missing`, `Invalid`.
pub(crate) fn export(
    core: Arc<Core>,
    actor: &Actor,
    filter: &AuditFilter,
    format: Format,
) -> Result<impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<>, ConsoleError> {
    /// What comes next.
    enum At {
        Begin,
        Before(u64),
        End,
    }
    let query = query(actor, filter)?;
    Ok(stream::try_unfold(At::Begin, move |at| {
        let (core, mut query) = (Arc::clone(&core), query.clone());
        async move {
            let mut text = String::new();
            match at {
                At::Begin => text.push_str(format.head),
                At::Before(row) => query.before = Some(row),
                At::End => return Ok(None),
            }
            let is_first = query.before.is_none();
            let entries = core.store.audit_entries(&query, BATCH).await?;
            for (place, entry) in entries.iter().enumerate() {
                (format.push)(&mut text, place == 0 && is_first, entry);
            }
            let is_full = entries.len() == BATCH as usize;
            let next = if let Some(entry) = entries.last().filter(|_| is_full) {
                At::Before(entry.row)
            } else {
                text.push_str(format.tail);
                At::End
            };
            Ok(Some((text, next)))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_as_many_cells_as_the_header_and_no_formula() {
        let entry: AuditEntry = serde_json::from_value(serde_json::json!({
            "row": 1, "endRow": 2, "time": "2026-11-30T08:00:00Z", "outcome": "done", "credential": "session 1",
            "actor": {"userId": "u1", "name": "=Mara"}, "request": "POST /api/v1/jobs", "requestId": "r",
            "action": "job:create", "subject": "lock-1", "after": {"reason": "drill"}, "hash": "h", "previousHash": "p"
        }))
        .unwrap();
        let mut out = String::new();
        push_csv(&mut out, &entry);
        assert_eq!(
            out,
            "1,2,2026-11-30T08:00:00.0000000Z,,done,u1,'=Mara,session 1,,job:create,lock-1,,,POST /api/v1/jobs,r,,\
             \"{\"\"reason\"\":\"\"drill\"\"}\",p,h\r\n"
        );
        assert_eq!(out.matches(',').count(), HEADER.matches(',').count());
    }
}
