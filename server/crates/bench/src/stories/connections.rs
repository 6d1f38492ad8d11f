//! What connected devices cost while nothing happens: memory of both ends, and processor time. The devices are the
//! product's own pool, in a process of its own.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;

use crate::{
    figure::{Budget, Figure, count},
    folder::Folder,
    hub::HubProcess,
    process::{Process, fleetcast},
    stories::Scale,
};

/// Devices at full size.
const DEVICES: usize = 10_000;
const PATIENCE: Duration = Duration::from_mins(2);
/// How long processor time of the idle fleet is measured.
const IDLE: Duration = Duration::from_secs(10);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let folder = Folder::seeded(devices)?;
        let hub = HubProcess::start(&folder).await?;
        let before = hub.process.memory()?;
        let pool = start_pool(&hub, devices)?;
        until_connected(&hub, devices).await?;
        // The devices read their twins and report at first; what they cost is what stays after that.
        settle(&hub, &pool).await?;
        let memory = hub.process.memory()? - before + pool.memory()?;
        let started = processor_time(&hub, &pool)?;
        let begin = Instant::now();
        tokio::time::sleep(IDLE).await;
        let share = (processor_time(&hub, &pool)? - started) / begin.elapsed().as_secs_f64();
        figures.push(
            Figure::new(
                "memory a connection, both ends",
                devices,
                "devices",
                memory / count(devices) / 1e3,
                "kB",
            )
            .within(Budget::AtMost(40.0), is_full),
        );
        figures.push(
            Figure::new("idle processor time, both ends", devices, "devices", share * 100.0, "% of a core")
                .within(Budget::AtMost(5.0), is_full),
        );
        drop(pool);
        hub.stop().await?;
    }
    Ok(figures)
}

fn start_pool(hub: &HubProcess, devices: usize) -> anyhow::Result<Process> {
    let secret = hub.connection.secret_text();
    let mut command = fleetcast()?;
    command.env("FLEETCAST_HUB_CONNECTION_STRING", secret.expose_secret()).args([
        "pool",
        "--count",
        &devices.to_string(),
        "--hub-url",
        &hub.rest,
        "--mqtt-address",
        &hub.mqtt,
    ]);
    Process::start("the pool", &mut command)
}

/// Waits until the hub counts so many.
async fn until_connected(hub: &HubProcess, devices: usize) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let connected = hub.client.service_statistics().await?.connected_device_count;
        if usize::try_from(connected).context("a count")? >= devices {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{connected} of {devices} devices have connected");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until both have done what there was to do: less than a tenth of a core in half a second.
async fn settle(hub: &HubProcess, pool: &Process) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut last = processor_time(hub, pool)?;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = processor_time(hub, pool)?;
        if now - last < 0.05 {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "hub and devices do not become idle");
        last = now;
    }
}

fn processor_time(hub: &HubProcess, pool: &Process) -> anyhow::Result<f64> {
    Ok(hub.process.processor_time()? + pool.processor_time()?)
}
