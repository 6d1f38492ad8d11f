//! Approvals: asked for, decided, listed.

use console_wire::{
    access::PersonRef,
    rollout::{ApprovalResult, RolloutApproval},
};
use hub_wire::Timestamp;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::store::{Result, Store, columns, sql};

const SELECT: &str = "SELECT job_id, result, hash, devices, asked_at, lapses_at, asked_by, decided_by, decided_at, \
    comment FROM rollout_approvals";

#[derive(sqlx::FromRow)]
struct ApprovalRow {
    job_id: String,
    result: String,
    hash: String,
    devices: i64,
    asked_at: i64,
    lapses_at: i64,
    asked_by: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    comment: Option<String>,
}

impl ApprovalRow {
    fn approval(self) -> Result<RolloutApproval> {
        let person = |text: Option<String>, column| {
            text.map(|text| columns::from_json::<PersonRef>(&text, column)).transpose()
        };
        Ok(RolloutApproval {
            result: columns::wire(&self.result, "result")?,
            hash: self.hash,
            devices: columns::count(self.devices),
            asked_at: Timestamp::from_ticks(self.asked_at),
            asked_by: person(self.asked_by, "asked_by")?,
            lapses_at: Timestamp::from_ticks(self.lapses_at),
            decided_by: person(self.decided_by, "decided_by")?,
            decided_at: self.decided_at.map(Timestamp::from_ticks),
            comment: self.comment,
        })
    }
}

impl Store {
    /// Requests with the ids of their jobs: those that wait, the first that lapses at the top, or those that were decided, the
    /// newest first.
    pub(crate) async fn approvals(
        &self,
        waiting: bool,
        limit: u32,
    ) -> Result<Vec<(String, RolloutApproval)>> {
        let text = if waiting {
            format!("{SELECT} WHERE result = 'waiting' ORDER BY asked_at LIMIT $1")
        } else {
            format!("{SELECT} WHERE result <> 'waiting' ORDER BY decided_at DESC, approval DESC LIMIT $1")
        };
        let rows: Vec<ApprovalRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list approvals"))?;
        rows.into_iter().map(|row| Ok((row.job_id.clone(), row.approval()?))).collect()
    }

    /// How many requests wait for a decision.
    pub(crate) async fn waiting_approvals(&self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM rollout_approvals WHERE result = 'waiting'")
                .fetch_one(&self.readers)
                .await
                .map_err(sql("count approvals"))?;
        Ok(columns::count(count))
    }
}

/// The newest request of a job.
pub(super) async fn newest_approval(
    connection: &mut SqliteConnection,
    job_id: &str,
) -> Result<Option<RolloutApproval>> {
    let text = format!("{SELECT} WHERE job_id = $1 ORDER BY approval DESC LIMIT 1");
    let row: Option<ApprovalRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(connection)
        .await
        .map_err(sql("read an approval"))?;
    row.map(ApprovalRow::approval).transpose()
}

/// Asks for an approval. An earlier request of the job is void.
pub(super) async fn ask_approval(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    approval: &RolloutApproval,
) -> Result<()> {
    decide_approval(transaction, job_id, ApprovalResult::Withdrawn, None, None, approval.asked_at).await?;
    sqlx::query(
        "INSERT INTO rollout_approvals (job_id, result, hash, devices, asked_at, lapses_at, asked_by) \
         VALUES ($1, 'waiting', $2, $3, $4, $5, $6)",
    )
    .bind(job_id)
    .bind(&approval.hash)
    .bind(columns::stored(approval.devices))
    .bind(approval.asked_at.ticks())
    .bind(approval.lapses_at.ticks())
    .bind(approval.asked_by.as_ref().map(columns::json))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("ask for an approval"))
}

/// Ends the request of a job that waits, if there is one.
pub(super) async fn decide_approval(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    result: ApprovalResult,
    by: Option<&PersonRef>,
    comment: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let word = match result {
        ApprovalResult::Waiting => "waiting",
        ApprovalResult::Approved => "approved",
        ApprovalResult::Rejected => "rejected",
        ApprovalResult::Lapsed => "lapsed",
        ApprovalResult::Withdrawn => "withdrawn",
    };
    sqlx::query(
        "UPDATE rollout_approvals SET result = $2, decided_by = $3, comment = $4, decided_at = $5 \
         WHERE job_id = $1 AND result = 'waiting'",
    )
    .bind(job_id)
    .bind(word)
    .bind(by.map(columns::json))
    .bind(comment)
    .bind(at.ticks())
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("decide on an approval"))
}
