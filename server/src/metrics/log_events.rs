//! Counts warnings and errors of the log, so that one alert covers every failure that is only logged.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

const NAME: &str = "fleetcast_log_events_total";

pub(super) fn describe() {
    metrics::describe_counter!(NAME, "Warnings and errors in the log, by level.");
    for level in ["error", "warn"] {
        metrics::counter!(NAME, "level" => level).increment(0);
    }
}

/// Counts what the log's filter lets through.
#[derive(Debug)]
pub(crate) struct LogEvents;

impl<S: Subscriber> Layer<S> for LogEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            _ => return,
        };
        metrics::counter!(NAME, "level" => level).increment(1);
    }
}
