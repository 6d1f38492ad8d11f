//! How a job enters the store: as an intent before the hub is called, open once the hub has it; or from the hub.

use console_wire::{
    access::PersonRef,
    group::GroupRef,
    job::{JobSummary, NamedTarget, Origin, action, default_name},
    schedule::ScheduleRef,
};
use hub_wire::{
    JobId, Timestamp,
    direct_method::DirectMethodRequest,
    job::{Job, JobRequest, JobStatus, JobType},
    twin::TwinPatch,
};

use super::{
    Result, Store, columns,
    job_row::{self, JobRow},
    reading::waiting_status,
    search::searched,
    sql, webhooks,
};
use crate::{StoreError, target};

/// A job that was about to be put to the hub when the process ended, or when the answer got lost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Intent {
    /// The job here.
    pub(crate) job_id: String,
    /// What was to be put to the hub: the job, or the first of several parts.
    pub(crate) request: JobRequest,
    /// Just before the hub was called.
    pub(crate) since: Timestamp,
}

/// How the store knows a job that the hub lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownAs {
    /// Not known until now; mirrored from here on.
    New,
    /// Mirrored already.
    Mirrored,
    /// One of ours whose creation is not resolved yet.
    Intent,
}

/// What the hub has no place for: how a job is called, why it runs, where and by whom it was created, on which group, by which
/// schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labels {
    /// The name that was chosen; without one, the job is called after what it does.
    pub(crate) name: Option<String>,
    /// Why it runs.
    pub(crate) reason: Option<String>,
    /// Where it was created.
    pub(crate) origin: Origin,
    /// Who created it.
    pub(crate) created_by: Option<PersonRef>,
    /// The scope of who created it.
    pub(crate) scope: Option<String>,
    /// The group that it addresses.
    pub(crate) group: Option<GroupRef>,
    /// The schedule that starts it.
    pub(crate) schedule: Option<ScheduleRef>,
}

/// What a new row is made from.
pub(super) struct Draft<'a> {
    pub(super) job_id: &'a str,
    pub(super) phase: &'static str,
    pub(super) labels: &'a Labels,
    pub(super) job_type: JobType,
    pub(super) status: JobStatus,
    pub(super) query_condition: &'a str,
    pub(super) method: Option<&'a DirectMethodRequest>,
    pub(super) twin: Option<&'a TwinPatch>,
    pub(super) created: Timestamp,
    pub(super) start: Option<Timestamp>,
    pub(super) max_execution_time: Option<u32>,
    pub(super) expected: Option<u64>,
    pub(super) now: Timestamp,
}

impl Labels {
    /// The devices, for the name of a job without a chosen one: the group, or what it addresses otherwise.
    pub(super) fn named_target<'a>(&'a self, otherwise: NamedTarget<'a>) -> NamedTarget<'a> {
        self.group.as_ref().map_or(otherwise, |group| NamedTarget::Group(&group.name))
    }
}

impl Store {
    /// Writes what is about to be requested from the hub. False when the id is taken here; then nothing changed.
    pub(crate) async fn insert_intent(
        &self,
        request: &JobRequest,
        labels: &Labels,
        expected: u64,
        now: Timestamp,
    ) -> Result<bool> {
        let draft = Draft {
            job_id: request.job_id.as_str(),
            phase: "intent",
            labels,
            job_type: request.job_type,
            status: waiting_status(request.start_time, now),
            query_condition: &request.query_condition,
            method: request.cloud_to_device_method.as_ref(),
            twin: request.update_twin.as_ref(),
            created: now,
            start: request.start_time,
            max_execution_time: request.max_execution_time_in_seconds,
            expected: Some(expected),
            now,
        };
        let mut transaction = self.begin("note a job").await?;
        let inserted = insert(&mut transaction, &draft, 0).await?;
        transaction.commit().await.map_err(sql("note a job"))?;
        Ok(inserted)
    }

