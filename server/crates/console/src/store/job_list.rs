//! The list of jobs: filtered, in one of its orders, page by page from a place.

use console_wire::job::{JobCounts, JobFilter, JobSort, JobSummary, JobTab};
use hub_wire::{Timestamp, job::JobStatus, time::TICKS_PER_SECOND};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Sqlite};

use super::{
    Result, Store, columns,
    job_row::{self, summaries},
    search::searching,
    sql,
    tab_counts::counts_of,
};

/// A place in a list: after this job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobsAfter {
    /// Which of the groups it is in; 0 in lists without groups.
    pub(crate) group: usize,
    /// What the list is sorted by.
    pub(crate) key: Key,
    /// Jobs with the same key go by id.
    pub(crate) job_id: String,
    /// The instant to which the first page counted the time of running jobs, in ticks: all pages agree.
    pub(crate) now: i64,
}

/// What a list is sorted by: a time or a duration, or a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    /// Ticks.
    Number(i64),
    /// A name.
    Text(String),
}

/// A run of jobs under one key. Lists without groups are one run.
struct Run {
    condition: &'static str,
    /// What the key is, in SQL; none where the id alone decides.
    key: Option<&'static str>,
    is_descending: bool,
}

const OPEN: &str = "status NOT IN ('scheduled', 'completed', 'failed', 'cancelled')";
const ENDED: &str = "status IN ('completed', 'failed', 'cancelled')";
const START: &str = "COALESCE(start_time, created_time)";
const NAME: &str = "name COLLATE NOCASE";
/// Ticks that a job has run; `$now` is replaced by the cursor's time.
const DURATION: &str =
    "CASE WHEN start_time IS NULL THEN 0 ELSE MAX(COALESCE(end_time, $now) - start_time, 0) END";

fn runs(sort: JobSort) -> Vec<Run> {
    let run = |condition, key, is_descending| Run { condition, key, is_descending };
    match sort {
        JobSort::Groups => vec![
            run(OPEN, Some(START), false),
            run("status = 'scheduled'", Some(START), false),
            run(ENDED, Some("created_time"), true),
        ],
        JobSort::Newest => vec![run("TRUE", Some("created_time"), true)],
        JobSort::Name => vec![run("TRUE", Some(NAME), false)],
        JobSort::NameBackwards => vec![run("TRUE", Some(NAME), true)],
        JobSort::Id => vec![run("TRUE", None, false)],
        JobSort::IdBackwards => vec![run("TRUE", None, true)],
        JobSort::Earliest => vec![run("TRUE", Some(START), false)],
        JobSort::Latest => vec![run("TRUE", Some(START), true)],
        JobSort::Shortest => vec![run("TRUE", Some(DURATION), false)],
        JobSort::Longest => vec![run("TRUE", Some(DURATION), true)],
    }
}

impl JobsAfter {
    /// The place of a job in a list.
    pub(crate) fn of(job: &JobSummary, sort: JobSort, now: i64) -> Self {
        let start = job.start_time.unwrap_or(job.created_time).ticks();
        let group = match sort {
            JobSort::Groups if JobTab::Running.holds(job.status) => 0,
            JobSort::Groups if JobTab::Scheduled.holds(job.status) => 1,
            JobSort::Groups => 2,
            _ => 0,
        };
        let key = match sort {
            JobSort::Groups if group < 2 => Key::Number(start),
            JobSort::Groups | JobSort::Newest => Key::Number(job.created_time.ticks()),
            JobSort::Name | JobSort::NameBackwards => Key::Text(job.name.clone()),
            JobSort::Id | JobSort::IdBackwards => Key::Number(0),
            JobSort::Earliest | JobSort::Latest => Key::Number(start),
            JobSort::Shortest | JobSort::Longest => Key::Number(
                job.start_time
                    .map_or(0, |start| (job.end_time.map_or(now, Timestamp::ticks) - start.ticks()).max(0)),
            ),
        };
        Self { group, key, job_id: job.job_id.clone(), now }
    }
}

