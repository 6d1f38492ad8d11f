//! Writing what the hub says of a job: its state, changed device results and counters, in one transaction.
//!
//! Counters are never counted again: each changed row takes one off its old state and adds one to its new one, in the
//! transaction that writes the row. So they agree with the rows at every instant, at a cost that depends on what
//! changed and not on the size of the job. Devices that wait may have no row yet; they are counted all the same, as many
//! as the hub says.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use console_wire::{
    job::{JobSummary, Origin},
    outcome::{Outcome, Outcomes},
};
use hub_wire::{
    Timestamp,
    device_job::{DeviceJob, DeviceJobStatus},
    job::{DeviceJobStatistics, Job, JobStatus},
};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, Transaction};

use super::{
    Result, Store, causes,
    columns::{self, Tally},
    sql,
};

/// Rows written by one statement. A full one is always the same text, so SQLite prepares it once.
const ROWS_PER_STATEMENT: usize = 500;

/// What was read from the hub at about the same time, the job first.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// The job here.
    pub(crate) job_id: &'a str,
    /// Which part of it the hub's job is; none when it is all of it.
    pub(crate) part: Option<i64>,
    /// The job on the hub.
    pub(crate) job: &'a Job,
    pub(crate) rows: &'a [DeviceJob],
    /// All that changed before this has been read.
    pub(crate) read_up_to: Option<Timestamp>,
    pub(crate) ending: Ending<'a>,
    pub(crate) as_of: Timestamp,
}

/// When a job that has ended on the hub ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending<'a> {
    /// Not with this reading: more rows follow.
    NotYet,
    /// Once the rows agree with the hub's counts.
    WhenAgreed,
    /// Now, with a remark: they do not agree and will not.
    Regardless(&'a str),
}

/// What writing a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Whether anything that is shown changed.
    pub(crate) changed: bool,
    /// Whether nothing is to be watched any more.
    pub(crate) settled: bool,
    /// As shown before.
    pub(crate) status_before: JobStatus,
    /// As shown now.
    pub(crate) status: JobStatus,
    /// As shown now.
    pub(crate) statistics: DeviceJobStatistics,
    /// As shown now.
    pub(crate) outcomes: Outcomes,
}

pub(super) type Key<'a> = (&'a str, &'a str);

impl Store {
    /// Writes a reading. `None` when the job is not mirrored. A settled job stays as it is.
    pub(crate) async fn apply(&self, reading: &Reading<'_>) -> Result<Option<Applied>> {
        match reading.part {
            None => self.apply_whole(reading).await,
            Some(part) => self.apply_part(reading, part).await,
        }
    }

