//! Writing the steps of a rollout with everything that they change, in one transaction.

use std::sync::Arc;

use console_wire::{
    access::PersonRef,
    outcome::{Outcome, Outcomes},
    rollout::{ApprovalResult, Decision, Rollout, RolloutApproval},
};
use hub_wire::{
    Timestamp,
    device_job::{DeviceJob, DeviceJobStatus},
    job::JobStatus,
};
use rollout::{Event, State};
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::{
    approvals::{ask_approval, decide_approval},
    devices::{add_attempt, add_devices, add_results, last_attempt, mark_outside},
    edit::{RolloutEdit, write_edit},
    hub_jobs::{PartsWrite, write_parts},
};
use crate::store::{
    Applied, Result, Store, columns,
    job_row::{self, JobRow},
    sql,
    sync_rows::upsert_rows,
    tally::Tally,
    write_job::write_job,
};

const ATTEMPT: &str = "record the steps of a rollout";

/// A line of a rollout's history, to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryLine {
    pub(crate) at: Timestamp,
    pub(crate) decision: Decision,
    pub(crate) by: Option<PersonRef>,
    pub(crate) comment: Option<String>,
}

/// A copy of a state, and what is shown of it.
#[derive(Debug)]
pub(crate) struct StateWrite {
    /// The copy, and how many steps it has behind it; `None`: the steps are enough.
    pub(crate) copy: Option<(String, u64)>,
    /// Without history and approval.
    pub(crate) progress: Rollout,
}

impl StateWrite {
    /// The text of a copy.
    pub(crate) fn text(state: &State) -> String {
        columns::json(state)
    }
}

/// What steps of a rollout change.
#[derive(Debug)]
pub(crate) struct RolloutWrite {
    pub(crate) job_id: String,
    pub(crate) now: Timestamp,
    /// The job as it is from now on, if it was edited before it began.
    pub(crate) edit: Option<Arc<RolloutEdit>>,
    /// The number of the first of the steps.
    pub(crate) first_step: u64,
    /// The steps; none where the copy of the state holds them.
    pub(crate) steps: Vec<(Timestamp, Event)>,
    pub(crate) state: StateWrite,
    /// Devices that joined: the number of the first, their ids, and those of them that are never called.
    pub(crate) joined: Option<(u64, Vec<String>, Vec<String>)>,
    /// They have results already: those of a list.
    pub(crate) has_results: bool,
    /// Rows that changed, each once.
    pub(crate) rows: Vec<DeviceJob>,
    /// Devices that end with what their last kept call came to.
    pub(crate) by_last_attempt: Vec<String>,
    /// Calls that are not the last ones of their devices.
    pub(crate) attempts: Vec<(u16, DeviceJob)>,
    /// The counts of the rollout; `None` while it has no devices.
    pub(crate) outcomes: Option<Outcomes>,
    /// Whether a device was called.
    pub(crate) has_calls: bool,
    /// The jobs on the hub that call devices.
    pub(crate) parts: PartsWrite,
    pub(crate) status: JobStatus,
    /// When it began to call devices, if it did in these steps.
    pub(crate) started: Option<Timestamp>,
    /// Nothing changes any more.
    pub(crate) has_ended: bool,
    pub(crate) cancelled_by: Option<PersonRef>,
    pub(crate) cancel_reason: Option<String>,
    pub(crate) history: Vec<HistoryLine>,
    pub(crate) asks_approval: Option<RolloutApproval>,
    /// How the request that waits was decided.
    pub(crate) decided: Option<(ApprovalResult, Option<PersonRef>, Option<String>)>,
}

/// What writing steps came to.
#[derive(Debug)]
pub(crate) struct RolloutWritten {
    pub(crate) applied: Applied,
    /// Parts that waited to be sent and are not sent any more.
    pub(crate) dropped_parts: Vec<i64>,
}

impl Store {
    /// Writes steps. `None` when the job is not open any more.
    pub(crate) async fn write_rollout(&self, write: &RolloutWrite) -> Result<Option<RolloutWritten>> {
        let job_id = write.job_id.as_str();
        let mut transaction = self.begin(ATTEMPT).await?;
        if let Some(edit) = &write.edit {
            write_edit(&mut transaction, edit, write.now).await?;
        }
        let text = format!("{} WHERE job_id = $1 AND phase = 'open'", job_row::SELECT);
        let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql(ATTEMPT))?;
        let Some(row) = row else { return Ok(None) };
        let mut tally = row.tally();
        let before = row.summary()?;
        write_steps(&mut transaction, write).await?;
        write_state(&mut transaction, job_id, &write.state).await?;
        write_history(&mut transaction, job_id, &write.history).await?;
        write_devices(&mut transaction, write, &mut tally).await?;
        let dropped_parts = write_parts(&mut transaction, job_id, &write.parts).await?;
        if let Some((result, by, comment)) = &write.decided {
            decide_approval(&mut transaction, job_id, *result, by.as_ref(), comment.as_deref(), write.now)
                .await?;
        }
        if let Some(approval) = &write.asks_approval {
            ask_approval(&mut transaction, job_id, approval).await?;
        }
        let mut after = before.clone();
        after.status = write.status;
        after.start_time = write.started.or(after.start_time);
        after.end_time = write.has_ended.then_some(write.now);
        after.device_job_statistics = tally.statistics();
        after.outcomes = tally.outcomes;
        after.last_sent_time = tally.last_sent;
        after.as_of = write.now;
        let sequence = Self::next_sequence(&mut transaction).await?;
        after.sequence = columns::count(sequence);
        write_job(&mut transaction, &before, &after, &tally, write.has_ended, None).await?;
        sqlx::query(
            "UPDATE jobs SET cancelled_by = coalesce(cancelled_by, $2), cancel_reason = coalesce($3, cancel_reason) \
             WHERE job_id = $1",
        )
        .bind(job_id)
        .bind(write.cancelled_by.as_ref().map(columns::json))
        .bind(&write.cancel_reason)
        .execute(&mut *transaction)
        .await
        .map_err(sql(ATTEMPT))?;
        self.commit(transaction, sequence, ATTEMPT).await?;
        let applied = Applied::new(true, write.has_ended, &before, &after);
        Ok(Some(RolloutWritten { applied, dropped_parts }))
    }
}

