//! A console that follows a job: how long after the hub's end it knows every device's result, and what its questions
//! cost the hub.
//!
//! The console runs in this process and the hub in its own, so that the hub's processor time is the hub's alone. The
//! job is a twin job: nothing moves faster.

use std::time::{Duration, Instant};

use anyhow::Context;
use console::{Console, ConsoleConfig};
use console_wire::job::NewJob;

use crate::{
    figure::{Budget, Figure},
    folder::Folder,
    hub::{Action, HubProcess, request, until_ended},
    stories::Scale,
};

/// Devices at full size.
const DEVICES: usize = 100_000;
const PATIENCE: Duration = Duration::from_mins(2);
const JOB: &str = "followed";

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let alone = unfollowed(devices).await?;
        let (lag, followed) = followed(devices).await?;
        figures.push(
            Figure::new("console complete after the hub's end", devices, "device results", lag * 1e3, "ms")
                .within(Budget::AtMost(1000.0), is_full),
        );
        figures.push(
            Figure::new(
                "hub's processor time, job followed",
                devices,
                "device results",
                followed * 1e3,
                "ms",
            )
            .beside("not followed", alone * 1e3, is_full.then_some(1.1)),
        );
    }
    Ok(figures)
}

/// The hub's processor time of the job alone, in seconds.
async fn unfollowed(devices: usize) -> anyhow::Result<f64> {
    let folder = Folder::seeded(devices)?;
    let hub = HubProcess::start(&folder).await?;
    let before = hub.process.processor_time()?;
    hub.run_job(JOB, Action::Twin, "*").await?;
    let used = hub.process.processor_time()? - before;
    hub.stop().await?;
    Ok(used)
}

/// Seconds between the hub's end and the console's, and the hub's processor time until then.
async fn followed(devices: usize) -> anyhow::Result<(f64, f64)> {
    let folder = Folder::seeded(devices)?;
    let own = Folder::new()?;
    let hub = HubProcess::start(&folder).await?;
    let console = Console::open(ConsoleConfig::new(own.path().to_owned(), hub.client.clone())).await?;
    let before = hub.process.processor_time()?;
    // The console takes the hub's own JSON of a job.
    let job: NewJob = serde_json::from_value(serde_json::to_value(request(JOB, Action::Twin, "*")?)?)?;
    console.create_job(job).await?;
    let ended = async {
        until_ended(&hub.client, JOB).await?;
        anyhow::Ok(Instant::now())
    };
    let settled = async {
        let mut sequence = console.sequence();
        loop {
            if console.job(JOB).await?.status.is_terminal() {
                return anyhow::Ok(Instant::now());
            }
            sequence.changed().await.context("the console has stopped")?;
        }
    };
    let both = async { tokio::try_join!(ended, settled) };
    let (ended, settled) =
        tokio::time::timeout(PATIENCE, both).await.context("the console does not complete the job")??;
    let used = hub.process.processor_time()? - before;
    console.stop().await;
    hub.stop().await?;
    Ok((settled.saturating_duration_since(ended).as_secs_f64(), used))
}
