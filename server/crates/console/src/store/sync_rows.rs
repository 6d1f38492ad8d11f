//! Writing changed device results, and the counters with them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use console_wire::outcome::Outcome;
use hub_wire::{
    Timestamp,
    device_job::{DeviceJob, DeviceJobStatus},
};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, Transaction};

use super::{Result, causes, columns, reading::Reading, sql, tally::Tally};

/// Rows written by one statement. A full one is always the same text, so SQLite prepares it once.
const ROWS_PER_STATEMENT: usize = 500;

type Key<'a> = (&'a str, &'a str);

fn key(row: &DeviceJob) -> Key<'_> {
    (row.device_id.as_str(), row.module_id.as_ref().map_or("", |id| id.as_str()))
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Whether any row differed.
    pub(super) any: bool,
    /// The earliest of their changes since the job is watched. Without waiting devices, whose rows are read when there is
    /// time.
    pub(super) oldest: Option<Timestamp>,
}

impl Written {
    fn note(&mut self, row: &DeviceJob, watched_since: Timestamp) {
        self.any = true;
        let changed = row.last_updated_date_time_utc.filter(|at| *at > watched_since);
        if let Some(changed) = changed.filter(|_| progress(row.status) > 0) {
            self.oldest = Some(self.oldest.map_or(changed, |oldest| oldest.min(changed)));
        }
    }
}

/// Writes the rows that differ and updates the counters.
pub(super) async fn write_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Result<Written> {
    // A row that moved while pages were read may come twice; the later one counts. Key order is also the cheapest
    // order to insert in.
    let rows: BTreeMap<Key<'_>, &DeviceJob> = reading.rows.iter().map(|row| (key(row), row)).collect();
    let rows: Vec<&DeviceJob> = rows.into_values().collect();
    let mut written = Written::default();
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let mirrored = if tally.fetched() > 0 && has_between(transaction, reading.job_id, rows).await? {
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
            tally.note_sent(row.start_time_utc);
            written.note(row, reading.watched_since);
            differing.push(*row);
        }
        if !differing.is_empty() {
            upsert(transaction, reading.job_id, reading.part, &differing).await?;
        }
    }
    Ok(written)
}

/// The columns of a mirrored row that decide whether it is written again.
struct Mirrored {
    status: DeviceJobStatus,
    outcome: Outcome,
    last_updated: Option<Timestamp>,
}

impl Mirrored {
    fn is_not_older_than(&self, row: &DeviceJob) -> bool {
        match (self.last_updated, row.last_updated_date_time_utc) {
            // A clock that was set back cannot undo a device's progress.
            (Some(ours), Some(theirs)) if ours > theirs => progress(self.status) >= progress(row.status),
            (Some(ours), Some(theirs)) if ours < theirs => false,
            // Inserted here before the hub knew the job.
            (None, Some(_)) => self.status.is_terminal(),
            // Two states may have the same time; then the one that is further along counts.
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
    .map_err(sql("check for results to compare with"))
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
        let mirrored = Mirrored {
            status: columns::wire(columns::get(row, "status")?, "status")?,
            outcome: columns::outcome(columns::get(row, "outcome")?)?,
            last_updated: columns::get::<Option<i64>>(row, "last_updated")?.map(Timestamp::from_ticks),
        };
        Ok(((columns::get(row, "device_id")?, columns::get(row, "module_id")?), mirrored))
    };
    rows.iter().map(one).collect()
}

/// Writes rows that no hub reports as a job's: those of a rollout whose devices the console calls. Each device is in them once.
pub(super) async fn upsert_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    rows: &[DeviceJob],
) -> Result<()> {
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<&DeviceJob> = rows.iter().collect();
        upsert(transaction, job_id, None, &rows).await?;
    }
    Ok(())
}

async fn upsert(
    transaction: &mut Transaction<'static, Sqlite>,
    job_id: &str,
    part: Option<i64>,
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
            .bind(job_id)
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
            .bind(part);
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