    /// The hub has the job: from now on it is shown and watched.
    pub(crate) async fn accept_intent(&self, job_id: &str, status: JobStatus) -> Result<()> {
        let mut transaction = self.begin("accept a job").await?;
        let sequence = Self::next_sequence(&mut transaction).await?;
        // `queued` is the hub's first status of every job; whether it waits for its start is known from the intent.
        sqlx::query(
            "UPDATE jobs SET phase = 'open', status = CASE $2 WHEN 'queued' THEN status ELSE $2 END, \
             sequence = $3 WHERE job_id = $1 AND phase = 'intent'",
        )
        .bind(job_id)
        // The watcher alone ends a job, once all of its results are here.
        .bind(if status.is_terminal() { JobStatus::Running } else { status }.as_str())
        .bind(sequence)
        .execute(&mut *transaction)
        .await
        .map_err(sql("accept a job"))?;
        // Of several parts only the first was put to the hub so far.
        sqlx::query(
            "UPDATE job_parts SET phase = 'open', status = $2 WHERE job_id = $1 AND phase = 'sending'",
        )
        .bind(job_id)
        .bind(status.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(sql("accept a job"))?;
        webhooks::record_begun(&mut transaction, job_id).await?;
        self.commit(transaction, sequence, "accept a job").await
    }

    /// The hub does not have the job and will not get it.
    pub(crate) async fn drop_intent(&self, job_id: &str) -> Result<()> {
        let attempt = "remove a job that was not created";
        let mut transaction = self.begin(attempt).await?;
        for text in [
            "DELETE FROM device_results WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND phase = 'intent')",
            "DELETE FROM job_parts WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND phase = 'intent')",
            "DELETE FROM jobs WHERE job_id = $1 AND phase = 'intent'",
        ] {
            sqlx::query(text).bind(job_id).execute(&mut *transaction).await.map_err(sql(attempt))?;
        }
        transaction.commit().await.map_err(sql(attempt))
    }

    /// All intents, oldest first.
    pub(crate) async fn intents(&self) -> Result<Vec<Intent>> {
        let text =
            format!("{} WHERE phase = 'intent' AND NOT purging ORDER BY created_time", job_row::SELECT);
        let rows: Vec<JobRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .fetch_all(&self.readers)
            .await
            .map_err(sql("read jobs whose creation is not resolved"))?;
        let mut intents = Vec::new();
        for row in rows {
            let summary = row.summary()?;
            let scope = summary.scope.clone();
            let mut intent = intent(summary)?;
            // Of several parts, the first decides.
            let part: Option<String> =
                sqlx::query_scalar("SELECT hub_job_id FROM job_parts WHERE job_id = $1 AND part = 0")
                    .bind(&intent.job_id)
                    .fetch_optional(&self.readers)
                    .await
                    .map_err(sql("read jobs whose creation is not resolved"))?;
            if let Some(hub_job_id) = part {
                let devices = self.part_devices(&intent.job_id, 0).await?;
                let listed = target::listed(&devices.ids, devices.module_id.as_deref());
                intent.request.query_condition = target::narrowed(scope.as_deref(), &listed)
                    .map_err(|_| StoreError::Damaged { column: "scope" })?;
                intent.request.job_id =
                    JobId::new(hub_job_id).map_err(|_| StoreError::Damaged { column: "hub_job_id" })?;
            }
            intents.push(intent);
        }
        Ok(intents)
    }

    /// Adds a job that the hub lists, unless it is known.
    pub(crate) async fn add_from_hub(&self, job: &Job, now: Timestamp) -> Result<KnownAs> {
        let labels = Labels {
            name: None,
            reason: None,
            origin: Origin::Hub,
            created_by: None,
            scope: None,
            group: None,
            schedule: None,
        };
        let draft = Draft {
            job_id: &job.job_id,
            phase: "open",
            labels: &labels,
            job_type: job.job_type,
            status: match job.status {
                JobStatus::Queued => waiting_status(job.start_time, now),
                status if status.is_terminal() => JobStatus::Running,
                status => status,
            },
            query_condition: job.query_condition.as_deref().unwrap_or("*"),
            method: job.cloud_to_device_method.as_ref(),
            twin: job.update_twin.as_ref(),
            created: job.created_time.or(job.start_time).unwrap_or(now),
            start: job.start_time,
            max_execution_time: job.max_execution_time_in_seconds,
            expected: None,
            now,
        };
        let attempt = "add a job found on the hub";
        let mut transaction = self.begin(attempt).await?;
        let phase: Option<String> = sqlx::query_scalar(
            "SELECT phase FROM jobs WHERE job_id = $1 \
             UNION ALL SELECT phase FROM job_parts WHERE hub_job_id = $1 LIMIT 1",
        )
        .bind(draft.job_id)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(sql(attempt))?;
        match phase.as_deref() {
            Some("intent") => Ok(KnownAs::Intent),
            Some(_) => Ok(KnownAs::Mirrored),
            None => {
                let sequence = Self::next_sequence(&mut transaction).await?;
                insert(&mut transaction, &draft, sequence).await?;
                webhooks::record_begun(&mut transaction, draft.job_id).await?;
                self.commit(transaction, sequence, attempt).await?;
                Ok(KnownAs::New)
            }
        }
    }
}

pub(super) async fn insert(
    transaction: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    draft: &Draft<'_>,
    sequence: i64,
) -> Result<bool> {
    let action = action(draft.job_type, draft.method, draft.twin);
    let name = draft.labels.name.clone().unwrap_or_else(|| {
        let target = draft.labels.named_target(NamedTarget::Condition(draft.query_condition));
        default_name(draft.method, draft.twin, &target)
    });
    let inserted = sqlx::query(
        "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, \
         cloud_to_device_method, update_twin, created_time, start_time, max_execution_time, sequence, as_of, \
         expected_devices, action_search, condition_search, name, name_search, reason, created_by, \
         scope, group_id, group_name, schedule_id, schedule_name) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $23, $24, $25, $26) \
         ON CONFLICT (job_id) DO NOTHING",
    )
    .bind(draft.job_id)
    .bind(draft.phase)
    .bind(draft.labels.origin.as_str())
    .bind(draft.job_type.as_str())
    .bind(draft.status.as_str())
    .bind(draft.query_condition)
    .bind(&action)
    .bind(draft.method.map(columns::json))
    .bind(draft.twin.map(columns::json))
    .bind(draft.created.ticks())
    .bind(draft.start.map(Timestamp::ticks))
    .bind(draft.max_execution_time.map(i64::from))
    .bind(sequence)
    .bind(draft.now.ticks())
    .bind(draft.expected.map(columns::stored))
    .bind(action.to_lowercase())
    .bind(searched(draft.query_condition))
    .bind(&name)
    .bind(name.to_lowercase())
    .bind(&draft.labels.reason)
    .bind(draft.labels.created_by.as_ref().map(columns::json))
    .bind(&draft.labels.scope)
    .bind(draft.labels.group.as_ref().map(|group| group.group_id.as_str()))
    .bind(draft.labels.group.as_ref().map(|group| group.name.as_str()))
    .bind(draft.labels.schedule.as_ref().map(|schedule| schedule.schedule_id.as_str()))
    .bind(draft.labels.schedule.as_ref().map(|schedule| schedule.name.as_str()))
    .execute(&mut **transaction)
    .await
    .map_err(sql("note a job"))?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) fn intent(summary: JobSummary) -> Result<Intent> {
    Ok(Intent {
        job_id: summary.job_id.clone(),
        request: JobRequest {
            job_id: JobId::new(summary.job_id).map_err(|_| StoreError::Damaged { column: "job_id" })?,
            job_type: summary.job_type,
            cloud_to_device_method: summary.cloud_to_device_method,
            update_twin: summary.update_twin,
            query_condition: summary.query_condition,
            start_time: summary.start_time,
            max_execution_time_in_seconds: summary.max_execution_time_in_seconds,
        },
        since: summary.created_time,
    })
}
