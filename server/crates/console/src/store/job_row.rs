//! A job's row.

use console_wire::{
    access::PersonRef, group::GroupRef, job::JobSummary, outcome::Outcomes, rerun::RerunOf,
    schedule::ScheduleRef,
};
use hub_wire::{
    Timestamp,
    job::{JobStatus, JobType},
};

use super::{
    Result,
    columns::{count, from_json, wire},
    tally::Tally,
};

/// Selects [`JobRow`]s.
pub(super) const SELECT: &str = "SELECT job_id, phase, origin, job_type, status, query_condition, \
    cloud_to_device_method, update_twin, created_time, start_time, end_time, max_execution_time, failure_reason, \
    queued, in_flight, succeeded, failed, timed_out, not_online, interrupted, cancelled, error_responses, unfetched, \
    sequence, as_of, target_devices, expected_devices, parent_job, parent_subset, name, reason, last_sent, \
    (SELECT parent.name FROM jobs AS parent WHERE parent.job_id = jobs.parent_job) AS parent_name, \
    CASE WHEN jobs.phase = 'open' AND jobs.rollout IS NULL THEN (SELECT sum(CASE \
     WHEN part.phase IN ('waiting', 'sending') THEN part.devices \
     WHEN part.phase = 'open' AND part.status IN ('queued', 'enqueued', 'scheduled') THEN part.devices \
     ELSE 0 END) FROM job_parts AS part WHERE part.job_id = jobs.job_id) END AS unstarted, \
    created_by, cancelled_by, scope, cancel_reason, group_id, group_name, rollout, schedule_id, \
    schedule_name FROM jobs";

/// The columns of a job that are shown, and its phase.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct JobRow {
    job_id: String,
    phase: String,
    origin: String,
    job_type: String,
    status: String,
    query_condition: String,
    cloud_to_device_method: Option<String>,
    update_twin: Option<String>,
    created_time: i64,
    start_time: Option<i64>,
    end_time: Option<i64>,
    max_execution_time: Option<i64>,
    failure_reason: Option<String>,
    queued: i64,
    in_flight: i64,
    succeeded: i64,
    failed: i64,
    timed_out: i64,
    not_online: i64,
    interrupted: i64,
    cancelled: i64,
    error_responses: i64,
    unfetched: i64,
    sequence: i64,
    as_of: i64,
    target_devices: Option<i64>,
    expected_devices: Option<i64>,
    parent_job: Option<String>,
    parent_subset: Option<String>,
    name: String,
    reason: Option<String>,
    last_sent: Option<i64>,
    parent_name: Option<String>,
    unstarted: Option<i64>,
    created_by: Option<String>,
    cancelled_by: Option<String>,
    scope: Option<String>,
    cancel_reason: Option<String>,
    group_id: Option<String>,
    group_name: Option<String>,
    rollout: Option<String>,
    schedule_id: Option<String>,
    schedule_name: Option<String>,
}

impl JobRow {
    pub(super) fn is_settled(&self) -> bool {
        self.phase == "settled"
    }

    pub(super) fn tally(&self) -> Tally {
        Tally {
            outcomes: Outcomes {
                queued: count(self.queued),
                in_flight: count(self.in_flight),
                succeeded: count(self.succeeded),
                failed: count(self.failed),
                timed_out: count(self.timed_out),
                not_online: count(self.not_online),
                interrupted: count(self.interrupted),
                cancelled: count(self.cancelled),
            },
            error_responses: count(self.error_responses),
            unfetched: count(self.unfetched),
            last_sent: self.last_sent.map(Timestamp::from_ticks),
        }
    }

    pub(super) fn summary(self) -> Result<JobSummary> {
        let tally = self.tally();
        let subset = self.parent_subset.map(|text| from_json(&text, "parent_subset")).transpose()?;
        let method = self.cloud_to_device_method.map(|text| from_json(&text, "cloud_to_device_method"));
        let rollout = self.rollout.map(|text| from_json(&text, "rollout")).transpose()?;
        // What a cancel leaves out of a rollout are the devices that were not called.
        let uncalled = (rollout.is_some() && self.phase == "open").then_some(tally.outcomes.queued);
        let twin = self.update_twin.map(|text| from_json(&text, "update_twin"));
        Ok(JobSummary {
            job_id: self.job_id,
            name: self.name,
            reason: self.reason,
            job_type: JobType::from_wire(&self.job_type),
            status: JobStatus::from_wire(&self.status),
            query_condition: self.query_condition,
            group: self.group_id.zip(self.group_name).map(|(group_id, name)| GroupRef { group_id, name }),
            schedule: (self.schedule_id.zip(self.schedule_name))
                .map(|(schedule_id, name)| ScheduleRef { schedule_id, name }),
            target_devices: self.target_devices.map(count),
            expected_devices: self.expected_devices.map(count),
            parent: self.parent_job.map(|job_id| RerunOf {
                // A job that is gone has no name any more.
                name: self.parent_name.unwrap_or_else(|| job_id.clone()),
                job_id,
                subset: subset.unwrap_or_default(),
            }),
            created_time: Timestamp::from_ticks(self.created_time),
            start_time: self.start_time.map(Timestamp::from_ticks),
            end_time: self.end_time.map(Timestamp::from_ticks),
            last_sent_time: tally.last_sent,
            max_execution_time_in_seconds: self
                .max_execution_time
                .and_then(|seconds| u32::try_from(seconds).ok()),
            cloud_to_device_method: method.transpose()?,
            update_twin: twin.transpose()?,
            failure_reason: self.failure_reason,
            typical_duration_ms: None,
            unstarted_devices: self.unstarted.map(count).or(uncalled),
            device_job_statistics: tally.statistics(),
            outcomes: tally.outcomes,
            origin: wire(&self.origin, "origin")?,
            created_by: person(self.created_by.as_deref(), "created_by")?,
            cancelled_by: person(self.cancelled_by.as_deref(), "cancelled_by")?,
            scope: self.scope,
            cancel_reason: self.cancel_reason,
            rollout,
            sequence: count(self.sequence),
            as_of: Timestamp::from_ticks(self.as_of),
        })
    }
}

fn person(text: Option<&str>, column: &'static str) -> Result<Option<PersonRef>> {
    text.map(|text| from_json(text, column)).transpose()
}

pub(super) fn summaries(rows: Vec<JobRow>) -> Result<Vec<JobSummary>> {
    rows.into_iter().map(JobRow::summary).collect()
}
