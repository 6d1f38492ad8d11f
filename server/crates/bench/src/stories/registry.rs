//! Registering devices over REST, a hundred a request, as the SDKs do.

use std::{sync::Arc, time::Instant};

use device_pool::fleet::{device_id, registration};
use futures::{StreamExt, TryStreamExt, stream};
use hub_wire::bulk::MAX_BULK_ITEMS;

use crate::{
    figure::Figure,
    fleet::PREFIX,
    folder::Folder,
    hub::HubProcess,
    stories::{Scale, per_second},
};

/// Devices at full size. A million take ten times as long: the rate does not fall.
const DEVICES: usize = 100_000;
/// Requests under way at once.
const REQUESTS: usize = 8;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for devices in scale.sizes(DEVICES) {
        let folder = Folder::new()?;
        let hub = Arc::new(HubProcess::start(&folder).await?);
        let begin = Instant::now();
        stream::iter((1..=devices).step_by(MAX_BULK_ITEMS))
            .map(|first| {
                let hub = Arc::clone(&hub);
                // On a task of its own: making the keys is work for every core.
                tokio::spawn(async move { register(&hub, first, devices).await })
            })
            .buffer_unordered(REQUESTS)
            .map(|done| anyhow::Ok(done??))
            .try_collect::<()>()
            .await?;
        let seconds = begin.elapsed().as_secs_f64();
        figures.push(Figure::new(
            "registering by bulk requests",
            devices,
            "devices",
            per_second(devices, seconds),
            "devices/s",
        ));
    }
    Ok(figures)
}

async fn register(hub: &HubProcess, first: usize, last: usize) -> anyhow::Result<()> {
    let items = (first..=last.min(first + MAX_BULK_ITEMS - 1))
        .map(|index| anyhow::Ok(registration(&hub.connection, 1, index, device_id(PREFIX, index)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let result = hub.client.bulk(&items).await?;
    anyhow::ensure!(result.is_successful, "devices were refused: {:?}", result.errors.first());
    Ok(())
}
