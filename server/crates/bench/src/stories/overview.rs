//! The overview, and screens that show the wall.
//!
//! A rendering of the overview is measured when the figures that clients share are too old, so each one reads them again. Screens are
//! measured beside lists of jobs: both follow a job whose devices answer over most of the time that is measured, and what the
//! job takes without any of them is subtracted. Each reads once, then follows an event stream: a screen that of the wall, a list
//! that of all jobs. Fifty lists take too little to be measured beside the job, so more are compared.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Client, Response, header::ACCEPT_ENCODING};
use tokio::task::JoinSet;

use super::pages::fill;
use crate::{
    figure::{Budget, Figure, count, median},
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

/// Screens, and as many lists.
const CLIENTS: usize = 500;
/// Fewer screens, as many as a site may have.
const FEW: usize = 50;
/// Over how long they connect. They have as long again to read what there is.
const CONNECTING: Duration = Duration::from_secs(3);
/// Devices of the job that they follow.
const FOLLOWED: usize = 400;
/// Over how long these answer.
const SPREAD: Duration = Duration::from_secs(8);
/// How long the processor time is taken.
const LASTING: Duration = Duration::from_secs(10);

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
    figures.extend(screens(if scale.divisor == 1 { 3 } else { 1 }).await?);
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
async fn screens(rounds: usize) -> anyhow::Result<[Figure; 2]> {
    let folder = Folder::seeded(FOLLOWED)?;
    let server = Server::start(&folder).await?;
    let _devices = Witnessed::of_hub(&server.mqtt, &server.connection, FOLLOWED, SPREAD).await?;
    let (mut alone, mut few, mut many, mut lists) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        alone.push(followed(&server, &format!("alone-{round}"), Follower::List, 0).await?);
        lists.push(followed(&server, &format!("lists-{round}"), Follower::List, CLIENTS).await?);
        few.push(followed(&server, &format!("few-{round}"), Follower::Screen, FEW).await?);
        many.push(followed(&server, &format!("screens-{round}"), Follower::Screen, CLIENTS).await?);
    }
    server.stop().await?;
    let alone = median(&mut alone);
    let figure = |screens, times: &mut Vec<f64>| {
        let what = "the wall shown while a job runs, processor time of 10 s";
        Figure::new(what, screens, "screens", median(times) - alone, "ms")
    };
    let lists = median(&mut lists) - alone;
    Ok([figure(FEW, &mut few), figure(CLIENTS, &mut many).beside("as many lists", lists, Some(1.2))])
}

/// Milliseconds of the server's processor time while a job runs and is followed.
async fn followed(server: &Server, job: &str, by: Follower, clients: usize) -> anyhow::Result<f64> {
    let mut followers: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for number in 0..clients {
        let (http, url) = (server.http.clone(), server.url.clone());
        let pause = CONNECTING.mul_f64(count(number) / count(clients));
        followers.spawn(async move {
            tokio::time::sleep(pause).await;
            follow(&http, &url, by).await
        });
    }
    tokio::time::sleep(CONNECTING * 2).await;
    let (before, begin) = (server.process.processor_time()?, Instant::now());
    server.hub.create_job(&request(job, Action::Method, "*")?).await?;
    // Its state is not asked for meanwhile: that would be measured too.
    tokio::time::sleep(LASTING.saturating_sub(begin.elapsed())).await;
    let used = server.process.processor_time()? - before;
    if let Some(ended) = followers.try_join_next() {
        ended?.context("a client that follows a job")?;
        bail!("a client ended before the job");
    }
    until_ended(&server.hub, job).await?;
    Ok(used * 1e3)
}

/// What a page does: it reads once, then follows its events.
async fn follow(http: &Client, url: &str, by: Follower) -> anyhow::Result<()> {
    let (read, events) = match by {
        Follower::Screen => ("/fn/wall", "/wall/events"),
        Follower::List => ("/api/v1/jobs", "/api/v1/events"),
    };
    get(http, &format!("{url}{read}")).await?.bytes().await?;
    let mut events = get(http, &format!("{url}{events}")).await?;
    while events.chunk().await?.is_some() {}
    bail!("a stream of events ended")
}

/// An answer, as a browser asks for it.
async fn get(http: &Client, address: &str) -> anyhow::Result<Response> {
    let request = http.get(address).header(ACCEPT_ENCODING, "gzip, br");
    Ok(request.send().await?.error_for_status()?)
}
