//! Which device results to read next, from what the hub counts and what is here. Pure.
//!
//! A row is worth reading when it says more than the counts do. Those of a large job that wait say nothing but their
//! device's name, and soon are told again: they are read once the job is seen to give the time for it, and counted until
//! then. What has moved is read by the time of its last change, so that each row comes once for each change.

use console_wire::hub::HubKind;
use hub_wire::{Timestamp, job::DeviceJobStatistics};

/// Some of a job's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Those of devices whose turn has come.
    Moved,
    /// Those of devices that wait for their turn.
    Waiting,
}

/// What decides what to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation {
    /// How the hub is paced.
    pub(super) kind: HubKind,
    /// What the hub counts; none when it does not say.
    pub(super) hub: Option<DeviceJobStatistics>,
    /// What is counted here.
    pub(super) ours: DeviceJobStatistics,
    /// Devices that have a row here.
    pub(super) listed: u64,
    /// Whether the job has ended on the hub.
    pub(super) has_ended: bool,
    /// Whether the rows of an ended job did not add up when they were read last.
    pub(super) disagreed: bool,
    /// Devices a second whose turn came since the last look; none at the first one.
    pub(super) pace: Option<f64>,
}

/// A job of so many devices is read whole when it begins.
const fn small(kind: HubKind) -> u64 {
    match kind {
        HubKind::Embedded => 2_000,
        // Ten pages, a minute.
        HubKind::Remote => 1_000,
    }
}

/// The fastest pace, in devices a second, at which reading those that wait is worth it: a quarter of what can be read.
const fn unhurried(kind: HubKind) -> f64 {
    match kind {
        HubKind::Embedded => 10_000.0,
        HubKind::Remote => 4.0,
    }
}

/// What to read of a job that has begun, in this order.
pub(super) fn next(at: &Situation) -> &'static [Which] {
    let Some(hub) = at.hub else { return &[Which::All] };
    let is_whole = at.listed >= hub.device_count;
    // Devices only move forward, so equal counts mean equal rows.
    if hub == at.ours && is_whole {
        return &[];
    }
    let is_odd = at.has_ended && hub.pending_count + hub.running_count > 0;
    if at.disagreed || is_odd || (!is_whole && hub.device_count <= small(at.kind)) {
        return &[Which::All];
    }
    let has_moved = hub != at.ours;
    let reads_waiting =
        !is_whole && hub.pending_count > 0 && at.pace.is_some_and(|pace| pace <= unhurried(at.kind));
    match (has_moved, reads_waiting) {
        (true, true) => &[Which::Moved, Which::Waiting],
        (true, false) => &[Which::Moved],
        (false, true) => &[Which::Waiting],
        (false, false) => &[],
    }
}

/// Whether fewer devices have moved here than on the hub, which was asked before the rows were read.
pub(super) fn is_behind(ours: &DeviceJobStatistics, hub: &DeviceJobStatistics) -> bool {
    let finished = |counts: &DeviceJobStatistics| counts.succeeded_count + counts.failed_count;
    let begun = |counts: &DeviceJobStatistics| finished(counts) + counts.running_count;
    finished(ours) < finished(hub) || begun(ours) < begun(hub)
}

