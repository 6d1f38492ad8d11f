//! Queries over many twins: a count, a first page, and pages far behind it.

use std::time::Instant;

use anyhow::Context;
use serde_json::Value;

use crate::{
    figure::{Budget, Figure, median},
    folder::Folder,
    hub::HubProcess,
    stories::Scale,
};

/// Twins at full size.
const TWINS: usize = 1_000_000;
const COUNT: &str =
    "SELECT COUNT() AS n FROM devices WHERE tags.building = '43' AND properties.desired.firmware != '9.9'";
/// One device in sixty: a page has to scan 6,000.
const SELECTIVE: &str = "SELECT * FROM devices WHERE tags.building = '43' AND tags.floor = '2'";
const ALL: &str = "SELECT * FROM devices WHERE tags.kind = 'door'";
/// Repetitions of each; the median counts.
const TIMES: usize = 7;
/// Items of a page.
const PAGE: u32 = 100;
/// Items of the large pages by which the end is reached, the most that the hub gives.
const STRIDE: u32 = 1000;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for twins in scale.sizes(TWINS) {
        let is_full = scale.is_full(twins, TWINS);
        let folder = Folder::seeded(twins)?;
        let hub = HubProcess::start(&folder).await?;
        let figure = |what, ms| Figure::new(what, twins, "twins", ms, "ms");

        let ms = middle(&hub, COUNT, PAGE, None).await?;
        figures.push(figure("count with two predicates", ms).within(Budget::AtMost(500.0), is_full));
        let first = middle(&hub, SELECTIVE, PAGE, None).await?;
        figures.push(
            figure("first page of 100 twins, two predicates", first).within(Budget::AtMost(20.0), is_full),
        );

        let start = middle(&hub, ALL, PAGE, None).await?;
        let end = middle(&hub, ALL, PAGE, Some(last_pages(&hub, twins).await?)).await?;
        figures.push(figure("page of 100 twins at the very end", end).beside(
            "the first page",
            start,
            is_full.then_some(1.3),
        ));
        hub.stop().await?;
    }
    Ok(figures)
}

/// Milliseconds of a page, the middle one of some.
async fn middle(hub: &HubProcess, query: &str, size: u32, from: Option<String>) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        let page = hub.client.query_page::<Value>(query, size, from.as_deref()).await?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(!page.items.is_empty(), "nothing was found by {query}");
    }
    Ok(median(&mut times))
}

/// The token of a page near the end of all twins.
async fn last_pages(hub: &HubProcess, twins: usize) -> anyhow::Result<String> {
    let mut token = None;
    let mut passed = 0;
    let stride = STRIDE.min(u32::try_from(twins / 4).unwrap_or(STRIDE));
    while passed + (stride + PAGE) as usize <= twins {
        let page = hub.client.query_page::<Value>(ALL, stride, token.as_deref()).await?;
        passed += page.items.len();
        token = page.continuation;
    }
    token.context("there is no page so far behind")
}
