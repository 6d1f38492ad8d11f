//! The jobs page, rendered by the server, at a steady rate of requests whether or not earlier ones have been answered.
//! Requests for one address share a rendering; what a rendering costs is a figure of its own.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    figure::{Budget, Figure, quantile},
    folder::Folder,
    hub::{Action, request},
    server::Server,
    stories::Scale,
};

/// Jobs in the store at full size.
const JOBS: usize = 10_000;
/// Requests a second.
const RATE: u32 = 200;
const LASTING: Duration = Duration::from_secs(8);
/// Renderings whose processor time is taken.
const RENDERINGS: u32 = 100;
/// Creations under way at once.
const CREATIONS: usize = 32;
/// How long the console may take to take them in: it reads jobs that others ran one after the other.
const PATIENCE: Duration = Duration::from_mins(4);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let folder = Folder::new()?;
    let server = Server::start(&folder).await?;
    let mut there = 0;
    for jobs in scale.sizes(JOBS) {
        fill(&server, there + 1..=jobs).await?;
        there = jobs;
        let mut times = load(&server, "/jobs").await?;
        figures.push(
            Figure::new("jobs page at 200 requests/s, p99", jobs, "jobs", quantile(&mut times, 0.99), "ms")
                .within(Budget::AtMost(25.0), scale.is_full(jobs, JOBS)),
        );
        figures.push(Figure::new(
            "jobs page at 200 requests/s, median",
            jobs,
            "jobs",
            quantile(&mut times, 0.5),
            "ms",
        ));
        let once = rendering(&server).await?;
        figures.push(Figure::new("jobs page rendered anew, processor time", jobs, "jobs", once, "ms"));
    }
    server.stop().await?;
    Ok(figures)
}

/// Creates jobs on the hub that end at once, and waits until the console has taken them all in.
pub(super) async fn fill(server: &Server, jobs: RangeInclusive<usize>) -> anyhow::Result<()> {
    let name = |index: usize| format!("job-{index:05}");
    let all = *jobs.end();
    stream::iter(jobs)
        .map(|index| async move {
            let request = request(&name(index), Action::Method, "deviceId = 'nobody'")?;
            anyhow::Ok(server.hub.create_job(&request).await.map(drop)?)
        })
        .buffer_unordered(CREATIONS)
        .try_collect::<()>()
        .await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let finished = finished(server).await?;
        if finished >= all {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the console knows {finished} of {all} jobs as ended");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How many jobs the console knows as ended.
async fn finished(server: &Server) -> anyhow::Result<usize> {
    let metrics = server.get("/metrics").await?;
    let count = metrics.lines().find_map(|line| line.strip_prefix("fleetcast_jobs{tab=\"finished\"} "));
    count.context("the figures tell how many jobs have ended")?.parse().context("a count")
}

/// Milliseconds of the server's processor time for a page that no other client requests.
async fn rendering(server: &Server) -> anyhow::Result<f64> {
    let before = server.process.processor_time()?;
    for index in 0..RENDERINGS {
        server.get(&format!("/jobs?alone={index}")).await?;
    }
    Ok((server.process.processor_time()? - before) * 1e3 / f64::from(RENDERINGS))
}

/// Milliseconds from when each request was due to its last byte.
async fn load(server: &Server, path: &str) -> anyhow::Result<Vec<f64>> {
    let url = format!("{}{path}", server.url);
    let mut pending = tokio::task::JoinSet::new();
    let begin = Instant::now();
    for index in 0..RATE * u32::try_from(LASTING.as_secs()).unwrap_or_default() {
        let due = begin + Duration::from_secs(1) / RATE * index;
        tokio::time::sleep_until(due.into()).await;
        let (http, url) = (server.http.clone(), url.clone());
        pending.spawn(async move {
            let answer = http.get(&url).send().await?.error_for_status()?;
            answer.bytes().await?;
            anyhow::Ok(due.elapsed().as_secs_f64() * 1e3)
        });
    }
    pending.join_all().await.into_iter().collect()
}
