//! What was done, one entry for the row that begins it and the row that ends it; newest first.

use console_wire::audit::{AuditEntry, AuditOutcome};
use hub_wire::Timestamp;
use sqlx::{QueryBuilder, Sqlite};

use crate::{
    StoreError,
    audit_log::{AuditRow, digits},
    store::{Result, Store, columns, search::searching},
};

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AuditQuery {
    /// Only what this person did.
    pub(crate) own: Option<String>,
    /// A person's id, or a part of the name.
    pub(crate) who: Option<String>,
    pub(crate) action: Option<String>,
    /// A part of the subject's id or name.
    pub(crate) subject: Option<String>,
    pub(crate) outcome: Option<AuditOutcome>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    /// Only rows with a smaller number.
    pub(crate) before: Option<u64>,
}

#[derive(Debug, sqlx::FromRow)]
struct EntryRow {
    seq: i64,
    content: String,
    end_seq: Option<i64>,
    end_content: Option<String>,
    hash: Vec<u8>,
    previous_hash: Vec<u8>,
}

const SELECT: &str = "SELECT head.seq, head.content, ending.seq AS end_seq, ending.content AS end_content, \
    coalesce(ending.hash, head.hash) AS hash, coalesce(ending.previous_hash, head.previous_hash) AS previous_hash \
    FROM audit AS head LEFT JOIN audit AS ending ON ending.begun = head.seq WHERE head.begun IS NULL";

impl Store {
    /// Entries, newest first; at most `limit`.
    pub(crate) async fn audit_entries(&self, query: &AuditQuery, limit: u32) -> Result<Vec<AuditEntry>> {
        let attempt = "list the audit log";
        let mut statement = statement(query);
        statement.push(" ORDER BY head.seq DESC LIMIT ").push_bind(i64::from(limit));
        // A filter may read the whole log, so it must not keep other reads waiting.
        let mut search = self.searches.begin(attempt).await?;
        let rows: Vec<EntryRow> =
            statement.build_query_as().fetch_all(search.connection()).await.map_err(searching(attempt))?;
        rows.into_iter().map(EntryRow::entry).collect()
    }
}

fn statement(query: &AuditQuery) -> QueryBuilder<Sqlite> {
    let mut statement = QueryBuilder::new(SELECT);
    if let Some(before) = query.before {
        statement.push(" AND head.seq < ").push_bind(columns::stored(before));
    }
    if let Some(own) = &query.own {
        statement.push(" AND head.user_id = ").push_bind(own.clone());
    }
    if let Some(who) = &query.who {
        statement.push(" AND (head.user_id = ").push_bind(who.clone());
        push_part(statement.push(" OR "), "head.user_name", who).push(")");
    }
    if let Some(action) = &query.action {
        statement.push(" AND head.action = ").push_bind(action.clone());
    }
    if let Some(subject) = &query.subject {
        push_part(statement.push(" AND ("), "coalesce(ending.subject, head.subject, '')", subject);
        push_part(statement.push(" OR "), "coalesce(ending.subject_name, head.subject_name, '')", subject)
            .push(")");
    }
    if let Some(outcome) = query.outcome {
        statement.push(" AND coalesce(ending.phase, head.phase) = ").push_bind(outcome.as_str());
    }
    // Times have a fixed number of digits, so as texts they are in their order.
    if let Some(from) = query.from {
        statement.push(" AND head.time >= ").push_bind(from.to_string());
    }
    if let Some(to) = query.to {
        statement.push(" AND head.time < ").push_bind(to.to_string());
    }
    statement
}

/// Whether a text holds a part, whatever the case of its Latin letters.
fn push_part<'a>(
    statement: &'a mut QueryBuilder<Sqlite>,
    text: &str,
    part: &str,
) -> &'a mut QueryBuilder<Sqlite> {
    statement.push("instr(lower(").push(text).push("), lower(").push_bind(part.to_owned()).push(")) > 0")
}

impl EntryRow {
    fn entry(self) -> Result<AuditEntry> {
        let first: AuditRow = columns::from_json(&self.content, "content")?;
        let end: Option<AuditRow> =
            self.end_content.map(|text| columns::from_json(&text, "content")).transpose()?;
        let damaged = || StoreError::Damaged { column: "content" };
        // What the end knows is newer.
        let last = end.as_ref().unwrap_or(&first);
        let (subject, subject_name) = match last.subject {
            Some(_) => (last.subject.clone(), last.subject_name.clone()),
            None => (first.subject.clone(), first.subject_name.clone()),
        };
        Ok(AuditEntry {
            row: columns::count(self.seq),
            end_row: self.end_seq.map(columns::count),
            time: first.time,
            end_time: end.as_ref().map(|end| end.time),
            outcome: last.phase,
            subject,
            subject_name,
            before: last.before.clone(),
            after: last.after.clone(),
            error: last.error.clone(),
            actor: first.actor,
            credential: first.credential.ok_or_else(damaged)?,
            address: first.address,
            request: first.request.ok_or_else(damaged)?,
            request_id: first.request_id.ok_or_else(damaged)?,
            action: first.action.ok_or_else(damaged)?,
            hash: digits(&self.hash),
            previous_hash: digits(&self.previous_hash),
        })
    }
}

