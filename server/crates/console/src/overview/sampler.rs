//! Takes a sample of the fleet each minute, and keeps the outcomes of each day. A minute in which the server does not run has
//! none, and one in which the hub cannot be reached has no devices: the history shows both as gaps.

use std::{sync::Arc, time::Duration};

use console_wire::overview::SAMPLE_DAYS;
use hub_wire::Timestamp;
use tracing::warn;

use crate::{
    ConsoleError,
    clock::{is_recent, now},
    core::Core,
    hub_info,
    store::{DAY, Sample, Store, minute, minute_begin},
};

/// Counts of devices that are older were not taken in this minute. A real hub is asked every 15 s.
const RECENT: Duration = Duration::from_secs(45);
/// Days whose outcomes are summed up again: a job may run over midnight, and longer.
const OPEN_DAYS: i64 = 8;
const MINUTES_A_DAY: i64 = 24 * 60;

/// Counters that only grow.
#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    operations: u64,
    throttled: u64,
}

impl Counters {
    fn of(core: &Core) -> Self {
        let throttled = core.hub.health().last_throttled.map_or(0, |throttled| throttled.times);
        Self { operations: core.operations.total(), throttled }
    }
}

/// Takes samples until the console stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut before = Counters::of(&core);
    loop {
        tokio::time::sleep(until_next_minute(now())).await;
        let counters = Counters::of(&core);
        let sample = Sample {
            fleet: fleet(&core),
            operations: counters.operations - before.operations,
            throttled: counters.throttled - before.throttled,
        };
        match take(&core.store, now(), &sample).await {
            Ok(()) => before = counters,
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "could not keep a sample of the fleet");
            }
        }
    }
}

/// Devices and connected ones, if the hub has counted them just now.
fn fleet(core: &Core) -> Option<(u64, u64)> {
    let hub = hub_info::hub_info(core);
    let is_counted = hub.reachable && hub.counted_at.is_some_and(|at| is_recent(at, hub.as_of, RECENT));
    hub.device_count.zip(hub.connected_count).filter(|_| is_counted)
}

/// Keeps a sample, and deletes old ones once an hour.
async fn take(store: &Store, now: Timestamp, sample: &Sample) -> Result<(), ConsoleError> {
    let since = (now.ticks().div_euclid(DAY) - OPEN_DAYS) * DAY;
    store.add_sample(now, sample, Timestamp::from_ticks(since)).await?;
    if minute(now) % 60 == 0 {
        store.delete_samples_before(minute(now) - i64::from(SAMPLE_DAYS) * MINUTES_A_DAY).await?;
    }
    Ok(())
}

/// A little more than the rest of the minute, so that the next one has begun.
fn until_next_minute(now: Timestamp) -> Duration {
    minute_begin(minute(now) + 1).since(now) + Duration::from_millis(20)
}

#[cfg(test)]
mod tests {
    use console_wire::{outcome::Outcomes, overview::Gap};

    use super::{super::history::tests::at as history, *};
    use crate::store::{CountedCauses, OverviewRange};

    /// 2026-10-24, so many minutes after midnight.
    const fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_792_800_000_000 + minutes * 60_000)
    }

    async fn open(folder: &tempfile::TempDir) -> Store {
        Store::open(folder.path(), "hub.example").await.unwrap()
    }

    async fn take_each(store: &Store, minutes: std::ops::Range<i64>, connected: impl Fn(i64) -> Option<u64>) {
        for minute in minutes {
            let fleet = connected(minute).map(|connected| (100, connected));
            let sample = Sample { fleet, operations: 10, throttled: 1 };
            take(store, at(minute), &sample).await.unwrap();
        }
    }

    #[tokio::test]
    async fn samples_survive_a_restart_and_gaps_are_marked() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        take_each(&store, 600..630, |minute| Some(if minute == 611 { 40 } else { 90 })).await;
        // The hub is away for ten minutes.
        take_each(&store, 630..640, |_| None).await;
        take_each(&store, 640..650, |_| Some(95)).await;
        store.close().await;
        // The server is away for half an hour.
        let store = open(&folder).await;
        take_each(&store, 680..690, |_| Some(98)).await;
        let read = history(&store, 24, at(690)).await;
        assert_eq!(read.gaps, [(629, 640), (649, 680)].map(|(from, to)| Gap { from: at(from), to: at(to) }));
        assert_eq!(read.step_minutes, 10);
        let connected: Vec<_> = read.points.iter().map(|point| (point.time, point.connected)).collect();
        let expected = [
            (600, Some(90)),
            (610, Some(40)),
            (620, Some(90)),
            (630, None),
            (640, Some(95)),
            (680, Some(98)),
        ];
        assert_eq!(connected, expected.map(|(minute, connected)| (at(minute), connected)));
        assert!(read.points.iter().all(|point| (point.operations, point.throttled) == (100, 10)));
        let lowest = read.lowest.unwrap();
        assert_eq!((lowest.connected, lowest.time), (40, at(611)));
        assert!(history(&store, 1, at(900)).await.points.is_empty());
    }

    #[tokio::test]
    async fn a_minute_is_taken_once_and_old_ones_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        take_each(&store, 60..63, |_| Some(10)).await;
        // The clock was set back.
        take_each(&store, 61..62, |_| Some(20)).await;
        let read = history(&store, 1, at(63)).await;
        let connected: Vec<_> = read.points.iter().filter_map(|point| point.connected).collect();
        assert_eq!(connected, [10, 20, 10]);
        let later = 31 * MINUTES_A_DAY;
        take_each(&store, later..later + 1, |_| Some(30)).await;
        assert!(history(&store, 1, at(63)).await.points.is_empty(), "deleted after 30 days");
        assert_eq!(history(&store, 1, at(later)).await.points.len(), 1);
    }

    #[tokio::test]
    async fn a_day_keeps_what_a_purge_deletes() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        store.insert_job_of(at(100), "a", Outcomes { succeeded: 7, failed: 2, ..Outcomes::default() }).await;
        store
            .insert_job_of(at(100 + MINUTES_A_DAY), "b", Outcomes { succeeded: 1, ..Outcomes::default() })
            .await;
        let now = at(200 + MINUTES_A_DAY);
        let days = async |store: &Store| {
            let first_day = at(0).ticks().div_euclid(DAY);
            let range =
                OverviewRange { since: at(0), until: now, first_day, running: 5, planned: 5, recent: 5 };
            let read = store.overview_jobs(&range, &mut CountedCauses::default()).await.unwrap();
            read.days
                .into_iter()
                .map(|(day, sum)| (day - first_day, sum.succeeded, sum.failed))
                .collect::<Vec<_>>()
        };
        assert_eq!(days(&store).await, [(0, 7, 2), (1, 1, 0)], "before the first sample");
        take(&store, now, &Sample::default()).await.unwrap();
        crate::purge::purge(&store, now).await.unwrap();
        assert_eq!(store.count_rows().await.0, 0);
        assert_eq!(days(&store).await, [(0, 7, 2), (1, 1, 0)]);
        // A later sample finds less and changes nothing.
        take(&store, at(201 + MINUTES_A_DAY), &Sample::default()).await.unwrap();
        assert_eq!(days(&store).await, [(0, 7, 2), (1, 1, 0)]);
    }

    #[test]
    fn the_next_sample_is_in_the_next_minute() {
        let half = Timestamp::from_unix_millis(at(5).unix_millis() + 30_000);
        assert_eq!(until_next_minute(half), Duration::from_millis(30_020));
        assert_eq!(until_next_minute(at(5)), Duration::from_millis(60_020));
    }
}
