//! A rollout in three waves beside the same rollout in one, and beside the job that the hub runs by itself; and how soon the calls end
//! after a stop rule fired.
//!
//! The gates pass at once and there is no rate. A stop rule is measured from outside: the server's history has the time at which the
//! step was made that fired it, just before its commit, and each device notes when it took a call. So the figure has the
//! commit in it, and the way of the last call to its device.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use console_wire::{
    job::JobSummary,
    rollout::{Decision, PauseReason, Phase, Rollout},
};
use hub_wire::Timestamp;
use serde_json::{Value, json};

use crate::{
    figure::{Budget, Figure, median},
    fleet::{Fleet, METHOD, REQUEST, Witnessed},
    folder::Folder,
    process::Stop,
    server::Server,
    stories::Scale,
};

/// Devices at full size.
const DEVICES: usize = 10_000;
/// Rollouts of each kind of which the middle one counts.
const ROUNDS: usize = 3;
/// Rollouts that a stop rule pauses, of which the slowest counts.
const STOPS: usize = 5;
/// Over how long a rollout that is stopped would call its devices.
const CALLING_SECONDS: usize = 5;
/// The highest rate that settings take.
const MAX_RATE: usize = console_wire::rollout::settings::MAX_RATE as usize;
/// How often a job is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long calls are waited for that come after a rollout was paused and nothing was in flight.
const AFTERWARDS: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let times = compare(devices).await?;
        let figure = |what, value| Figure::new(what, devices, "connected devices", value, "s");
        figures.push(figure("rollout in three waves", times.three_waves).beside(
            "in one wave",
            times.one_wave,
            is_full.then_some(1.2),
        ));
        figures.push(figure("rollout in one wave", times.one_wave).beside(
            "the hub's own job",
            times.at_hub,
            None,
        ));
        figures.push(figure("rollout in three waves, by hub jobs", times.by_hub_jobs).beside(
            "the hub's own job",
            times.at_hub,
            None,
        ));
        let late = stop(devices).await? * 1e3;
        figures.push(
            Figure::new("stop rule fired to the last call, longest of 5", devices, "devices", late, "ms")
                .within(Budget::AtMost(100.0), is_full),
        );
    }
    Ok(figures)
}

/// Seconds of each.
struct Times {
    three_waves: f64,
    one_wave: f64,
    by_hub_jobs: f64,
    at_hub: f64,
}

async fn compare(devices: usize) -> anyhow::Result<Times> {
    let folder = Folder::seeded(devices)?;
    let server = Server::start(&folder).await?;
    let fleet = Fleet::of_hub(&server.mqtt, &server.connection, devices).await?;
    let gate = json!({"succeededPercent": 90});
    let waves =
        json!({"waves": [{"size": {"percent": 10}, "gate": gate}, {"size": {"percent": 30}, "gate": gate}]});
    let mut hub_jobs = waves.clone();
    hub_jobs["engine"] = json!("hubJobs");
    let (mut three_waves, mut one_wave, mut by_hub_jobs, mut at_hub) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    complete(&server, "warm-up", devices, None).await?;
    for round in 0..ROUNDS {
        at_hub.push(complete(&server, &format!("hub-{round}"), devices, None).await?);
        one_wave.push(complete(&server, &format!("one-{round}"), devices, Some(json!({}))).await?);
        three_waves.push(complete(&server, &format!("three-{round}"), devices, Some(waves.clone())).await?);
        by_hub_jobs.push(complete(&server, &format!("jobs-{round}"), devices, Some(hub_jobs.clone())).await?);
    }
    fleet.process.stop(Stop::EndOfInput).await?;
    server.stop().await?;
    Ok(Times {
        three_waves: median(&mut three_waves),
        one_wave: median(&mut one_wave),
        by_hub_jobs: median(&mut by_hub_jobs),
        at_hub: median(&mut at_hub),
    })
}

/// Runs a job over all devices, as a rollout if there are settings of one. Seconds from the request until the console says that it
/// has ended.
async fn complete(server: &Server, id: &str, devices: usize, rollout: Option<Value>) -> anyhow::Result<f64> {
    let begin = Instant::now();
    server.post("/api/v1/jobs", &job(id, rollout)?).await?;
    let job = until(server, id, |job| job.status.is_terminal()).await?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(
        usize::try_from(job.outcomes.succeeded)? == devices,
        "job {id} did not succeed everywhere: {:?}",
        job.outcomes
    );
    Ok(seconds)
}

fn job(id: &str, rollout: Option<Value>) -> anyhow::Result<Value> {
    let payload: Value = serde_json::from_slice(REQUEST)?;
    let mut job = json!({
        "jobId": id,
        "type": "scheduleDeviceMethod",
        "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": METHOD, "payload": payload},
    });
    if let Some(rollout) = rollout {
        job["rollout"] = rollout;
    }
    Ok(job)
}

/// Waits for a state of a job.
async fn until(server: &Server, id: &str, is_so: impl Fn(&JobSummary) -> bool) -> anyhow::Result<JobSummary> {
    let wait = async {
        loop {
            let job: JobSummary = serde_json::from_str(&server.get(&format!("/api/v1/jobs/{id}")).await?)?;
            if is_so(&job) {
                return anyhow::Ok(job);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.with_context(|| format!("job {id} does not get on"))?
}

/// Seconds between the firing of a stop rule and the last call that a device got, the longest of some rollouts. Half of the devices are
/// not connected, so that a rule about them fires while calls are being made.
async fn stop(devices: usize) -> anyhow::Result<f64> {
    let folder = Folder::seeded(devices)?;
    let server = Server::start(&folder).await?;
    let mut connected =
        Witnessed::of_hub(&server.mqtt, &server.connection, devices / 2, Duration::ZERO).await?;
    // A rate with which the calls take some seconds: without one all of them are made before the rule has counted enough.
    let settings = json!({
        "stopRules": [{"outcome": "notOnline", "percent": 20, "atLeast": (devices / 5).max(1)}],
        "rate": {"perMinute": (devices * 60 / CALLING_SECONDS).min(MAX_RATE)},
    });
    let mut longest = f64::NEG_INFINITY;
    for round in 0..STOPS {
        let id = format!("stopped-{round}");
        server.post("/api/v1/jobs", &job(&id, Some(settings.clone()))?).await?;
        let is_paused = |job: &JobSummary| {
            let phase = job.rollout.as_ref().map(|rollout| rollout.phase);
            phase == Some(Phase::Paused(PauseReason::StopRule(0))) && job.outcomes.in_flight == 0
        };
        let job = until(&server, &id, is_paused).await?;
        ensure!(
            job.outcomes.queued > 0,
            "the rule fired after the last device was called: {:?}",
            job.outcomes
        );
        tokio::time::sleep(AFTERWARDS).await;
        let rollout: Rollout =
            serde_json::from_str(&server.get(&format!("/api/v1/jobs/{id}/rollout")).await?)?;
        let fired =
            rollout.history.iter().find(|line| matches!(line.decision, Decision::StopRuleFired { .. }));
        let fired = fired.context("a rule has fired")?.at;
        let mut last: Option<Timestamp> = None;
        while let Ok(at) = connected.answered.try_recv() {
            last = last.max(Some(at));
        }
        let last = last.context("devices were called")?;
        longest = longest.max(last.since(fired).as_secs_f64());
        server.post(&format!("/api/v1/jobs/{id}/cancel"), &json!({})).await?;
        until(&server, &id, |job| job.status.is_terminal()).await?;
    }
    server.stop().await?;
    Ok(longest)
}
