//! Many schedules, each due once an hour at an instant of its own: how late their jobs begin. They address no device, so that only
//! the way from the clock to the hub is measured.

use std::time::Duration;

use anyhow::{Context, ensure};
use console_wire::{
    page::Page,
    schedule::{Schedule, ScheduleRun},
};
use hub_wire::Timestamp;
use serde_json::json;

use crate::{
    figure::{Budget, Figure},
    folder::Folder,
    server::Server,
    stories::Scale,
};

/// Schedules at full size.
const SCHEDULES: usize = 10_000;
/// Requests at once while they are created.
const TOGETHER: usize = 8;
/// How long runs are observed at full size, and at the smaller ones.
const OBSERVED: Duration = Duration::from_secs(45);
const OBSERVED_OF_FEW: Duration = Duration::from_secs(20);
/// What the creation of a schedule may take, so that none is due before all are there.
const CREATION: Duration = Duration::from_millis(6);
/// Between the last creation and the first run.
const LEAD: Duration = Duration::from_secs(2);
/// Between two runs of one schedule.
const EVERY_MINUTES: usize = 60;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for schedules in scale.sizes(SCHEDULES) {
        let is_full = scale.is_full(schedules, SCHEDULES);
        let observed = if is_full { OBSERVED } else { OBSERVED_OF_FEW };
        let mut late = lateness(schedules, observed).await?;
        late.sort_by(f64::total_cmp);
        let at = |share: usize| late[(late.len() - 1) * share / 100] * 1e3;
        let figure = |what, value| Figure::new(what, schedules, "schedules", value, "ms");
        figures.push(figure("due to job created, median", at(50)));
        figures.push(figure("due to job created, p99", at(99)).within(Budget::AtMost(250.0), is_full));
    }
    Ok(figures)
}

/// Seconds between the time at which each run was due and its job.
async fn lateness(schedules: usize, observed: Duration) -> anyhow::Result<Vec<f64>> {
    let folder = Folder::new()?;
    let server = Server::start(&folder).await?;
    // At least twenty runs are due while they are observed.
    let distance = (EVERY_MINUTES * 60_000 / schedules).min(usize::try_from(observed.as_millis())? / 20);
    let begin = Timestamp::from(std::time::SystemTime::now());
    // They begin when all of them are there.
    let lead = CREATION * u32::try_from(schedules)? + LEAD;
    let first = begin.plus(lead);
    let mut ids = Vec::with_capacity(schedules);
    let numbers: Vec<usize> = (0..schedules).collect();
    for some in numbers.chunks(TOGETHER) {
        let created = some.iter().map(|number| create(&server, *number, first, distance));
        ids.extend(futures::future::try_join_all(created).await?);
    }
    let now = Timestamp::from(std::time::SystemTime::now());
    ensure!(now < first, "creating the schedules took longer than {lead:?}");
    tokio::time::sleep(first.since(now) + observed).await;
    let mut late = Vec::new();
    let due = usize::try_from(observed.as_millis())? / distance;
    for id in ids.iter().take(due.min(schedules)) {
        let text = server.get(&format!("/api/v1/schedules/{id}/runs")).await?;
        let runs: Page<ScheduleRun> = serde_json::from_str(&text)?;
        for run in runs.items {
            let job = run.job.with_context(|| format!("the run of {id} has no job: {:?}", run.reason))?;
            late.push(job.created_time.since(run.due).as_secs_f64());
        }
    }
    ensure!(late.len() >= due.min(schedules) / 2, "only {} of {due} runs", late.len());
    server.stop().await?;
    Ok(late)
}

async fn create(server: &Server, number: usize, first: Timestamp, distance: usize) -> anyhow::Result<String> {
    let from = first.plus(Duration::from_millis(u64::try_from(number * distance)?));
    let body = json!({
        "name": format!("Schedule {number}"),
        "spec": {"rule": {"type": "interval", "everyMinutes": EVERY_MINUTES, "from": from}},
        "job": {"type": "scheduleUpdateTwin", "queryCondition": "deviceId = 'none'", "updateTwin": {"tags": {"a": 1}}},
    });
    let text = server.post("/api/v1/schedules", &body).await?;
    let schedule: Schedule = serde_json::from_str(&text)?;
    Ok(schedule.schedule_id)
}