    async fn apply_whole(&self, reading: &Reading<'_>) -> Result<Option<Applied>> {
        let attempt = "record results";
        let mut transaction = self.begin(attempt).await?;
        let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", columns::JOB);
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(reading.job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(sql(attempt))?;
        let Some(row) = row else { return Ok(None) };
        let before = columns::summary(&row)?;
        let mut tally = columns::tally(&row)?;
        if columns::get::<&str>(&row, "phase")? == "settled" {
            return Ok(Some(applied(false, true, &before, &before)));
        }
        let rows_changed = write_rows(&mut transaction, reading, &mut tally).await?;
        tally.count_unlisted(unlisted(&tally, reading));
        let (mut after, settled) = merge(&before, &tally, reading);
        let changed = rows_changed || after != before || settled;
        if changed {
            let sequence = Self::next_sequence(&mut transaction).await?;
            after.sequence = columns::count(sequence);
            after.as_of = reading.as_of;
            write_job(&mut transaction, &after, &tally, settled, reading.read_up_to).await?;
            self.commit(transaction, sequence, attempt).await?;
        }
        Ok(Some(applied(changed, settled, &before, &after)))
    }
}

pub(super) fn applied(changed: bool, settled: bool, before: &JobSummary, after: &JobSummary) -> Applied {
    Applied {
        changed,
        settled,
        status_before: before.status,
        status: after.status,
        statistics: after.device_job_statistics,
        outcomes: after.outcomes,
    }
}

/// What a job is until its hub has begun with it. A hub calls every new job `queued`, and one that waits for its start
/// `scheduled` only some seconds later; here it is among the scheduled ones from the beginning.
pub(super) fn waiting(start: Option<Timestamp>, now: Timestamp) -> JobStatus {
    if start.is_some_and(|start| start > now) { JobStatus::Scheduled } else { JobStatus::Queued }
}

/// Devices of which the hub has spoken only by counting them.
fn unlisted(tally: &Tally, reading: &Reading<'_>) -> u64 {
    match (reading.ending, &reading.job.device_job_statistics) {
        // What the hub never listed will not come any more.
        (Ending::Regardless(_), _) => 0,
        (_, Some(hub)) => hub.device_count.saturating_sub(tally.listed()),
        (_, None) => tally.unlisted,
    }
}

/// The job as it is shown from now on, and whether that is its last word.
fn merge(before: &JobSummary, tally: &Tally, reading: &Reading<'_>) -> (JobSummary, bool) {
    let job = reading.job;
    let statistics = tally.statistics();
    let agrees = job.device_job_statistics.is_none_or(|hub| hub == statistics)
        && statistics.pending_count + statistics.running_count == 0;
    let (settled, remark) = match reading.ending {
        _ if !job.status.is_terminal() => (false, None),
        Ending::NotYet => (false, None),
        Ending::WhenAgreed => (agrees, None),
        Ending::Regardless(remark) => (true, Some(remark)),
    };
    let mut after = before.clone();
    after.status = match job.status {
        // The hub knows the job, or it would not be read here; its word for the status is newer than ours.
        JobStatus::Unknown => before.status,
        JobStatus::Queued => waiting(before.start_time, reading.as_of),
        status if status.is_terminal() && !settled => JobStatus::Running,
        status => status,
    };
    after.created_time = job.created_time.unwrap_or(before.created_time);
    after.start_time = job.start_time.or(before.start_time);
    after.end_time = if settled { job.ended() } else { None };
    after.max_execution_time_in_seconds =
        job.max_execution_time_in_seconds.or(before.max_execution_time_in_seconds);
    if before.origin == Origin::Hub {
        // Our own definition is kept as it was sent: hubs were seen to echo payloads as bytes.
        after.cloud_to_device_method.clone_from(&job.cloud_to_device_method);
        after.update_twin.clone_from(&job.update_twin);
    }
    let reason = job.failure_reason.as_deref().or(job.status_message.as_deref()).or(remark);
    after.failure_reason = reason.filter(|text| !text.is_empty()).map(str::to_owned);
    after.device_job_statistics = statistics;
    after.outcomes = tally.outcomes;
    (after, settled)
}

pub(super) async fn write_job(
    transaction: &mut Transaction<'static, Sqlite>,
    job: &JobSummary,
    tally: &Tally,
    settled: bool,
    read_up_to: Option<Timestamp>,
) -> Result<()> {
    let outcomes = &tally.outcomes;
    sqlx::query(
        "UPDATE jobs SET phase = $2, status = $3, cloud_to_device_method = $4, update_twin = $5, created_time = $6, \
         start_time = $7, end_time = $8, max_execution_time = $9, failure_reason = $10, queued = $11, \
         in_flight = $12, succeeded = $13, failed = $14, timed_out = $15, not_online = $16, interrupted = $17, \
         cancelled = $18, answered_badly = $19, read_up_to = coalesce($20, read_up_to), sequence = $21, \
         as_of = $22, unlisted = $23 WHERE job_id = $1",
    )
    .bind(&job.job_id)
    .bind(if settled { "settled" } else { "open" })
    .bind(job.status.as_str())
    .bind(job.cloud_to_device_method.as_ref().map(columns::json))
    .bind(job.update_twin.as_ref().map(columns::json))
    .bind(job.created_time.ticks())
    .bind(job.start_time.map(Timestamp::ticks))
    .bind(job.end_time.map(Timestamp::ticks))
    .bind(job.max_execution_time_in_seconds.map(i64::from))
    .bind(&job.failure_reason)
    .bind(columns::stored(outcomes.queued))
    .bind(columns::stored(outcomes.in_flight))
    .bind(columns::stored(outcomes.succeeded))
    .bind(columns::stored(outcomes.failed))
    .bind(columns::stored(outcomes.timed_out))
    .bind(columns::stored(outcomes.not_online))
    .bind(columns::stored(outcomes.interrupted))
    .bind(columns::stored(outcomes.cancelled))
    .bind(columns::stored(tally.answered_badly))
    .bind(read_up_to.map(Timestamp::ticks))
    .bind(columns::stored(job.sequence))
    .bind(job.as_of.ticks())
    .bind(columns::stored(tally.unlisted))
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(sql("record a job's state"))
}

fn key(row: &DeviceJob) -> Key<'_> {
    (row.device_id.as_str(), row.module_id.as_ref().map_or("", |id| id.as_str()))
}

