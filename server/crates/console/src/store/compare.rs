//! Two runs side by side: how many devices went from which state to which, and a page of them.

use console_wire::{
    job::JobSummary,
    run_compare::{ComparedDevice, Place, Transition},
};
use hub_wire::DeviceId;
use sqlx::{AssertSqlSafe, Connection, QueryBuilder, Sqlite, SqliteConnection};

use super::{
    Result, Store,
    causes::rank,
    columns,
    job_row::{self, JobRow},
    search::searching,
    sql,
    typical_duration::SAME_RUNS,
};
use crate::StoreError;

const ATTEMPT: &str = "compare two runs";

/// Two runs, read at one instant.
#[derive(Debug, Clone)]
pub(crate) struct ComparedRuns {
    pub(crate) before: JobSummary,
    pub(crate) after: JobSummary,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) devices: Vec<ComparedDevice>,
}

/// Which devices of two runs, and from where on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComparedPage<'a> {
    pub(crate) from: Option<Place>,
    pub(crate) to: Option<Place>,
    /// Device and module after which the page begins.
    pub(crate) after: Option<&'a (String, String)>,
    pub(crate) limit: u32,
}

impl Store {
    /// The runs that did the same as a job before it, newest first; for a job on a list none.
    pub(crate) async fn runs_before(&self, job_id: &str) -> Result<Vec<JobSummary>> {
        let text = format!(
            "{} WHERE job_id IN (SELECT run.job_id FROM jobs AS job JOIN jobs AS run \
             WHERE job.job_id = $1 AND job.target_devices IS NULL AND {SAME_RUNS}) AND phase <> 'intent' \
             ORDER BY start_time DESC",
            job_row::SELECT
        );
        let rows: Vec<JobRow> = sqlx::query_as(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list the runs before a job"))?;
        rows.into_iter().map(JobRow::summary).collect()
    }

    /// Whether there is such a run.
    pub(crate) async fn has_run_before(&self, job_id: &str) -> Result<bool> {
        let text = format!(
            "SELECT EXISTS (SELECT 1 FROM (SELECT run.job_id FROM jobs AS job JOIN jobs AS run \
             WHERE job.job_id = $1 AND job.target_devices IS NULL AND {SAME_RUNS}))"
        );
        sqlx::query_scalar(AssertSqlSafe(text))
            .bind(job_id)
            .fetch_one(&self.readers)
            .await
            .map_err(sql("look for a run before a job"))
    }

    /// Two runs; `None` when one of them is not known.
    pub(crate) async fn compare(
        &self,
        before: &str,
        after: &str,
        page: ComparedPage<'_>,
    ) -> Result<Option<ComparedRuns>> {
        let mut search = self.searches.begin(ATTEMPT).await?;
        let mut transaction = search.connection().begin().await.map_err(searching(ATTEMPT))?;
        let (Some(earlier), Some(later)) =
            (read_job(&mut transaction, before).await?, read_job(&mut transaction, after).await?)
        else {
            return Ok(None);
        };
        let transitions = read_transitions(&mut transaction, before, after).await?;
        let devices = read_devices(&mut transaction, before, after, page).await?;
        Ok(Some(ComparedRuns { before: earlier, after: later, transitions, devices }))
    }
}

async fn read_job(connection: &mut SqliteConnection, job_id: &str) -> Result<Option<JobSummary>> {
    let text = format!("{} WHERE job_id = $1 AND phase <> 'intent'", job_row::SELECT);
    let row: Option<JobRow> = sqlx::query_as(AssertSqlSafe(text))
        .bind(job_id)
        .fetch_optional(connection)
        .await
        .map_err(searching(ATTEMPT))?;
    row.map(JobRow::summary).transpose()
}

async fn read_transitions(
    connection: &mut SqliteConnection,
    before: &str,
    after: &str,
) -> Result<Vec<Transition>> {
    let rows: Vec<(Option<String>, Option<String>, i64)> = sqlx::query_as(
        "SELECT earlier.outcome, later.outcome, count(*) FROM device_results AS earlier \
         LEFT JOIN device_results AS later ON later.job_id = $2 AND later.device_id = earlier.device_id \
         AND later.module_id = earlier.module_id WHERE earlier.job_id = $1 GROUP BY 1, 2 \
         UNION ALL SELECT NULL, later.outcome, count(*) FROM device_results AS later WHERE later.job_id = $2 \
         AND NOT EXISTS (SELECT 1 FROM device_results AS earlier WHERE earlier.job_id = $1 \
         AND earlier.device_id = later.device_id AND earlier.module_id = later.module_id) GROUP BY 2",
    )
    .bind(before)
    .bind(after)
    .fetch_all(connection)
    .await
    .map_err(searching(ATTEMPT))?;
    let one = |(from, to, devices): (Option<String>, Option<String>, i64)| {
        Ok(Transition {
            from: place(from.as_deref())?,
            to: place(to.as_deref())?,
            devices: columns::count(devices),
        })
    };
    let mut transitions: Vec<Transition> = rows.into_iter().map(one).collect::<Result<_>>()?;
    transitions.sort_unstable_by_key(|one| (one.from, one.to));
    Ok(transitions)
}

/// The page walks the run that decides which devices there are, and looks up each of them in the other one.
async fn read_devices(
    connection: &mut SqliteConnection,
    before: &str,
    after: &str,
    page: ComparedPage<'_>,
) -> Result<Vec<ComparedDevice>> {
    let ComparedPage { from, to, .. } = page;
    let walks_later =
        from == Some(Place::Absent) || (from.is_none() && to.is_some_and(|to| to != Place::Absent));
    let (walked, other, own, others) =
        if walks_later { (after, before, to, from) } else { (before, after, from, to) };
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT walked.device_id, walked.module_id, walked.outcome, other.outcome FROM device_results AS walked \
         LEFT JOIN device_results AS other ON other.device_id = walked.device_id \
         AND other.module_id = walked.module_id AND other.job_id = ",
    );
    query.push_bind(other).push(" WHERE walked.job_id = ").push_bind(walked);
    if let Some(outcome) = own.and_then(Place::outcome) {
        query.push(" AND walked.rank = ").push_bind(rank(outcome));
    }
    match others {
        Some(Place::Absent) => {
            query.push(" AND other.outcome IS NULL");
        }
        Some(place) => {
            query.push(" AND other.outcome = ").push_bind(place.as_str());
        }
        None if own.is_none() => {
            query.push(" AND other.outcome <> walked.outcome");
        }
        None => {}
    }
    if let Some((device_id, module_id)) = page.after {
        query.push(" AND (walked.device_id, walked.module_id) > (").push_bind(device_id);
        query.push(", ").push_bind(module_id).push(")");
    }
    query.push(" ORDER BY walked.device_id, walked.module_id LIMIT ").push_bind(i64::from(page.limit));
    let rows: Vec<(String, String, String, Option<String>)> =
        query.build_query_as().fetch_all(connection).await.map_err(searching(ATTEMPT))?;
    let one = |(device_id, module_id, walked, other): (String, String, String, Option<String>)| {
        let (walked, other) = (place(Some(&walked))?, place(other.as_deref())?);
        let (from, to) = if walks_later { (other, walked) } else { (walked, other) };
        Ok(ComparedDevice {
            device_id: DeviceId::new(device_id).map_err(|_| StoreError::Damaged { column: "device_id" })?,
            module_id: columns::module_id(&module_id)?,
            from,
            to,
        })
    };
    rows.into_iter().map(one).collect()
}

