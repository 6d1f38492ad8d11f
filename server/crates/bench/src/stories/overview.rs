//! The overview, and screens that show the wall.
//!
//! A rendering of the overview is measured when the figures that clients share are too old, so each one reads them again. Screens are
//! measured beside lists of jobs: both follow a job whose devices answer over some seconds, and what the job takes
//! without any of them is subtracted. A screen asks every two seconds, a list has an event stream.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use reqwest::{Client, header::ACCEPT_ENCODING};
use tokio::task::JoinSet;

use super::pages::fill;
use crate::{
    figure::{Budget, Figure, median},
    fleet::Witnessed,
    folder::Folder,
    hub::{Action, request, until_ended},
    server::Server,
    stories::Scale,
};

/// Jobs in the store at full size.
const JOBS: usize = 10_000;
/// Registered devices at full size.
const DEVICES: usize = 10_000;
/// Renderings whose processor time is taken.
const RENDERINGS: u32 = 8;
/// Time between two of them: shared figures are read again after a second.
const RENDER_EVERY: Duration = Duration::from_millis(1_100);

/// Screens, and lists; fewer cost too little to be measured.
const CLIENTS: u32 = 50;
/// Devices of the job that they follow.
const FOLLOWED: usize = 400;
/// Over how long these answer.
const SPREAD: Duration = Duration::from_secs(8);
/// How long the processor time is taken.
const LASTING: Duration = Duration::from_secs(10);
/// Time between two requests of a screen.
const SCREEN_EVERY: Duration = Duration::from_secs(2);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let folder = Folder::seeded(scale.sizes(DEVICES)[2])?;
    let server = Server::start(&folder).await?;
    let mut there = 0;
    for jobs in scale.sizes(JOBS) {
        fill(&server, there + 1..=jobs).await?;
        there = jobs;
        figures.push(
            Figure::new(
                "overview rendered anew, processor time",
                jobs,
                "jobs",
                rendering(&server).await?,
                "ms",
            )
            .within(Budget::AtMost(200.0), scale.is_full(jobs, JOBS)),
        );
    }
    server.stop().await?;
    figures.push(screens(if scale.divisor == 1 { 3 } else { 1 }).await?);
    Ok(figures)
}

/// Milliseconds of the server's processor time for a page whose figures are read again.
async fn rendering(server: &Server) -> anyhow::Result<f64> {
    server.get("/").await?;
    let before = server.process.processor_time()?;
    for _ in 0..RENDERINGS {
        tokio::time::sleep(RENDER_EVERY).await;
        server.get("/").await?;
    }
    Ok((server.process.processor_time()? - before) * 1e3 / f64::from(RENDERINGS))
}

/// Who follows a job.
#[derive(Debug, Clone, Copy)]
enum Follower {
    Screen,
    List,
}

/// The processor time that screens add to the server's, beside that of as many lists.
async fn screens(rounds: usize) -> anyhow::Result<Figure> {
    let folder = Folder::seeded(FOLLOWED)?;
    let server = Server::start(&folder).await?;
    let _devices = Witnessed::of_hub(&server.mqtt, &server.connection, FOLLOWED, SPREAD).await?;
    let (mut alone, mut with_screens, mut with_lists) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        alone.push(followed(&server, &format!("alone-{round}"), None).await?);
        with_lists.push(followed(&server, &format!("lists-{round}"), Some(Follower::List)).await?);
        with_screens.push(followed(&server, &format!("screens-{round}"), Some(Follower::Screen)).await?);
    }
    server.stop().await?;
    let alone = median(&mut alone);
    let (screens, lists) = (median(&mut with_screens) - alone, median(&mut with_lists) - alone);
    let what = "50 screens that show the wall, processor time of 10 s";
    Ok(Figure::new(what, FOLLOWED, "devices that answer", screens, "ms").beside("50 lists", lists, Some(1.2)))
}

/// Milliseconds of the server's processor time while a job runs and is followed.
async fn followed(server: &Server, job: &str, by: Option<Follower>) -> anyhow::Result<f64> {
    let mut clients: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for number in 0..by.map_or(0, |_| CLIENTS) {
        let (http, url) = (server.http.clone(), server.url.clone());
        let offset = SCREEN_EVERY / CLIENTS * number;
        clients.spawn(async move {
            match by {
                Some(Follower::Screen) => show(&http, &url, offset).await,
                _ => list(&http, &url).await,
            }
        });
    }
    // All are connected and have asked at least once.
    tokio::time::sleep(SCREEN_EVERY * 2).await;
    let (before, begin) = (server.process.processor_time()?, Instant::now());
    server.hub.create_job(&request(job, Action::Method, "*")?).await?;
    until_ended(&server.hub, job).await?;
    tokio::time::sleep(LASTING.saturating_sub(begin.elapsed())).await;
    let used = server.process.processor_time()? - before;
    if let Some(ended) = clients.try_join_next() {
        ended?.context("a client that follows a job")?;
        bail!("a client ended before the job");
    }
    Ok(used * 1e3)
}

/// What the page of a screen does: it reads again every two seconds.
async fn show(http: &Client, url: &str, offset: Duration) -> anyhow::Result<()> {
    tokio::time::sleep(offset).await;
    let mut next = tokio::time::interval(SCREEN_EVERY);
    loop {
        next.tick().await;
        let answer = http.get(format!("{url}/fn/wall")).header(ACCEPT_ENCODING, "gzip, br").send().await?;
        let answer = answer.error_for_status()?;
        ensure!(!answer.bytes().await?.is_empty(), "an empty answer");
    }
}

/// What the list of jobs does once it is loaded: it follows the events of all jobs.
async fn list(http: &Client, url: &str) -> anyhow::Result<()> {
    let request = http.get(format!("{url}/api/v1/events")).header(ACCEPT_ENCODING, "gzip, br");
    let mut events = request.send().await?.error_for_status()?;
    while events.chunk().await?.is_some() {}
    bail!("a stream of events ended")
}