async fn write_steps(transaction: &mut Transaction<'static, Sqlite>, write: &RolloutWrite) -> Result<()> {
    if write.steps.is_empty() {
        return Ok(());
    }
    let steps: Vec<(i64, String)> =
        write.steps.iter().map(|(at, event)| (at.ticks(), columns::json(event))).collect();
    sqlx::query(
        "INSERT INTO rollout_steps (job_id, step, at, event) \
         SELECT $1, $2 + key, value ->> 0, value ->> 1 FROM json_each($3)",
    )
    .bind(&write.job_id)
    .bind(columns::stored(write.first_step))
    .bind(columns::json(&steps))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql(ATTEMPT))
}

/// Writes what is shown, and the copy of the state if there is a new one.
pub(super) async fn write_state(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    state: &StateWrite,
) -> Result<()> {
    if let Some((text, step)) = &state.copy {
        sqlx::query("UPDATE rollouts SET state = $2, state_step = $3 WHERE job_id = $1")
            .bind(job_id)
            .bind(text)
            .bind(columns::stored(*step))
            .execute(&mut **transaction)
            .await
            .map_err(sql(ATTEMPT))?;
        sqlx::query("DELETE FROM rollout_steps WHERE job_id = $1")
            .bind(job_id)
            .execute(&mut **transaction)
            .await
            .map_err(sql(ATTEMPT))?;
    }
    sqlx::query("UPDATE rollouts SET progress = $2 WHERE job_id = $1")
        .bind(job_id)
        .bind(columns::json(&state.progress))
        .execute(&mut **transaction)
        .await
        .map_err(sql(ATTEMPT))?;
    sqlx::query("UPDATE jobs SET rollout = $2 WHERE job_id = $1")
        .bind(job_id)
        .bind(columns::json(&state.progress.summary))
        .execute(&mut **transaction)
        .await
        .map(drop)
        .map_err(sql(ATTEMPT))
}

pub(super) async fn write_history(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    history: &[HistoryLine],
) -> Result<()> {
    for line in history {
        sqlx::query(
            "INSERT INTO rollout_history (job_id, at, decision, person, comment) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(job_id)
        .bind(line.at.ticks())
        .bind(columns::json(&line.decision))
        .bind(line.by.as_ref().map(columns::json))
        .bind(&line.comment)
        .execute(&mut **transaction)
        .await
        .map_err(sql(ATTEMPT))?;
    }
    Ok(())
}

async fn write_devices(
    transaction: &mut Transaction<'static, Sqlite>,
    write: &RolloutWrite,
    tally: &mut Tally,
) -> Result<()> {
    let job_id = write.job_id.as_str();
    if let Some((first, ids, outside)) = &write.joined {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let outside: Vec<&str> = outside.iter().map(String::as_str).collect();
        if write.has_results {
            mark_outside(transaction, job_id, &outside).await?;
        } else {
            add_devices(transaction, job_id, *first, &ids, &outside).await?;
            add_results(transaction, job_id, &ids).await?;
        }
    }
    for (attempt, result) in &write.attempts {
        add_attempt(transaction, job_id, *attempt, result).await?;
    }
    let mut rows = write.rows.clone();
    for device_id in &write.by_last_attempt {
        let Some(last) = last_attempt(transaction, job_id, device_id).await? else { continue };
        rows.push(DeviceJob { last_updated_date_time_utc: Some(write.now), ..last });
    }
    rows.sort_unstable_by(|one, other| one.device_id.as_str().cmp(other.device_id.as_str()));
    upsert_rows(transaction, job_id, &rows).await?;
    let is_error_response =
        |row: &&DeviceJob| row.status == DeviceJobStatus::Completed && Outcome::of(row) == Outcome::Failed;
    tally.error_responses += rows.iter().filter(is_error_response).count() as u64;
    if write.has_calls {
        tally.note_sent(Some(write.now));
    }
    match write.outcomes {
        Some(outcomes) => tally.outcomes = outcomes,
        // It has ended before it had devices: those of its list were never called.
        None if write.has_ended => {
            sqlx::query(
                "UPDATE device_results SET status = 'canceled', outcome = 'cancelled', end_time = $2, \
                 last_updated = $2 WHERE job_id = $1",
            )
            .bind(job_id)
            .bind(write.now.ticks())
            .execute(&mut **transaction)
            .await
            .map_err(sql(ATTEMPT))?;
            let devices = tally.outcomes.total();
            tally.outcomes = Outcomes { cancelled: devices, ..Outcomes::default() };
        }
        None => {}
    }
    Ok(())
}
