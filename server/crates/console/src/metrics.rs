//! Metrics of jobs, recorded by whichever recorder the process has installed.
//!
//! They are named by Prometheus' conventions. What is known at any time (how many jobs there are, how old the last
//! reading is) is not recorded here; the server reads it from [`Console::operation`](crate::Console::operation).

use std::time::Duration;

use console_wire::outcome::Outcome;
use hub_wire::{Timestamp, job::JobStatus};

use crate::store::Applied;

const STARTED: &str = "fleetcast_job_start_delay_seconds";
const ENDED: &str = "fleetcast_jobs_ended_total";
const RESULTS: &str = "fleetcast_device_results_total";
const RESULT_DELAY: &str = "fleetcast_device_result_delay_seconds";
const DELIVERIES: &str = "fleetcast_webhook_attempts_total";
const WRITER_WAIT: &str = "fleetcast_store_writer_wait_seconds";

/// The histograms of delays that may be minutes.
pub const DELAYS: [&str; 2] = [STARTED, RESULT_DELAY];

/// Describes the metrics. Those that alerts compare over time begin at 0, so that the first one counts as an increase.
pub fn describe() {
    ::metrics::describe_histogram!(STARTED, "How long after its time the hub began with a job.");
    ::metrics::describe_counter!(ENDED, "Jobs that ended, by status.");
    ::metrics::describe_counter!(RESULTS, "Results of devices in jobs, by outcome.");
    ::metrics::describe_histogram!(
        RESULT_DELAY,
        "From a device's result at the hub until it is stored here: the oldest result of each reading."
    );
    ::metrics::describe_histogram!(
        WRITER_WAIT,
        "How long a change waited until it could be written to the console's store."
    );
    ::metrics::describe_counter!(DELIVERIES, "Attempts to send a message to a webhook, by result.");
    for result in [Delivered::Yes, Delivered::Later, Delivered::No] {
        ::metrics::counter!(DELIVERIES, "result" => result.as_str()).increment(0);
    }
    for status in [JobStatus::Completed, JobStatus::Failed, JobStatus::Cancelled] {
        ::metrics::counter!(ENDED, "status" => status.as_str()).increment(0);
    }
    for outcome in Outcome::ALL.into_iter().filter(|outcome| outcome.is_terminal()) {
        ::metrics::counter!(RESULTS, "outcome" => outcome.as_str()).increment(0);
    }
}

/// Records what writing a reading came to.
pub(crate) fn record_applied(applied: &Applied, now: Timestamp) {
    if let Some(delay) = applied.start_delay {
        ::metrics::histogram!(STARTED).record(delay.as_secs_f64());
    }
    if let Some(oldest) = applied.oldest_change {
        ::metrics::histogram!(RESULT_DELAY).record(now.since(oldest).as_secs_f64());
    }
    if applied.status.is_terminal() && !applied.status_before.is_terminal() {
        ::metrics::counter!(ENDED, "status" => applied.status.as_str()).increment(1);
    }
    for outcome in Outcome::ALL.into_iter().filter(|outcome| outcome.is_terminal()) {
        let new = applied.outcomes.get(outcome).saturating_sub(applied.outcomes_before.get(outcome));
        if new > 0 {
            ::metrics::counter!(RESULTS, "outcome" => outcome.as_str()).increment(new);
        }
    }
}

/// What an attempt to send a message to a webhook came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It was delivered.
    Yes,
    /// It is sent again later.
    Later,
    /// It is not sent again.
    No,
}

impl Delivered {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "delivered",
            Self::Later => "retried",
            Self::No => "failed",
        }
    }
}

/// Records an attempt to send a message to a webhook.
pub(crate) fn record_delivery(delivered: Delivered) {
    ::metrics::counter!(DELIVERIES, "result" => delivered.as_str()).increment(1);
}

/// Records how long a transaction waited for the only writer.
pub(crate) fn record_writer_wait(waited: Duration) {
    ::metrics::histogram!(WRITER_WAIT).record(waited.as_secs_f64());
}
