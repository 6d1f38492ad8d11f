//! Starting, resting, stopping: with a warm folder of registered devices.

use std::time::Duration;

use crate::{
    figure::{Budget, Figure, median},
    folder::Folder,
    server::Server,
    stories::Scale,
};

/// Devices in the folder at full size.
const DEVICES: usize = 100_000;
/// Starts of which the middle one counts.
const TIMES: usize = 3;
/// How long the server is idle before its memory is read: its first periodic tasks are done by then.
const REST: Duration = Duration::from_secs(3);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let folder = Folder::seeded(devices)?;
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let server = Server::start(&folder).await?;
            starts.push(server.ready_in * 1e3);
            stops.push(server.stop().await?.as_secs_f64() * 1e3);
        }
        let figure = |what, value| Figure::new(what, devices, "registered devices", value, "ms");
        figures.push(
            figure("start to the first page", median(&mut starts)).within(Budget::AtMost(1000.0), is_full),
        );
        figures.push(figure("graceful stop", median(&mut stops)).within(Budget::AtMost(2000.0), is_full));
    }
    figures.push(idle().await?);
    Ok(figures)
}

/// Memory of a server that has nothing to do.
async fn idle() -> anyhow::Result<Figure> {
    let folder = Folder::new()?;
    let server = Server::start(&folder).await?;
    tokio::time::sleep(REST).await;
    let memory = server.process.memory()? / 1e6;
    server.stop().await?;
    Ok(Figure::new("memory, idle", 0, "devices", memory, "MB").within(Budget::AtMost(60.0), true))
}
