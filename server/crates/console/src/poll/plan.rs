//! Which device results to read next, from what the hub counts and what is here. Pure.
//!
//! A row is worth reading when it holds more than the counts do. The waiting rows of a large job hold no more than their
//! device's id, and will change soon. They are read when the job is slow enough, and only counted until then. Started
//! rows are read by the time of their last change, so that each row comes once for each change.

use console_wire::hub::HubKind;
use hub_wire::{Timestamp, job::DeviceJobStatistics};

/// Some of a job's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowSelection {
    /// All.
    All,
    /// Those of devices whose turn has come.
    Started,
    /// Those of devices that wait for their turn.
    Waiting,
}

/// What decides what to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollContext {
    /// How often the hub is called.
    pub(super) kind: HubKind,
    /// What the hub counts; none when it does not report it.
    pub(super) hub: Option<DeviceJobStatistics>,
    /// What is counted here.
    pub(super) ours: DeviceJobStatistics,
    /// Devices that have a row here.
    pub(super) fetched: u64,
    /// Whether the job has ended on the hub.
    pub(super) has_ended: bool,
    /// Whether the rows of an ended job did not add up when they were read last.
    pub(super) disagreed: bool,
    /// Devices a second whose turn came since the last poll; none at the first one.
    pub(super) start_rate: Option<f64>,
}

/// A job of at most so many devices is read whole when it begins.
const fn small_job(kind: HubKind) -> u64 {
    match kind {
        HubKind::Embedded => 2_000,
        // Ten pages, a minute.
        HubKind::Remote => 1_000,
    }
}

/// The highest rate, in devices a second, at which waiting rows are read: a quarter of what can be read.
const fn max_rate_to_read_waiting(kind: HubKind) -> f64 {
    match kind {
        HubKind::Embedded => 10_000.0,
        HubKind::Remote => 4.0,
    }
}

/// Which rows to read of a job that has begun, in this order.
pub(super) fn rows_to_read(at: &PollContext) -> &'static [RowSelection] {
    let Some(hub) = at.hub else { return &[RowSelection::All] };
    let is_complete = at.fetched >= hub.device_count;
    // Devices only move forward, so equal counts mean equal rows.
    if hub == at.ours && is_complete {
        return &[];
    }
    let is_contradictory = at.has_ended && hub.pending_count + hub.running_count > 0;
    if at.disagreed || is_contradictory || (!is_complete && hub.device_count <= small_job(at.kind)) {
        return &[RowSelection::All];
    }
    let has_changed = hub != at.ours;
    let reads_waiting = !is_complete
        && hub.pending_count > 0
        && at.start_rate.is_some_and(|rate| rate <= max_rate_to_read_waiting(at.kind));
    match (has_changed, reads_waiting) {
        (true, true) => &[RowSelection::Started, RowSelection::Waiting],
        (true, false) => &[RowSelection::Started],
        (false, true) => &[RowSelection::Waiting],
        (false, false) => &[],
    }
}

/// Whether fewer devices have started or finished here than on the hub, whose counts were read before the rows.
pub(super) fn is_behind(ours: &DeviceJobStatistics, hub: &DeviceJobStatistics) -> bool {
    let finished = |counts: &DeviceJobStatistics| counts.succeeded_count + counts.failed_count;
    let started = |counts: &DeviceJobStatistics| finished(counts) + counts.running_count;
    finished(ours) < finished(hub) || started(ours) < started(hub)
}