/// The query for some of a job's rows, among those that changed after a time.
pub(super) fn query(job_id: &str, which: Which, changed_after: Option<Timestamp>) -> String {
    let job_id = crate::target::literal(job_id);
    let status = match which {
        Which::All => "",
        Which::Moved => " AND devices.jobs.status != 'pending'",
        Which::Waiting => " AND devices.jobs.status = 'pending'",
    };
    let changed = match changed_after {
        // What waits has not changed.
        Some(at) if which != Which::Waiting => format!(" AND devices.jobs.lastUpdatedDateTimeUtc > '{at}'"),
        _ => String::new(),
    };
    format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = {job_id}{status}{changed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts([pending, running, succeeded, failed]: [u64; 4]) -> DeviceJobStatistics {
        DeviceJobStatistics {
            device_count: pending + running + succeeded + failed,
            pending_count: pending,
            running_count: running,
            succeeded_count: succeeded,
            failed_count: failed,
        }
    }

    #[test]
    fn what_says_more_than_the_counts_is_read() {
        const ALL: &[Which] = &[Which::All];
        const MOVED: &[Which] = &[Which::Moved];
        let nothing = [0; 4];
        for (what, hub, ours, listed, pace, expected) in [
            ("a small job begins", [9, 1, 0, 0], nothing, 0, None, ALL),
            ("a small one goes on", [5, 1, 4, 0], [9, 1, 0, 0], 10, Some(5.0), MOVED),
            ("nothing is new", [5, 1, 4, 0], [5, 1, 4, 0], 10, Some(0.0), &[]),
            ("a large job begins", [90_000, 0, 10_000, 0], nothing, 0, None, MOVED),
            ("it hurries on", [50_000, 0, 50_000, 0], [90_000, 0, 10_000, 0], 10_000, Some(99_000.0), MOVED),
            (
                "it has time",
                [89_999, 0, 10_001, 0],
                [90_000, 0, 10_000, 0],
                10_000,
                Some(10.0),
                &[Which::Moved, Which::Waiting],
            ),
            (
                "it stands still",
                [90_000, 5_000, 5_000, 0],
                [90_000, 5_000, 5_000, 0],
                10_000,
                Some(0.0),
                &[Which::Waiting],
            ),
            (
                "a first look after a restart",
                [90_000, 0, 10_000, 0],
                [90_000, 0, 10_000, 0],
                10_000,
                None,
                &[],
            ),
            (
                "all of a large job is listed",
                [89_999, 0, 10_001, 0],
                [90_000, 0, 10_000, 0],
                100_000,
                Some(1.0),
                MOVED,
            ),
        ] {
            let situation = Situation {
                kind: HubKind::Embedded,
                hub: Some(counts(hub)),
                ours: counts(ours),
                listed,
                has_ended: false,
                disagreed: false,
                pace,
            };
            assert_eq!(next(&situation), expected, "{what}");
        }
    }

    #[test]
    fn a_job_that_has_ended_is_read_until_it_adds_up() {
        let situation = |hub: [u64; 4], ours: [u64; 4], disagreed| Situation {
            kind: HubKind::Embedded,
            hub: Some(counts(hub)),
            ours: counts(ours),
            listed: 90_000,
            has_ended: true,
            disagreed,
            pace: Some(1.0),
        };
        let (done, nearly) = ([0, 0, 99_000, 1_000], [1_000, 0, 98_500, 500]);
        assert_eq!(next(&situation(done, nearly, false)), [Which::Moved]);
        assert_eq!(next(&situation(done, nearly, true)), [Which::All]);
        // It says that it has ended and counts devices that wait.
        assert_eq!(next(&situation([1, 0, 99_999, 0], nearly, false)), [Which::All]);
        let unspoken = Situation { hub: None, ..situation(done, nearly, false) };
        assert_eq!(next(&unspoken), [Which::All]);
    }

    #[test]
    fn a_real_hub_is_not_asked_for_what_waits_while_it_hurries() {
        let situation = |devices: u64, pace: f64| Situation {
            kind: HubKind::Remote,
            hub: Some(counts([devices - 100, 0, 100, 0])),
            ours: counts([devices - 50, 0, 50, 0]),
            listed: 50,
            has_ended: false,
            disagreed: false,
            pace: Some(pace),
        };
        assert_eq!(next(&situation(1_000, 10.0)), [Which::All]);
        assert_eq!(next(&situation(100_000, 10.0)), [Which::Moved]);
        assert_eq!(next(&situation(100_000, 1.0)), [Which::Moved, Which::Waiting]);
    }

    #[test]
    fn who_is_behind() {
        for (ours, hub, behind) in [
            ([5, 1, 4, 0], [5, 1, 4, 0], false),
            ([4, 0, 6, 0], [5, 1, 4, 0], false),
            ([6, 0, 4, 0], [5, 1, 4, 0], true),
            ([5, 2, 3, 0], [5, 1, 4, 0], true),
            ([5, 0, 1, 4], [5, 1, 4, 0], false),
        ] {
            assert_eq!(is_behind(&counts(ours), &counts(hub)), behind, "{ours:?} {hub:?}");
        }
    }

    #[test]
    fn queries() {
        let at = Some(Timestamp::from_unix_millis(0));
        for (job_id, which, changed_after, text) in [
            ("a", Which::All, None, "'a'"),
            ("it's", Which::All, at, "\"it's\" AND devices.jobs.lastUpdatedDateTimeUtc > 'AT'"),
            ("a", Which::Moved, None, "'a' AND devices.jobs.status != 'pending'"),
            (
                "a",
                Which::Moved,
                at,
                "'a' AND devices.jobs.status != 'pending' AND devices.jobs.lastUpdatedDateTimeUtc > 'AT'",
            ),
            ("a", Which::Waiting, at, "'a' AND devices.jobs.status = 'pending'"),
        ] {
            let text = text.replace("AT", "1970-01-01T00:00:00.0000000Z");
            assert_eq!(
                query(job_id, which, changed_after),
                format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = {text}")
            );
        }
    }
}