impl Store {
    /// Jobs in the requested order; at most `limit`. `now` is the instant to which running jobs are counted, in ticks.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        after: Option<&JobsAfter>,
        now: i64,
        limit: u32,
    ) -> Result<Vec<JobSummary>> {
        let attempt = "list jobs";
        let mut search = if is_search(filter) { Some(self.searches.begin(attempt).await?) } else { None };
        let mut jobs = Vec::new();
        let first = after.map_or(0, |after| after.group);
        for (group, run) in runs(filter.sort).into_iter().enumerate().skip(first) {
            let wanted = limit as usize - jobs.len();
            if wanted == 0 {
                break;
            }
            let after = after.filter(|after| after.group == group);
            let mut query = QueryBuilder::<Sqlite>::new(job_row::SELECT);
            push_list(&mut query, filter, &run, after, now, wanted);
            let query = query.build_query_as();
            let rows = match &mut search {
                Some(search) => query.fetch_all(search.connection()).await,
                None => query.fetch_all(&self.readers).await,
            };
            jobs.extend(summaries(rows.map_err(searching(attempt))?)?);
        }
        Ok(jobs)
    }

    /// How many jobs of each tab a filter selects, on all pages together.
    pub(crate) async fn filtered_counts(&self, filter: &JobFilter, now: i64) -> Result<JobCounts> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT status, COUNT(*) FROM jobs");
        push_filter(&mut query, filter, now);
        query.push(" GROUP BY status");
        let attempt = "count the jobs of a list";
        let query = query.build_query_as();
        let rows = if is_search(filter) {
            let mut search = self.searches.begin(attempt).await?;
            query.fetch_all(search.connection()).await.map_err(searching(attempt))?
        } else {
            query.fetch_all(&self.readers).await.map_err(sql(attempt))?
        };
        Ok(counts_of(rows))
    }
}

/// At most `wanted` jobs of a run that a filter selects, from a place on.
fn push_list(
    query: &mut QueryBuilder<Sqlite>,
    filter: &JobFilter,
    run: &Run,
    after: Option<&JobsAfter>,
    now: i64,
    wanted: usize,
) {
    push_filter(query, filter, now);
    query.push(" AND ").push(run.condition);
    push_after(query, run, after, now);
    let direction = if run.is_descending { " DESC" } else { "" };
    query.push(" ORDER BY ");
    if let Some(key) = run.key {
        push_key(query, key, now);
        query.push(direction).push(", ");
    }
    query.push("job_id").push(direction).push(" LIMIT ").push_bind(i64::try_from(wanted).unwrap_or(i64::MAX));
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &JobFilter, now: i64) {
    query.push(" WHERE phase <> 'intent'");
    match filter.tab {
        JobTab::All => {}
        JobTab::Scheduled => {
            query.push(" AND status = ").push_bind(JobStatus::Scheduled.as_str());
        }
        JobTab::Finished => {
            query.push(" AND ").push(ENDED);
        }
        JobTab::Running => {
            query.push(" AND ").push(OPEN);
        }
    }
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(job_type) = filter.job_type {
        query.push(" AND job_type = ").push_bind(job_type.as_str());
    }
    for word in filter.q.as_deref().unwrap_or_default().split_whitespace() {
        // Job ids are ASCII, which SQLite can convert to lower case.
        push_contains(query, &["name_search", "lower(job_id)", "action_search", "condition_search"], word);
    }
    if let Some(action) = &filter.action {
        push_contains(query, &["action_search"], action);
    }
    if let Some(target) = &filter.target {
        push_contains(query, &["condition_search"], target);
    }
    if let Some(group) = &filter.group {
        query.push(" AND group_id = ").push_bind(group.clone());
    }
    if let Some(device) = &filter.device {
        // One look-up by the key of each job that the other conditions leave, so this needs no index of its own.
        query
            .push(" AND EXISTS (SELECT 1 FROM device_results WHERE device_results.job_id = jobs.job_id AND device_id = ")
            .push_bind(device.as_str().to_owned())
            .push(")");
    }
    if let Some(since) = filter.since {
        query.push(" AND MAX(created_time, ").push(START).push(") >= ").push_bind(since.ticks());
    }
    if let Some(until) = filter.until {
        query.push(" AND MAX(created_time, ").push(START).push(") < ").push_bind(until.ticks());
    }
    if let Some(seconds) = filter.longer_secs {
        query.push(" AND ");
        push_key(query, DURATION, now);
        query.push(" >= ").push_bind(columns::stored(seconds).saturating_mul(TICKS_PER_SECOND));
    }
    if let Some(has_problems) = filter.problems {
        query.push(" AND (failed + timed_out + not_online + interrupted > 0 OR status = 'failed') = ");
        query.push_bind(has_problems);
    }
}