/// The query for some of a job's rows, among those that changed after a time.
pub(super) fn query(job_id: &str, selection: RowSelection, changed_after: Option<Timestamp>) -> String {
    let job_id = hub_query::write::text(job_id);
    let status = match selection {
        RowSelection::All => "",
        RowSelection::Started => " AND devices.jobs.status != 'pending'",
        RowSelection::Waiting => " AND devices.jobs.status = 'pending'",
    };
    let changed = match changed_after {
        // A waiting row has not changed.
        Some(at) if selection != RowSelection::Waiting => {
            format!(" AND devices.jobs.lastUpdatedDateTimeUtc > '{at}'")
        }
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
    fn rows_that_hold_more_than_the_counts_are_read() {
        const ALL: &[RowSelection] = &[RowSelection::All];
        const STARTED: &[RowSelection] = &[RowSelection::Started];
        let nothing = [0; 4];
        for (what, hub, ours, fetched, start_rate, expected) in [
            ("a small job begins", [9, 1, 0, 0], nothing, 0, None, ALL),
            ("a small one goes on", [5, 1, 4, 0], [9, 1, 0, 0], 10, Some(5.0), STARTED),
            ("nothing is new", [5, 1, 4, 0], [5, 1, 4, 0], 10, Some(0.0), &[]),
            ("a large job begins", [90_000, 0, 10_000, 0], nothing, 0, None, STARTED),
            ("it runs fast", [50_000, 0, 50_000, 0], [90_000, 0, 10_000, 0], 10_000, Some(99_000.0), STARTED),
            (
                "it runs slowly",
                [89_999, 0, 10_001, 0],
                [90_000, 0, 10_000, 0],
                10_000,
                Some(10.0),
                &[RowSelection::Started, RowSelection::Waiting],
            ),
            (
                "nothing starts",
                [90_000, 5_000, 5_000, 0],
                [90_000, 5_000, 5_000, 0],
                10_000,
                Some(0.0),
                &[RowSelection::Waiting],
            ),
            (
                "the first poll after a restart",
                [90_000, 0, 10_000, 0],
                [90_000, 0, 10_000, 0],
                10_000,
                None,
                &[],
            ),
            (
                "all rows of a large job are here",
                [89_999, 0, 10_001, 0],
                [90_000, 0, 10_000, 0],
                100_000,
                Some(1.0),
                STARTED,
            ),
        ] {
            let context = PollContext {
                kind: HubKind::Embedded,
                hub: Some(counts(hub)),
                ours: counts(ours),
                fetched,
                has_ended: false,
                disagreed: false,
                start_rate,
            };
            assert_eq!(rows_to_read(&context), expected, "{what}");
        }
    }

    #[test]
    fn a_job_that_has_ended_is_read_until_it_adds_up() {
        let context = |hub: [u64; 4], ours: [u64; 4], disagreed| PollContext {
            kind: HubKind::Embedded,
            hub: Some(counts(hub)),
            ours: counts(ours),
            fetched: 90_000,
            has_ended: true,
            disagreed,
            start_rate: Some(1.0),
        };
        let (done, nearly) = ([0, 0, 99_000, 1_000], [1_000, 0, 98_500, 500]);
        assert_eq!(rows_to_read(&context(done, nearly, false)), [RowSelection::Started]);
        assert_eq!(rows_to_read(&context(done, nearly, true)), [RowSelection::All]);
        // The hub reports that it has ended and counts devices that wait.
        assert_eq!(rows_to_read(&context([1, 0, 99_999, 0], nearly, false)), [RowSelection::All]);
        let no_counts = PollContext { hub: None, ..context(done, nearly, false) };
        assert_eq!(rows_to_read(&no_counts), [RowSelection::All]);
    }

    #[test]
    fn waiting_rows_of_a_real_hub_are_not_read_while_a_job_runs_fast() {
        let context = |devices: u64, start_rate: f64| PollContext {
            kind: HubKind::Remote,
            hub: Some(counts([devices - 100, 0, 100, 0])),
            ours: counts([devices - 50, 0, 50, 0]),
            fetched: 50,
            has_ended: false,
            disagreed: false,
            start_rate: Some(start_rate),
        };
        assert_eq!(rows_to_read(&context(1_000, 10.0)), [RowSelection::All]);
        assert_eq!(rows_to_read(&context(100_000, 10.0)), [RowSelection::Started]);
        assert_eq!(rows_to_read(&context(100_000, 1.0)), [RowSelection::Started, RowSelection::Waiting]);
    }

    #[test]
    fn behind_with_fewer_started_or_finished() {
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
    fn queries_select_status_and_change() {
        let at = Some(Timestamp::from_unix_millis(0));
        for (job_id, selection, changed_after, text) in [
            ("a", RowSelection::All, None, "'a'"),
            ("it's", RowSelection::All, at, r"'it\'s' AND devices.jobs.lastUpdatedDateTimeUtc > 'AT'"),
            ("a", RowSelection::Started, None, "'a' AND devices.jobs.status != 'pending'"),
            (
                "a",
                RowSelection::Started,
                at,
                "'a' AND devices.jobs.status != 'pending' AND devices.jobs.lastUpdatedDateTimeUtc > 'AT'",
            ),
            ("a", RowSelection::Waiting, at, "'a' AND devices.jobs.status = 'pending'"),
        ] {
            let text = text.replace("AT", "1970-01-01T00:00:00.0000000Z");
            assert_eq!(
                query(job_id, selection, changed_after),
                format!("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = {text}")
            );
        }
    }
}
