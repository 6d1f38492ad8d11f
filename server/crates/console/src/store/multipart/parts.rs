//! The parts of a job: which are to be put to the hub, and which the hub has.

use hub_wire::{Timestamp, job::JobStatus};

use crate::store::{Result, Store, sql};

/// A part that the hub has, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// From 0.
    pub(crate) number: i64,
    /// The job on the hub.
    pub(crate) hub_job_id: String,
    /// Just before it was first sent to the hub.
    pub(crate) sent_at: Timestamp,
    /// Results that changed before this are here.
    pub(crate) read_up_to: Option<Timestamp>,
    /// When its calls have to have ended, if it is of a rollout and something limits them.
    pub(crate) calls_until: Option<Timestamp>,
}

/// The columns of a part.
#[derive(Debug, sqlx::FromRow)]
struct PartRow {
    part: i64,
    hub_job_id: String,
    sent_at: Option<i64>,
    read_up_to: Option<i64>,
    calls_until: Option<i64>,
}

impl From<PartRow> for Part {
    fn from(row: PartRow) -> Self {
        Self {
            number: row.part,
            hub_job_id: row.hub_job_id,
            sent_at: Timestamp::from_ticks(row.sent_at.unwrap_or_default()),
            read_up_to: row.read_up_to.map(Timestamp::from_ticks),
            calls_until: row.calls_until.map(Timestamp::from_ticks),
        }
    }
}

/// The devices of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartDevices {
    pub(crate) ids: Vec<String>,
    /// The module that is addressed on each of them.
    pub(crate) module_id: Option<String>,
}

impl Store {
    /// Whether a job is on a list of devices, and so made of parts.
    pub(crate) async fn is_multipart(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM job_parts WHERE job_id = $1)")
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("check for parts"))
    }

    /// The next part to put to the hub, marked as being sent: after a crash the hub is asked whether it has it.
    pub(crate) async fn claim_part(&self, job_id: &str, now: Timestamp) -> Result<Option<Part>> {
        let row: Option<PartRow> = sqlx::query_as(
            "UPDATE job_parts SET phase = 'sending', sent_at = coalesce(sent_at, $2) WHERE job_id = $1 AND part = \
             (SELECT part FROM job_parts WHERE job_id = $1 AND phase IN ('waiting', 'sending') ORDER BY part LIMIT 1) \
             RETURNING part, hub_job_id, sent_at, read_up_to, calls_until",
        )
        .bind(job_id)
        .bind(now.ticks())
        .fetch_optional(&self.writer)
        .await
        .map_err(sql("claim the next part"))?;
        Ok(row.map(Part::from))
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

    /// The hub does not have a part; it is sent again later.
    pub(crate) async fn requeue_part(&self, job_id: &str, part: i64) -> Result<()> {
        sqlx::query(
            "UPDATE job_parts SET phase = 'waiting', sent_at = NULL \
             WHERE job_id = $1 AND part = $2 AND phase = 'sending'",
        )
        .bind(job_id)
        .bind(part)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(sql("requeue a part"))
    }

    /// Gives a part another id on the hub: another client has a job of the first.
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

    /// Parts that the hub has and that may change.
    pub(crate) async fn open_parts(&self, job_id: &str) -> Result<Vec<Part>> {
        self.parts_in(job_id, "open").await
    }

    /// Parts of which it is not known whether the hub has them.
    pub(crate) async fn unconfirmed_parts(&self, job_id: &str) -> Result<Vec<Part>> {
        self.parts_in(job_id, "sending").await
    }

    async fn parts_in(&self, job_id: &str, phase: &'static str) -> Result<Vec<Part>> {
        let rows: Vec<PartRow> = sqlx::query_as(
            "SELECT part, hub_job_id, sent_at, read_up_to, calls_until FROM job_parts \
             WHERE job_id = $1 AND phase = $2 ORDER BY part",
        )
        .bind(job_id)
        .bind(phase)
        .fetch_all(&self.readers)
        .await
        .map_err(sql("read parts"))?;
        Ok(rows.into_iter().map(Part::from).collect())
    }

    /// Whether a part is still to be put to the hub.
    pub(crate) async fn has_unsent_parts(&self, job_id: &str) -> Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM job_parts WHERE job_id = $1 AND phase IN ('waiting', 'sending'))",
        )
        .bind(job_id)
        .fetch_one(&self.readers)
        .await
        .map_err(sql("check for parts to send"))
    }
}
