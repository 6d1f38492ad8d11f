//! A twin job over registered devices, beside the bare SQLite statements doing the same writes; and seeding, which has
//! to be done first.

use anyhow::Context;

use crate::{
    figure::{Budget, Figure},
    folder::Folder,
    hub::{Action, HubProcess},
    sqlite,
    stories::{Scale, per_second},
};

/// Devices at full size.
const DEVICES: usize = 1_000_000;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let is_full = scale.is_full(devices, DEVICES);
        let folder = Folder::seeded(devices)?;
        let seeding = Folder::seeding_took(devices).context("it was seeded")?;
        figures.push(Figure::new(
            "seeding the store",
            devices,
            "devices",
            per_second(devices, seeding.as_secs_f64()),
            "devices/s",
        ));
        let hub = HubProcess::start(&folder).await?;
        let ours = hub.run_job("all-twins", Action::Twin, "*").await?;
        let memory = hub.process.memory()?;
        hub.stop().await?;
        drop(folder);
        let copy = Folder::seeded(devices)?;
        let bare = sqlite::patch_all(&copy.path().join("hub.sqlite")).await?;

        figures.push(
            Figure::new("twin job", devices, "registered devices", per_second(devices, ours), "devices/s")
                .within(Budget::AtLeast(200_000.0), is_full)
                .beside("bare SQLite statements", per_second(devices, bare), is_full.then_some(2.5)),
        );
        figures.push(
            Figure::new("hub's memory after a twin job", devices, "registered devices", memory / 1e6, "MB")
                .within(Budget::AtMost(1000.0), is_full),
        );
    }
    Ok(figures)
}
