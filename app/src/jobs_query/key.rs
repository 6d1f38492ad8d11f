//! The filters by name, and how the value of each is read.

use console_wire::job::{JobFilter, JobTab};
use hub_wire::{DeviceId, Timestamp, job::JobStatus, time::TICKS_PER_SECOND};

use super::text::span;
use crate::format::time;

/// A filter of the bar and the address.
pub(crate) struct Key {
    /// Its name before the `=`.
    pub(crate) name: &'static str,
    /// Values to suggest.
    pub(crate) values: &'static [&'static str],
    /// Sets the filter to a value at a time; `None` for an unknown value.
    pub(super) set: fn(&mut JobFilter, &str, Timestamp) -> Option<()>,
}

/// All filters, in the order of the bar.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "tab",
        values: &["running", "scheduled", "finished"],
        set: |filter, value, _| {
            filter.tab = JobTab::from_wire(value)?;
            Some(())
        },
    },
    Key {
        name: "since",
        values: &["24h", "7d", "30d"],
        set: |filter, value, now| {
            filter.since = if value == "all" { None } else { Some(before(now, span(value)?)) };
            Some(())
        },
    },
    Key {
        name: "day",
        values: &[],
        set: |filter, value, _| {
            let begin = time::day_begin(value)?;
            filter.since = Some(begin);
            filter.until = Some(Timestamp::from_ticks(begin.ticks() + 86_400 * TICKS_PER_SECOND));
            Some(())
        },
    },
    Key {
        name: "status",
        values: &["running", "queued", "scheduled", "completed", "failed", "with-failures", "cancelled"],
        set: |filter, value, _| {
            (filter.status, filter.problems) = status(value)?;
            Some(())
        },
    },
    Key {
        name: "action",
        values: &[],
        set: |filter, value, _| {
            filter.action = Some(value.to_owned());
            Some(())
        },
    },
    Key {
        name: "target",
        values: &[],
        set: |filter, value, _| {
            filter.target = Some(value.to_owned());
            Some(())
        },
    },
    Key {
        name: "device",
        values: &[],
        set: |filter, value, _| {
            filter.device = Some(DeviceId::new(value).ok()?);
            Some(())
        },
    },
    Key {
        name: "longer",
        values: &["1min", "10min", "1h", "2h"],
        set: |filter, value, _| {
            filter.longer_secs = Some(span(value)?);
            Some(())
        },
    },
];

/// The time that many seconds earlier.
fn before(now: Timestamp, seconds: u64) -> Timestamp {
    let back = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND);
    Timestamp::from_ticks(now.ticks().saturating_sub(back).max(0))
}

/// Reads `status` as the hub's status and whether devices had problems. `failed` is every job that something failed in,
/// whether the job itself or a device: who looks for failures finds them all.
fn status(text: &str) -> Option<(Option<JobStatus>, Option<bool>)> {
    match text {
        "failed" => Some((None, Some(true))),
        "with-failures" => Some((Some(JobStatus::Completed), Some(true))),
        "completed" => Some((Some(JobStatus::Completed), Some(false))),
        "canceled" => Some((Some(JobStatus::Cancelled), None)),
        text => {
            let status = JobStatus::from_wire(text);
            (status != JobStatus::Unknown).then_some((Some(status), None))
        }
    }
}