/// Writes the rows that differ and moves the tally along. True when any did.
pub(super) async fn write_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Result<bool> {
    // A row that moved while pages were read may come twice; the later one counts. Key order is also the cheapest
    // order to insert in.
    let rows: BTreeMap<Key<'_>, &DeviceJob> = reading.rows.iter().map(|row| (key(row), row)).collect();
    let rows: Vec<&DeviceJob> = rows.into_values().collect();
    let mut changed = false;
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let mirrored = if tally.listed() > 0 && has_between(transaction, reading.job_id, rows).await? {
            mirrored(transaction, reading.job_id, rows).await?
        } else {
            HashMap::new()
        };
        let mut differing = Vec::with_capacity(rows.len());
        for row in rows {
            let (device_id, module_id) = key(row);
            let old = mirrored.get(&(device_id.to_owned(), module_id.to_owned()));
            if old.is_some_and(|old| old.is_not_older_than(row)) {
                continue;
            }
            if let Some(old) = old {
                tally.remove(old.outcome, old.status);
            }
            tally.add(Outcome::of(row), row.status);
            differing.push(*row);
        }
        if !differing.is_empty() {
            upsert(transaction, reading, &differing).await?;
            changed = true;
        }
    }
    Ok(changed)
}

impl Tally {
    fn add(&mut self, outcome: Outcome, status: DeviceJobStatus) {
        self.add_many(outcome, status, 1);
    }

    pub(super) fn add_many(&mut self, outcome: Outcome, status: DeviceJobStatus, devices: u64) {
        *self.outcomes.get_mut(outcome) += devices;
        self.answered_badly += devices * u64::from(is_answered_badly(outcome, status));
    }

    fn remove(&mut self, outcome: Outcome, status: DeviceJobStatus) {
        *self.outcomes.get_mut(outcome) -= 1;
        self.answered_badly -= u64::from(is_answered_badly(outcome, status));
    }
}

fn is_answered_badly(outcome: Outcome, status: DeviceJobStatus) -> bool {
    outcome == Outcome::Failed && status == DeviceJobStatus::Completed
}

/// What of a mirrored row decides whether it is to be written again.
struct Mirrored {
    status: DeviceJobStatus,
    outcome: Outcome,
    last_updated: Option<Timestamp>,
}

impl Mirrored {
    fn is_not_older_than(&self, row: &DeviceJob) -> bool {
        match (self.last_updated, row.last_updated_date_time_utc) {
            // A clock that was set back cannot make a device that is further along less so.
            (Some(ours), Some(theirs)) if ours > theirs => progress(self.status) >= progress(row.status),
            (Some(ours), Some(theirs)) if ours < theirs => false,
            // Put down here before the hub knew of it.
            (None, Some(_)) => self.status.is_terminal(),
            // The clock may stand still between two states; then what is further along counts.
            _ => self.status == row.status || self.status.is_terminal(),
        }
    }
}

/// How far along a device is.
const fn progress(status: DeviceJobStatus) -> u8 {
    match status {
        DeviceJobStatus::Running => 1,
        status if status.is_terminal() => 2,
        _ => 0,
    }
}

