//! Rollouts under a simulated hub, clock and operator. A seed makes the settings, the devices and all that happens; after each
//! step `checks` compares the rollout with a model of its own.

mod checks;
mod faultless;
mod happening;
mod scenario;
mod totals;
mod world;

use std::{thread, time::Instant};

/// Runs in each test. The seeds are the same each time; `ROLLOUT_SEEDS=from..to` tries others.
const RUNS: std::ops::Range<u64> = 0..10_000;

/// Names the seed when a run fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "the run with the seed {0} failed; ROLLOUT_SEEDS={0}..{1} repeats it",
                self.0,
                self.0 + 1
            );
        }
    }
}

fn seeds() -> std::ops::Range<u64> {
    let chosen = std::env::var("ROLLOUT_SEEDS").ok();
    let parsed = chosen.as_deref().map(|text| {
        let (from, to) = text.split_once("..").expect("ROLLOUT_SEEDS is from..to");
        from.parse().expect("a number")..to.parse().expect("a number")
    });
    parsed.unwrap_or(RUNS)
}

/// Counts sum; rate and windows are never exceeded; after a stop rule fired nothing begins; no device gets a method twice; every
/// device ends with one outcome; reading the state back changes nothing.
#[test]
fn every_run_keeps_the_rules() {
    let seeds = seeds();
    let began = Instant::now();
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let totals: Vec<totals::Totals> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|part| {
                let seeds = seeds.clone().filter(move |seed| seed % threads == part);
                scope.spawn(move || {
                    let mut totals = totals::Totals::default();
                    for seed in seeds {
                        let _named = Seed(seed);
                        totals.add(&world::run(seed));
                    }
                    totals
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().expect("a run failed, see above")).collect()
    });
    let mut total = totals::Totals::default();
    for part in &totals {
        total.add(part);
    }
    let runs = seeds.end - seeds.start;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand runs")]
    let per_second = runs as f64 / began.elapsed().as_secs_f64();
    println!("{runs} runs, {per_second:.0} a second on {threads} threads: {total:?}");
    if runs >= 10_000 {
        total.check_that_all_happened();
    }
}
