//! The log: levels from `FLEETCAST_LOG` (as `RUST_LOG`), info for our crates otherwise; to standard error.
//!
//! What is never logged: connection strings, keys, tokens, the `Authorization` header, request bodies.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::LogFormat, metrics::LogEvents, traces::Traces};

/// Starts the log, whose spans are traces where these are sent. Called once, before anything else runs.
pub(crate) fn start(format: LogFormat, traces: Option<&Traces>) {
    let filter =
        EnvFilter::try_from_env("FLEETCAST_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let spans = traces.map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer()));
    let registry = tracing_subscriber::registry().with(filter).with(LogEvents).with(spans);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => registry.with(layer.with_target(false)).init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).init(),
    }
}

/// Prints a line for scripts to standard output; the log goes to standard error.
#[expect(clippy::print_stdout, reason = "the one line that scripts wait for")]
pub(crate) fn announce(line: &str) {
    println!("{line}");
}