/// Whether any device from the first of these to the last is here. Rows of a job that come for the first time mostly lie
/// behind those that came before, and then there is nothing to compare them with.
async fn has_between(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    rows: &[&DeviceJob],
) -> Result<bool> {
    let device_id = |row: Option<&&DeviceJob>| row.map_or(String::new(), |row| row.device_id.to_string());
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM device_results WHERE job_id = $1 AND device_id BETWEEN $2 AND $3)",
    )
    .bind(job_id)
    .bind(device_id(rows.first()))
    .bind(device_id(rows.last()))
    .fetch_one(&mut **transaction)
    .await
    .map_err(sql("look for results to compare with"))
}

async fn mirrored(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    rows: &[&DeviceJob],
) -> Result<HashMap<(String, String), Mirrored>> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT device_id, module_id, status, outcome, last_updated FROM device_results WHERE job_id = ",
    );
    query.push_bind(job_id).push(" AND device_id IN (");
    let mut ids = query.separated(", ");
    for row in rows {
        ids.push_bind(row.device_id.as_str());
    }
    query.push(")");
    let query = query.build().persistent(rows.len() == ROWS_PER_STATEMENT);
    let rows = query.fetch_all(&mut **transaction).await.map_err(sql("read results to compare with"))?;
    let one = |row| {
        let outcome = Outcome::from_wire(columns::get(row, "outcome")?);
        let mirrored = Mirrored {
            status: columns::word(columns::get(row, "status")?, "status")?,
            outcome: outcome.ok_or(crate::StoreError::Damaged { column: "outcome" })?,
            last_updated: columns::time(row, "last_updated")?,
        };
        Ok(((columns::get(row, "device_id")?, columns::get(row, "module_id")?), mirrored))
    };
    rows.iter().map(one).collect()
}

async fn upsert(
    transaction: &mut Transaction<'static, Sqlite>,
    reading: &Reading<'_>,
    rows: &[&DeviceJob],
) -> Result<()> {
    let causes = causes::of_rows(transaction, rows).await?;
    let is_full = rows.len() == ROWS_PER_STATEMENT;
    let text = if is_full { FULL_UPSERT.clone() } else { upsert_text(rows.len()) };
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(is_full);
    for (row, cause) in rows.iter().zip(causes) {
        let response = row.outcome.as_ref().and_then(|outcome| outcome.device_method_response.as_ref());
        let (device_id, module_id) = key(row);
        query = query
            .bind(reading.job_id)
            .bind(device_id)
            .bind(module_id)
            .bind(row.status.as_str())
            .bind(Outcome::of(row).as_str())
            .bind(response.map(|response| response.status))
            .bind(response.map(|response| columns::json(&response.payload)))
            .bind(row.error.as_ref().map(|error| error.code.as_str()))
            .bind(row.error.as_ref().map(|error| error.description.as_str()))
            .bind(row.start_time_utc.map(Timestamp::ticks))
            .bind(row.end_time_utc.map(Timestamp::ticks))
            .bind(row.last_updated_date_time_utc.map(Timestamp::ticks))
            .bind(cause)
            .bind(reading.part);
    }
    query.execute(&mut **transaction).await.map(drop).map_err(sql("record results"))
}

/// The text for a full statement.
static FULL_UPSERT: LazyLock<String> = LazyLock::new(|| upsert_text(ROWS_PER_STATEMENT));

/// The text of a statement that writes so many rows.
fn upsert_text(rows: usize) -> String {
    let row = format!("({})", ["?"; 14].join(", "));
    format!(
        "INSERT INTO device_results (job_id, device_id, module_id, status, outcome, response_status, \
         response_payload, error_code, error_description, start_time, end_time, last_updated, cause, part) \
         VALUES {} ON CONFLICT (job_id, device_id, module_id) DO UPDATE SET status = excluded.status, \
         outcome = excluded.outcome, response_status = excluded.response_status, \
         response_payload = excluded.response_payload, error_code = excluded.error_code, \
         error_description = excluded.error_description, start_time = excluded.start_time, \
         end_time = excluded.end_time, last_updated = excluded.last_updated, cause = excluded.cause",
        vec![row.as_str(); rows].join(", ")
    )
}
