//! The parts of a job on a list: which are to be put to the hub, which the hub has.

use console_wire::job::JobSummary;
use hub_wire::{Timestamp, device_job::DeviceJobError, job::JobStatus};
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::{
    Result, Store, columns,
    columns::Tally,
    part_mirror::{Leftover, end_unseen, settle_part, write_list},
    sql,
};
use crate::StoreError;

/// A part that the hub has, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// From 0.
    pub(crate) number: i64,
    /// The job on the hub.
    pub(crate) hub_job_id: String,
    /// Just before the hub was first asked to take it.
    pub(crate) sent_at: Timestamp,
    /// Results that changed before this are here.
    pub(crate) read_up_to: Option<Timestamp>,
}

/// The devices of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartDevices {
    pub(crate) ids: Vec<String>,
    /// The module that all of them are asked for.
    pub(crate) module_id: Option<String>,
}

impl Store {
    /// Whether a job is made of parts.
    pub(crate) async fn is_list(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job_parts WHERE job_id = $1)")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("look for parts"))
    }

    /// The next part to put to the hub, marked as being sent: whatever happens from here on, the hub is asked about it.
    pub(crate) async fn claim_part(&self, job_id: &str, now: Timestamp) -> Result<Option<Part>> {
        let row: Option<(i64, String, i64)> = sqlx::query_as(
            "UPDATE job_parts SET phase = 'sending', sent_at = coalesce(sent_at, $2) WHERE job_id = $1 AND part = \
             (SELECT part FROM job_parts WHERE job_id = $1 AND phase IN ('waiting', 'sending') ORDER BY part LIMIT 1) \
             RETURNING part, hub_job_id, sent_at",
        )
        .bind(job_id)
        .bind(now.ticks())
        .fetch_optional(&self.writer)
        .await
        .map_err(sql("take up the next part"))?;
        Ok(row.map(|(number, hub_job_id, sent_at)| Part {
            number,
            hub_job_id,
            sent_at: Timestamp::from_ticks(sent_at),
            read_up_to: None,
        }))
    }

    /// The devices of a part, by id.
    pub(crate) async fn part_devices(&self, job_id: &str, part: i64) -> Result<PartDevices> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT device_id, module_id FROM device_results WHERE job_id = $1 AND part = $2 ORDER BY device_id",
        )
        .bind(job_id)
        .bind(part)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read the devices of a part"))?;
        let module_id = rows.first().map(|(_, module)| module.clone()).filter(|module| !module.is_empty());
        Ok(PartDevices { ids: rows.into_iter().map(|(device, _)| device).collect(), module_id })
    }

    /// The hub has a part.
    pub(crate) async fn open_part(&self, job_id: &str, part: i64, status: JobStatus) -> Result<()> {
        sqlx::query(
            "UPDATE job_parts SET phase = 'open', status = $3 WHERE job_id = $1 AND part = $2 AND phase = 'sending'",
        )
        .bind(job_id)
        .bind(part)
        .bind(status.as_str())
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(sql("accept a part"))
    }

    /// The hub does not have a part, and is asked again later.
    pub(crate) async fn put_back_part(&self, job_id: &str, part: i64) -> Result<()> {
        sqlx::query(
            "UPDATE job_parts SET phase = 'waiting', sent_at = NULL \
             WHERE job_id = $1 AND part = $2 AND phase = 'sending'",
        )
        .bind(job_id)
        .bind(part)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(sql("put back a part"))
    }

    /// Gives a part another id on the hub: somebody else has a job of the first.
    pub(crate) async fn rename_part(&self, job_id: &str, part: i64, hub_job_id: &str) -> Result<()> {
        sqlx::query(
            "UPDATE job_parts SET hub_job_id = $3, phase = 'waiting', sent_at = NULL \
             WHERE job_id = $1 AND part = $2 AND phase = 'sending'",
        )
        .bind(job_id)
        .bind(part)
        .bind(hub_job_id)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(sql("rename a part"))
    }

    /// Parts that the hub has and that may move.
    pub(crate) async fn open_parts(&self, job_id: &str) -> Result<Vec<Part>> {
        self.parts_in(job_id, "open").await
    }

    /// Parts of which it is not known whether the hub has them.
    pub(crate) async fn unclear_parts(&self, job_id: &str) -> Result<Vec<Part>> {
        self.parts_in(job_id, "sending").await
    }

    async fn parts_in(&self, job_id: &str, phase: &'static str) -> Result<Vec<Part>> {
        let rows: Vec<(i64, String, Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT part, hub_job_id, sent_at, read_up_to FROM job_parts WHERE job_id = $1 AND phase = $2 \
             ORDER BY part",
        )
        .bind(job_id)
        .bind(phase)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read parts"))?;
        let one = |(number, hub_job_id, sent_at, read_up_to): (i64, String, Option<i64>, Option<i64>)| Part {
            number,
            hub_job_id,
            sent_at: Timestamp::from_ticks(sent_at.unwrap_or_default()),
            read_up_to: read_up_to.map(Timestamp::from_ticks),
        };
        Ok(rows.into_iter().map(one).collect())
    }

    /// Whether a part is still to be put to the hub.
    pub(crate) async fn has_unsent_parts(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM job_parts WHERE job_id = $1 AND phase IN ('waiting', 'sending'))",
        )
        .bind(job_id)
        .fetch_one(&self.readers)
        .await
        .map_err(sql("look for parts to send"))
    }

    /// Calls off every part that the hub was never given. How many devices that are.
    pub(crate) async fn cancel_waiting_parts(&self, job_id: &str, now: Timestamp) -> Result<u64> {
        let ending = UnsentEnding { parts: "phase = 'waiting'", status: JobStatus::Cancelled, error: None };
        self.end_unsent(job_id, ending, now).await
    }

    /// Ends a part of which the hub turned out not to have a job, as called off.
    pub(crate) async fn cancel_unclear_parts(&self, job_id: &str, now: Timestamp) -> Result<u64> {
        let ending = UnsentEnding { parts: "phase = 'sending'", status: JobStatus::Cancelled, error: None };
        self.end_unsent(job_id, ending, now).await
    }

    /// Ends every part that is still to be put to the hub as failed, and says why.
    pub(crate) async fn fail_unsent_parts(
        &self,
        job_id: &str,
        error: &DeviceJobError,
        now: Timestamp,
    ) -> Result<u64> {
        let parts = "phase IN ('waiting', 'sending')";
        let ending = UnsentEnding { parts, status: JobStatus::Failed, error: Some(error) };
        self.end_unsent(job_id, ending, now).await
    }

    async fn end_unsent(&self, job_id: &str, ending: UnsentEnding<'_>, now: Timestamp) -> Result<u64> {
        let attempt = "end parts that were not sent";
        let mut transaction = self.begin(attempt).await?;
        let Some((before, mut tally)) = open_list(&mut transaction, job_id).await? else { return Ok(0) };
        let text = format!("SELECT part FROM job_parts WHERE job_id = $1 AND {} ORDER BY part", ending.parts);
        let parts: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let mut devices = 0;
        for part in &parts {
            let leftover = match ending.error {
                None => Leftover::Cancelled,
                Some(error) => Leftover::Failed(error.clone()),
            };
            devices += end_unseen(&mut transaction, job_id, *part, &leftover, now, &mut tally).await?;
            let reason = ending.error.map(|error| error.description.as_str());
            settle_part(&mut transaction, job_id, *part, ending.status, Some(now), reason).await?;
        }
        if !parts.is_empty() {
            let sequence = write_list(&mut transaction, &before, &tally, now).await?.sequence;
            self.commit(transaction, columns::stored(sequence), attempt).await?;
        }
        Ok(devices)
    }
}

/// How parts end that the hub never had.
struct UnsentEnding<'a> {
    /// Which parts, in SQL.
    parts: &'static str,
    status: JobStatus,
    error: Option<&'a DeviceJobError>,
}

/// A job on a list that may still move, and its counters.
pub(super) async fn open_list(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
) -> Result<Option<(JobSummary, Tally)>> {
    let text = format!("{} WHERE job_id = $1 AND phase = 'open'", columns::JOB);
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(sql("read a job on a list"))?;
    row.map(|row| Ok::<_, StoreError>((columns::summary(&row)?, columns::tally(&row)?))).transpose()
}
