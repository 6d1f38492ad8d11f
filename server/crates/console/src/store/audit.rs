//! The audit log: rows are added in transactions of their own and never changed.

use std::{path::Path, time::Duration};

use console_wire::audit::AuditOutcome;
use hub_wire::Timestamp;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction, sqlite::SqliteConnectOptions};

pub(crate) use self::entries::AuditQuery;
use super::{Result, Store, columns, sql};
use crate::{
    StoreError,
    audit_log::{AuditRow, GENESIS, Hash, StoredRow, link},
};

mod entries;

/// Rows of the log after a row, in their order.
const ROWS: &str = "SELECT seq, previous_hash, hash, content FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";

impl Store {
    /// Adds a row after the last one. Returns its number.
    pub(crate) async fn append_audit(&self, row: AuditRow) -> Result<u64> {
        let attempt = "add a row to the audit log";
        let mut transaction = self.begin(attempt).await?;
        let seq = append(&mut transaction, row, attempt).await?;
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(seq)
    }

    /// Ends what was begun and has no end: the process that did it has ended. Returns how many rows it adds.
    pub(crate) async fn end_interrupted_audit(&self, now: Timestamp) -> Result<u64> {
        let attempt = "end what was interrupted in the audit log";
        let mut transaction = self.begin(attempt).await?;
        let open: Vec<i64> = sqlx::query_scalar(
            "SELECT seq FROM audit AS head WHERE phase = 'begun' AND NOT EXISTS \
             (SELECT 1 FROM audit AS ending WHERE ending.begun = head.seq) ORDER BY seq",
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        for seq in &open {
            let row = AuditRow {
                begun: Some(columns::count(*seq)),
                error: Some("interrupted".to_owned()),
                ..AuditRow::new(now, AuditOutcome::Unknown)
            };
            append(&mut transaction, row, attempt).await?;
        }
        transaction.commit().await.map_err(sql(attempt))?;
        Ok(open.len() as u64)
    }

    /// Rows after a row, in their order; at most `limit`.
    pub(crate) async fn audit_rows(&self, after: u64, limit: u32) -> Result<Vec<StoredRow>> {
        let mut reader = self.readers.acquire().await.map_err(sql("read the audit log"))?;
        rows(&mut reader, after, limit).await
    }
}

/// Adds a row after the last one.
async fn append(
    transaction: &mut Transaction<'static, Sqlite>,
    row: AuditRow,
    attempt: &'static str,
) -> Result<u64> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut **transaction)
            .await
            .map_err(sql(attempt))?;
    let (last, previous): (u64, Hash) = match last {
        None => (0, GENESIS),
        Some((seq, hash)) => {
            let hash = Hash::try_from(hash).map_err(|_| StoreError::Damaged { column: "hash" })?;
            (columns::count(seq), hash)
        }
    };
    let seq = last + 1;
    let content = AuditRow { seq, ..row }.canonical();
    sqlx::query("INSERT INTO audit (seq, previous_hash, hash, content) VALUES ($1, $2, $3, $4)")
        .bind(columns::stored(seq))
        .bind(previous.as_slice())
        .bind(link(&previous, &content).as_slice())
        .bind(content)
        .execute(&mut **transaction)
        .await
        .map_err(sql(attempt))?;
    Ok(seq)
}

async fn rows(connection: &mut SqliteConnection, after: u64, limit: u32) -> Result<Vec<StoredRow>> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>, String)> = sqlx::query_as(ROWS)
        .bind(columns::stored(after))
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(sql("read the audit log"))?;
    let rows = rows.into_iter().map(|(seq, previous_hash, hash, content)| StoredRow {
        seq: columns::count(seq),
        previous_hash,
        hash,
        content,
    });
    Ok(rows.collect())
}

/// The audit log in a file that a server may be using.
#[derive(Debug)]
pub(crate) struct AuditFile(SqliteConnection);

impl AuditFile {
    /// Opens a store to read its log.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(Duration::from_secs(30))
            .pragma("query_only", "true");
        options.connect().await.map(Self).map_err(sql("open the store"))
    }

    /// Rows after a row, in their order; at most `limit`.
    pub(crate) async fn rows(&mut self, after: u64, limit: u32) -> Result<Vec<StoredRow>> {
        rows(&mut self.0, after, limit).await
    }

    /// Closes the file.
    pub(crate) async fn close(self) {
        // It was only read.
        self.0.close().await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_log::Checker;

    fn row(phase: AuditOutcome) -> AuditRow {
        AuditRow {
            action: Some("job:create".into()),
            credential: Some("session 1".into()),
            request: Some("POST /x".into()),
            request_id: Some("r".into()),
            ..AuditRow::new(Timestamp::parse("2026-11-30T08:00:00Z").unwrap(), phase)
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn rows_are_linked_and_numbered_without_a_gap() {
        let (_folder, store) = store().await;
        for expected in 1..=5 {
            assert_eq!(store.append_audit(row(AuditOutcome::Refused)).await.unwrap(), expected);
        }
        let mut checker = Checker::new(None);
        for row in store.audit_rows(0, 10).await.unwrap() {
            checker.take(&row).unwrap();
        }
        assert_eq!(checker.rows(), 5);
    }

    #[tokio::test]
    async fn no_statement_changes_or_removes_a_row() {
        let (_folder, store) = store().await;
        store.append_audit(row(AuditOutcome::Refused)).await.unwrap();
        store.append_audit(row(AuditOutcome::Refused)).await.unwrap();
        for (statement, refusal) in [
            ("UPDATE audit SET content = '{}' WHERE seq = 1", "never changed"),
            ("DELETE FROM audit WHERE seq = 2", "never deleted"),
            (
                "INSERT OR REPLACE INTO audit SELECT seq, previous_hash, hash, content FROM audit",
                "follows the last",
            ),
            (
                "INSERT INTO audit (seq, previous_hash, hash, content) SELECT 9, previous_hash, hash, '{}' FROM audit",
                "follows the last",
            ),
        ] {
            let error = sqlx::query(statement).execute(&store.writer).await.unwrap_err().to_string();
            assert!(error.contains(refusal), "{statement}: {error}");
        }
        assert_eq!(store.audit_rows(0, 10).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_has_no_end_ends_as_unknown_once() {
        let (_folder, store) = store().await;
        let done = store.append_audit(row(AuditOutcome::Begun)).await.unwrap();
        let open = store.append_audit(row(AuditOutcome::Begun)).await.unwrap();
        store.append_audit(AuditRow { begun: Some(done), ..row(AuditOutcome::Done) }).await.unwrap();
        store.append_audit(row(AuditOutcome::Refused)).await.unwrap();
        let now = Timestamp::parse("2026-11-30T09:00:00Z").unwrap();
        assert_eq!(store.end_interrupted_audit(now).await.unwrap(), 1);
        assert_eq!(store.end_interrupted_audit(now).await.unwrap(), 0);
        let entries = store.audit_entries(&AuditQuery::default(), 10).await.unwrap();
        let outcomes: Vec<_> =
            entries.iter().map(|entry| (entry.row, entry.end_row, entry.outcome)).collect();
        assert_eq!(
            outcomes,
            [
                (4, None, AuditOutcome::Refused),
                (open, Some(5), AuditOutcome::Unknown),
                (done, Some(3), AuditOutcome::Done)
            ]
        );
    }
}
