//! The list of jobs: filtered, in one of its orders, page by page from a place.

use console_wire::job::{JobFilter, JobSort, JobSummary, JobTab};
use hub_wire::{Timestamp, job::JobStatus, time::TICKS_PER_SECOND};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Sqlite};

use super::{Result, Store, columns, sql};

/// A place in a list: after this job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobsAfter {
    /// Which of the groups it is in; 0 in lists without groups.
    pub(crate) group: usize,
    /// What the list is sorted by, as a number.
    pub(crate) key: i64,
    /// Jobs with the same key go by id.
    pub(crate) job_id: String,
    /// The instant to which the first page counted the time of running jobs, in ticks: all pages agree.
    pub(crate) now: i64,
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
/// Ticks that a job has run; `$now` stands for the place's instant.
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
            JobSort::Groups if group < 2 => start,
            JobSort::Groups | JobSort::Newest => job.created_time.ticks(),
            JobSort::Id | JobSort::IdBackwards => 0,
            JobSort::Earliest | JobSort::Latest => start,
            JobSort::Shortest | JobSort::Longest => job
                .start_time
                .map_or(0, |start| (job.end_time.map_or(now, Timestamp::ticks) - start.ticks()).max(0)),
        };
        Self { group, key, job_id: job.job_id.clone(), now }
    }
}

impl Store {
    /// Jobs in the order asked for; at most `limit`. `now` is the instant to which running jobs are counted, in ticks.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        after: Option<&JobsAfter>,
        now: i64,
        limit: u32,
    ) -> Result<Vec<JobSummary>> {
        let mut found = Vec::new();
        let first = after.map_or(0, |after| after.group);
        for (group, run) in runs(filter.sort).into_iter().enumerate().skip(first) {
            let wanted = limit as usize - found.len();
            if wanted == 0 {
                break;
            }
            let after = after.filter(|after| after.group == group);
            let mut query = QueryBuilder::<Sqlite>::new(columns::JOB);
            push_list(&mut query, filter, &run, after, now, wanted);
            let rows = query.build().fetch_all(&self.readers).await.map_err(sql("list jobs"))?;
            for row in &rows {
                found.push(columns::summary(row)?);
            }
        }
        Ok(found)
    }

    /// How many jobs a filter lets through, on all pages together.
    pub(crate) async fn jobs_count(&self, filter: &JobFilter, now: i64) -> Result<u64> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT COUNT(*) FROM jobs");
        push_filter(&mut query, filter, now);
        let count: i64 = query
            .build_query_scalar()
            .fetch_one(&self.readers)
            .await
            .map_err(sql("count the jobs of a list"))?;
        Ok(columns::count(count))
    }
}

/// At most `wanted` jobs of a run that a filter lets through, from a place on.
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
        push_contains(query, "job_id || ' ' || action || ' ' || query_condition", word);
    }
    if let Some(action) = &filter.action {
        push_contains(query, "action", action);
    }
    if let Some(target) = &filter.target {
        push_contains(query, "query_condition", target);
    }
    if let Some(since) = filter.since {
        query.push(" AND MAX(created_time, ").push(START).push(") >= ").push_bind(since.ticks());
    }
    if let Some(seconds) = filter.longer_secs {
        query.push(" AND ");
        push_key(query, DURATION, now);
        query.push(" >= ").push_bind(columns::stored(seconds).saturating_mul(TICKS_PER_SECOND));
    }
    if let Some(has_problems) = filter.problems {
        query.push(" AND failed + timed_out + not_online + interrupted ");
        query.push(if has_problems { "> 0" } else { "= 0" });
    }
}

fn push_contains(query: &mut QueryBuilder<Sqlite>, column: &str, part: &str) {
    query.push(format_args!(" AND {column} GLOB ")).push_bind(in_any_case(part));
}

/// A GLOB pattern for a part of a text, in large or small letters and without wildcards of its own. `SQLite` itself knows
/// the sizes of ASCII letters only.
fn in_any_case(part: &str) -> String {
    fn one(mut chars: impl Iterator<Item = char>) -> Option<char> {
        chars.next().filter(|_| chars.next().is_none())
    }
    let mut pattern = String::from("*");
    for c in part.chars() {
        let others = [one(c.to_lowercase()), one(c.to_uppercase())];
        let others: String = others.into_iter().flatten().filter(|other| *other != c).collect();
        if others.is_empty() && !matches!(c, '*' | '?' | '[') {
            pattern.push(c);
        } else {
            pattern.extend(['[', c]);
            pattern.push_str(&others);
            pattern.push(']');
        }
    }
    pattern.push('*');
    pattern
}

fn push_after(query: &mut QueryBuilder<Sqlite>, run: &Run, after: Option<&JobsAfter>, now: i64) {
    let Some(after) = after else { return };
    let than = if run.is_descending { " < " } else { " > " };
    match run.key {
        Some(key) => {
            query.push(" AND (");
            push_key(query, key, now);
            query.push(", job_id)").push(than).push("(").push_bind(after.key);
            query.push(", ").push_bind(after.job_id.clone()).push(")");
        }
        None => {
            query.push(" AND job_id").push(than).push_bind(after.job_id.clone());
        }
    }
}

/// Writes a key with its instant filled in: a number, so nothing that anybody wrote.
fn push_key(query: &mut QueryBuilder<Sqlite>, key: &'static str, now: i64) {
    query.push(key.replace("$now", &now.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_wildcards_literally() {
        for (part, pattern) in
            [("", "**"), ("a-1", "*[aA]-1*"), ("Ю", "*[Юю]*"), ("ß", "*ß*"), ("50%?*[]^", "*50%[?][*][[]]^*")]
        {
            assert_eq!(in_any_case(part), pattern);
        }
    }

    #[tokio::test]
    async fn the_groups_are_found_by_their_indexes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), "hub.example").await.unwrap();
        let indexes = ["jobs_running", "jobs_scheduled", "jobs_newest"];
        for (run, index) in runs(JobSort::Groups).iter().zip(indexes) {
            let mut query = QueryBuilder::<Sqlite>::new("EXPLAIN QUERY PLAN ");
            query.push(columns::JOB);
            push_list(&mut query, &JobFilter::default(), run, None, 0, 50);
            let plan: Vec<(i64, i64, i64, String)> =
                query.build_query_as().fetch_all(&store.readers).await.unwrap();
            let steps: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
            assert_eq!(steps.len(), 1, "neither another table nor a sort: {steps:?}");
            assert!(steps[0].ends_with(&format!("USING INDEX {index}")), "{steps:?}");
        }
    }
}