/// Whether a filter has a condition that no index answers: more than tab, status and type.
fn is_search(filter: &JobFilter) -> bool {
    let indexed = JobFilter {
        tab: filter.tab,
        status: filter.status,
        job_type: filter.job_type,
        sort: filter.sort,
        cursor: filter.cursor.clone(),
        limit: filter.limit,
        ..JobFilter::default()
    };
    *filter != indexed
}

/// A condition that one of the columns contains a text, ignoring case. The columns are in lower case already.
fn push_contains(query: &mut QueryBuilder<Sqlite>, columns: &[&'static str], part: &str) {
    let part = part.to_lowercase();
    for (place, column) in columns.iter().enumerate() {
        query.push(if place == 0 { " AND (" } else { " OR " });
        // Not LIKE or GLOB: their work is the product of both lengths, in steps that nothing interrupts.
        query.push(format_args!("instr({column}, ")).push_bind(part.clone()).push(") > 0");
    }
    query.push(")");
}

fn push_after(query: &mut QueryBuilder<Sqlite>, run: &Run, after: Option<&JobsAfter>, now: i64) {
    let Some(after) = after else { return };
    let than = if run.is_descending { " < " } else { " > " };
    match run.key {
        Some(key) => {
            query.push(" AND (");
            push_key(query, key, now);
            query.push(", job_id)").push(than).push("(");
            match &after.key {
                Key::Number(number) => query.push_bind(*number),
                Key::Text(text) => query.push_bind(text.clone()),
            };
            query.push(", ").push_bind(after.job_id.clone()).push(")");
        }
        None => {
            query.push(" AND job_id").push(than).push_bind(after.job_id.clone());
        }
    }
}

/// Writes a key with its instant filled in: a number, so no text of a user.
fn push_key(query: &mut QueryBuilder<Sqlite>, key: &'static str, now: i64) {
    query.push(key.replace("$now", &now.to_string()));
}

#[cfg(test)]
mod tests {
    use hub_wire::DeviceId;

    use super::*;

    /// A store with jobs of these ids, names and statuses; the first has a failed device, and all addressed `door-1`
    /// but the last.
    async fn store_with(jobs: &[(&str, &str, &str)]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        for (place, (job_id, name, status)) in jobs.iter().enumerate() {
            sqlx::query(
                "INSERT INTO jobs (job_id, phase, origin, job_type, status, query_condition, action, action_search, \
                 condition_search, created_time, as_of, name, name_search, failed) VALUES ($1, 'settled', 'api', \
                 'scheduleDeviceMethod', $3, '*', 'lockDoor', 'lockdoor', '*', $4, 0, $2, lower($2), $5)",
            )
            .bind(job_id)
            .bind(name)
            .bind(status)
            .bind(i64::try_from(place).unwrap())
            .bind(i64::from(place == 0))
            .execute(&store.writer)
            .await
            .unwrap();
            if place + 1 < jobs.len() {
                sqlx::query(
                    "INSERT INTO device_results (job_id, device_id, status, outcome) \
                     VALUES ($1, 'door-1', 'completed', 'succeeded')",
                )
                .bind(job_id)
                .execute(&store.writer)
                .await
                .unwrap();
            }
        }
        (folder, store)
    }

    fn ids(jobs: &[JobSummary]) -> Vec<&str> {
        jobs.iter().map(|job| job.job_id.as_str()).collect()
    }

    const JOBS: [(&str, &str, &str); 5] = [
        ("a", "Night clean", "completed"),
        ("b", "evening lock-up", "failed"),
        ("c", "Evening lock-up", "completed"),
        ("d", "Setpoint trial", "running"),
        ("e", "Night clean", "scheduled"),
    ];

    #[tokio::test]
    async fn filters() {
        let (_folder, store) = store_with(&JOBS).await;
        let base = JobFilter { sort: JobSort::Id, ..JobFilter::default() };
        let device = |id: &str| Some(DeviceId::new(id).unwrap());
        let at = |place| Some(Timestamp::from_ticks(place));
        for (filter, expected) in [
            (JobFilter { q: Some("NIGHT".into()), ..base.clone() }, &["a", "e"][..]),
            (JobFilter { q: Some("lock-up lockDoor".into()), ..base.clone() }, &["b", "c"]),
            (JobFilter { device: device("door-1"), ..base.clone() }, &["a", "b", "c", "d"]),
            (JobFilter { device: device("door-1"), tab: JobTab::Running, ..base.clone() }, &["d"]),
            (JobFilter { device: device("door-2"), ..base.clone() }, &[]),
            (JobFilter { problems: Some(true), ..base.clone() }, &["a", "b"]),
            (JobFilter { problems: Some(false), ..base.clone() }, &["c", "d", "e"]),
            (JobFilter { since: at(1), until: at(3), ..base.clone() }, &["b", "c"]),
        ] {
            assert_eq!(ids(&store.jobs(&filter, None, 0, 50).await.unwrap()), expected, "{filter:?}");
            let counts = store.filtered_counts(&filter, 0).await.unwrap();
            assert_eq!(counts.get(JobTab::All), expected.len() as u64, "{filter:?}");
        }
        let nights = JobFilter { q: Some("night".into()), ..base };
        assert_eq!(
            store.filtered_counts(&nights, 0).await.unwrap(),
            JobCounts { running: 0, scheduled: 1, finished: 1 }
        );
    }

    #[tokio::test]
    async fn pages_by_name_hold_each_job_once() {
        let (_folder, store) = store_with(&JOBS).await;
        for (sort, expected) in
            [(JobSort::Name, ["b", "c", "a", "e", "d"]), (JobSort::NameBackwards, ["d", "e", "a", "c", "b"])]
        {
            let filter = JobFilter { sort, ..JobFilter::default() };
            let mut after = None;
            let mut seen = Vec::new();
            while let Some(job) = store.jobs(&filter, after.as_ref(), 0, 1).await.unwrap().pop() {
                after = Some(JobsAfter::of(&job, sort, 0));
                seen.push(job.job_id);
            }
            assert_eq!(seen, expected);
        }
    }

    #[tokio::test]
    async fn each_group_has_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let indexes = ["jobs_running", "jobs_scheduled", "jobs_newest"];
        for (run, index) in runs(JobSort::Groups).iter().zip(indexes) {
            let mut query = QueryBuilder::<Sqlite>::new("EXPLAIN QUERY PLAN ");
            query.push(job_row::SELECT);
            push_list(&mut query, &JobFilter::default(), run, None, 0, 50);
            let plan: Vec<(i64, i64, i64, String)> =
                query.build_query_as().fetch_all(&store.readers).await.unwrap();
            let steps: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            assert!(steps[0].ends_with(&format!("USING INDEX {index}")), "{steps:?}");
            // Parts and parent are looked up by their keys.
            let is_lookup =
                |step: &String| step.starts_with("CORRELATED SCALAR") || step.starts_with("SEARCH ");
            assert!(steps[1..].iter().all(is_lookup), "neither another scan nor a sort: {steps:?}");
        }
    }
}
