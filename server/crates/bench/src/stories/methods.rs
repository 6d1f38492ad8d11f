//! A method job over connected devices, beside the same requests and answers through Mosquitto. Connecting them is
//! measured on the way.

use crate::{
    figure::{Budget, Figure, median},
    fleet::Fleet,
    folder::Folder,
    hub::{Action, HubProcess},
    mosquitto::Mosquitto,
    process::Stop,
    stories::{Scale, per_second},
};

/// Devices at full size.
const DEVICES: usize = 10_000;
/// Jobs of which the middle one counts.
const ROUNDS: usize = 5;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let (ours, connected_in, processor) = through_hub(devices).await?;
        let rate =
            Figure::new("method job", devices, "connected devices", per_second(devices, ours), "results/s")
                .within(Budget::AtLeast(10_000.0), is_full);
        let connects = Figure::new(
            "connects, SAS verified",
            devices,
            "devices",
            per_second(devices, connected_in),
            "connects/s",
        );
        match through_mosquitto(devices).await? {
            None => {
                figures.push(rate);
                figures.push(connects);
            }
            Some(theirs) => {
                let bound = is_full.then_some(1.3);
                figures.push(rate.beside("Mosquitto", per_second(devices, theirs.seconds), bound));
                figures.push(connects.beside(
                    "Mosquitto, unverified",
                    per_second(devices, theirs.connected_in),
                    None,
                ));
                figures.push(
                    Figure::new(
                        "processor time of a call",
                        devices,
                        "connected devices",
                        processor * 1e6,
                        "µs",
                    )
                    .beside("Mosquitto", theirs.processor * 1e6, None),
                );
            }
        }
    }
    Ok(figures)
}

/// Seconds of a job, seconds until all were connected, and the hub's processor time of one call.
async fn through_hub(devices: usize) -> anyhow::Result<(f64, f64, f64)> {
    let folder = Folder::seeded(devices)?;
    let hub = HubProcess::start(&folder).await?;
    let fleet = Fleet::of_hub(&hub.mqtt, &hub.connection, devices).await?;
    let mut rounds = Vec::new();
    hub.run_job("warm-up", Action::Method, "*").await?;
    let before = hub.process.processor_time()?;
    for round in 0..ROUNDS {
        rounds.push(hub.run_job(&format!("round-{round}"), Action::Method, "*").await?);
    }
    let processor = (hub.process.processor_time()? - before) / crate::figure::count(ROUNDS * devices);
    let connected_in = fleet.connected_in;
    fleet.process.stop(Stop::EndOfInput).await?;
    hub.stop().await?;
    Ok((median(&mut rounds), connected_in, processor))
}

struct Theirs {
    seconds: f64,
    connected_in: f64,
    processor: f64,
}

/// The same through a broker, if there is one.
async fn through_mosquitto(devices: usize) -> anyhow::Result<Option<Theirs>> {
    let Some(broker) = Mosquitto::start().await? else { return Ok(None) };
    let fleet = Fleet::of_broker(&broker.address, devices).await?;
    let mut rounds = Vec::new();
    broker.call_all(devices).await?;
    let before = broker.processor_time()?;
    for _ in 0..ROUNDS {
        rounds.push(broker.call_all(devices).await?);
    }
    let processor = (broker.processor_time()? - before) / crate::figure::count(ROUNDS * devices);
    Ok(Some(Theirs { seconds: median(&mut rounds), connected_in: fleet.connected_in, processor }))
}