#[cfg(test)]
mod tests {
    use console_wire::access::PersonRef;

    use super::*;

    fn at(minute: u32) -> Timestamp {
        Timestamp::parse(&format!("2026-11-30T08:{minute:02}:00Z")).unwrap()
    }

    fn row(
        minute: u32,
        phase: AuditOutcome,
        user_id: &str,
        name: &str,
        action: &str,
        subject: &str,
    ) -> AuditRow {
        AuditRow {
            actor: Some(PersonRef { user_id: user_id.into(), name: name.into() }),
            credential: Some("session 1".into()),
            request: Some("POST /x".into()),
            request_id: Some("r".into()),
            action: Some(action.into()),
            subject: Some(subject.into()).filter(|text: &String| !text.is_empty()),
            ..AuditRow::new(at(minute), phase)
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        for row in [
            row(1, AuditOutcome::Begun, "u1", "Mara Lindqvist", "job:create", ""),
            AuditRow {
                begun: Some(1),
                subject: Some("lock-1".into()),
                subject_name: Some("Lock Building 43".into()),
                after: Some(serde_json::json!({"reason": "drill"})),
                ..AuditRow::new(at(2), AuditOutcome::Done)
            },
            row(3, AuditOutcome::Begun, "u2", "Ken Osei", "device:patch", "door-0007"),
            AuditRow {
                begun: Some(3),
                error: Some("conflict".into()),
                ..AuditRow::new(at(4), AuditOutcome::Failed)
            },
            row(5, AuditOutcome::Refused, "u2", "Ken Osei", "user:write", ""),
            row(6, AuditOutcome::Begun, "u1", "Mara Lindqvist", "job:cancel", "lock-1"),
        ] {
            store.append_audit(row).await.unwrap();
        }
        (folder, store)
    }

    #[tokio::test]
    async fn filters() {
        let (_folder, store) = store().await;
        let query = AuditQuery::default;
        for (query, expected) in [
            (query(), &[6, 5, 3, 1][..]),
            (AuditQuery { own: Some("u1".into()), ..query() }, &[6, 1]),
            (AuditQuery { who: Some("osei".into()), ..query() }, &[5, 3]),
            (AuditQuery { who: Some("u1".into()), ..query() }, &[6, 1]),
            (AuditQuery { own: Some("u1".into()), who: Some("ken".into()), ..query() }, &[]),
            (AuditQuery { action: Some("job:create".into()), ..query() }, &[1]),
            (AuditQuery { subject: Some("LOCK-1".into()), ..query() }, &[6, 1]),
            (AuditQuery { subject: Some("building".into()), ..query() }, &[1]),
            (AuditQuery { subject: Some("50% [a] *".into()), ..query() }, &[]),
            (AuditQuery { outcome: Some(AuditOutcome::Failed), ..query() }, &[3]),
            (AuditQuery { outcome: Some(AuditOutcome::Begun), ..query() }, &[6]),
            (AuditQuery { from: Some(at(3)), to: Some(at(6)), ..query() }, &[5, 3]),
            (AuditQuery { before: Some(5), ..query() }, &[3, 1]),
        ] {
            let rows: Vec<_> =
                store.audit_entries(&query, 10).await.unwrap().iter().map(|entry| entry.row).collect();
            assert_eq!(rows, expected, "{query:?}");
        }
    }

    #[tokio::test]
    async fn an_entry_has_what_both_rows_know() {
        let (_folder, store) = store().await;
        let entries = store.audit_entries(&AuditQuery::default(), 10).await.unwrap();
        let created = &entries[3];
        assert_eq!((created.row, created.end_row, created.outcome), (1, Some(2), AuditOutcome::Done));
        assert_eq!(created.actor.as_ref().unwrap().name, "Mara Lindqvist");
        assert_eq!(created.subject_name.as_deref(), Some("Lock Building 43"));
        assert_eq!((created.time, created.end_time), (at(1), Some(at(2))));
        assert_eq!(created.after, Some(serde_json::json!({"reason": "drill"})));
        let failed = &entries[2];
        assert_eq!(
            (failed.subject.as_deref(), failed.error.as_deref()),
            (Some("door-0007"), Some("conflict"))
        );
        let rows = store.audit_rows(0, 10).await.unwrap();
        assert_eq!(
            (created.hash.clone(), created.previous_hash.clone()),
            (digits(&rows[1].hash), digits(&rows[0].hash))
        );
    }
}
