//! The rules of rollouts alone, on one thread: the simulated runs of the crate's own test, with the model that checks each step and the
//! states that are written and read back.

#[path = "../../../rollout/tests/simulation/checks.rs"]
mod checks;
#[path = "../../../rollout/tests/simulation/happening.rs"]
mod happening;
#[path = "../../../rollout/tests/simulation/scenario.rs"]
mod scenario;
#[expect(dead_code, reason = "the test adds up what all of its runs have met")]
#[path = "../../../rollout/tests/simulation/totals.rs"]
mod totals;
#[path = "../../../rollout/tests/simulation/world.rs"]
mod world;

use std::time::Instant;

use anyhow::Context;

use crate::{
    figure::{Budget, Figure},
    stories::{Scale, per_second},
};

/// Runs at full size.
const RUNS: usize = 10_000;

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for runs in scale.sizes(RUNS) {
        let seconds = tokio::task::spawn_blocking(move || {
            let begin = Instant::now();
            for seed in 0..runs {
                world::run(seed as u64);
            }
            begin.elapsed().as_secs_f64()
        });
        let seconds = seconds.await.context("a simulated rollout broke a rule; its test names the seed")?;
        figures.push(
            Figure::new("simulated rollouts, one thread", runs, "runs", per_second(runs, seconds), "runs/s")
                .within(Budget::AtLeast(1000.0), scale.is_full(runs, RUNS)),
        );
    }
    Ok(figures)
}