fn place(outcome: Option<&str>) -> Result<Place> {
    Ok(outcome.map(columns::outcome).transpose()?.into())
}

#[cfg(test)]
mod tests {
    use console_wire::run_compare::Place::{Absent, Failed, Succeeded, TimedOut};

    use super::*;

    /// Two runs: the outcomes of five devices, of which each run lacks one.
    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        for (job, outcomes) in [
            ("then", ["failed", "succeeded", "timedOut", "succeeded", ""]),
            ("now", ["succeeded", "succeeded", "failed", "", "failed"]),
        ] {
            sqlx::query(
                "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, created_time, \
                 as_of) VALUES ($1, 'settled', 'console', 'scheduleDeviceMethod', 'completed', 'a', 'lockDoor', 1, 1)",
            )
            .bind(job)
            .execute(&store.writer)
            .await
            .unwrap();
            for (number, outcome) in outcomes.iter().enumerate().filter(|(_, outcome)| !outcome.is_empty()) {
                sqlx::query(
                    "INSERT INTO device_results (job_id, device_id, status, outcome) VALUES ($1, $2, 'completed', $3)",
                )
                .bind(job)
                .bind(format!("d{number}"))
                .bind(outcome)
                .execute(&store.writer)
                .await
                .unwrap();
            }
        }
        (folder, store)
    }

    #[tokio::test]
    async fn every_device_is_counted_once() {
        let (_folder, store) = store().await;
        let page = ComparedPage { from: None, to: None, after: None, limit: 10 };
        let read = store.compare("then", "now", page).await.unwrap().unwrap();
        let one = |from, to| Transition { from, to, devices: 1 };
        assert_eq!(
            read.transitions,
            [
                one(Succeeded, Succeeded),
                one(Succeeded, Absent),
                one(Failed, Succeeded),
                one(TimedOut, Failed),
                one(Absent, Failed),
            ]
        );
        assert!(store.compare("then", "other", page).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn devices_are_found_by_where_they_were_and_are() {
        let (_folder, store) = store().await;
        for (from, to, after, expected) in [
            (None, None, "", vec!["d0 failed succeeded", "d2 timedOut failed"]),
            (None, None, "d0", vec!["d2 timedOut failed"]),
            (Some(Failed), None, "", vec!["d0 failed succeeded"]),
            (Some(Succeeded), None, "", vec!["d1 succeeded succeeded", "d3 succeeded absent"]),
            (None, Some(Failed), "", vec!["d2 timedOut failed", "d4 absent failed"]),
            (None, Some(Absent), "", vec!["d3 succeeded absent"]),
            (Some(Absent), None, "", vec!["d4 absent failed"]),
            (Some(Absent), Some(Succeeded), "", vec![]),
            (Some(TimedOut), Some(Failed), "", vec!["d2 timedOut failed"]),
            (Some(TimedOut), Some(Absent), "", vec![]),
        ] {
            let place = (after.to_owned(), String::new());
            let after = Some(&place).filter(|_| !after.is_empty());
            let page = ComparedPage { from, to, after, limit: 10 };
            let read = store.compare("then", "now", page).await.unwrap().unwrap();
            let devices: Vec<_> = read
                .devices
                .iter()
                .map(|one| format!("{} {} {}", one.device_id, one.from.as_str(), one.to.as_str()))
                .collect();
            assert_eq!(devices, expected, "{from:?} {to:?}");
        }
    }
}
