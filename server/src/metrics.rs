//! Metrics for Prometheus (`GET /metrics`), named by its conventions. docs/operations.md explains them.
//!
//! What happens is recorded where it happens: requests in [`http`], jobs in `console::metrics`, calls to the hub in
//! `hub_client::metrics`, purges in [`retention`](crate::retention). What is known at any time is read when `/metrics` is.

mod disk;
mod http;
mod log_events;

use std::time::Duration;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use console::Operation;
use console_wire::{hub::HubInfo, job::JobTab, webhook::Backlog};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

pub(crate) use self::{http::record, log_events::LogEvents};
use crate::{build::BUILD, retention, state::AppState};

/// Seconds; from a cached file to a direct method that waits for its device.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Seconds; from a result that is shown at once to a job that is an hour late.
const DELAY_BUCKETS: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];
/// How often recorded times are moved into their buckets. Until then each is kept by itself.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder of metrics. Needs a runtime.
///
/// # Errors
/// When one is installed already.
pub(crate) fn install() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
    for name in console::metrics::DELAYS {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), &DELAY_BUCKETS)?;
    }
    let handle = builder.install_recorder()?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    describe();
    http::describe();
    disk::describe();
    log_events::describe();
    retention::describe();
    console::metrics::describe();
    hub_client::metrics::describe();
    Collector::default().describe();
    Ok(handle)
}

fn describe() {
    metrics::describe_gauge!("fleetcast_build_info", "Always 1; the label says which build runs.");
    metrics::gauge!("fleetcast_build_info", "version" => BUILD.as_str()).set(1);
    metrics::describe_gauge!("fleetcast_event_streams", "Open event streams.");
    metrics::gauge!("fleetcast_event_streams").set(0);
    metrics::describe_gauge!("fleetcast_hub_reachable", "1 while the hub answers, 0 while it does not.");
    metrics::describe_gauge!(
        "fleetcast_hub_last_success_timestamp_seconds",
        "When the hub answered last, in seconds since 1970."
    );
    metrics::describe_gauge!("fleetcast_devices", "Devices registered at the hub.");
    metrics::describe_gauge!("fleetcast_devices_connected", "Devices connected to the hub.");
    metrics::describe_gauge!("fleetcast_jobs", "Jobs by tab of the jobs page.");
    metrics::describe_gauge!("fleetcast_jobs_watched", "Jobs whose results are read from the hub.");
    metrics::describe_gauge!(
        "fleetcast_job_read_age_seconds",
        "Age of the last reading of the running job that was not read for the longest time; 0 while none runs."
    );
    metrics::describe_gauge!(
        "fleetcast_store_writable",
        "1 while the console's store can be written, 0 after a write that failed for a full disk or the like."
    );
    metrics::describe_gauge!(
        "fleetcast_webhook_messages_pending",
        "Messages to active webhooks that are still to be sent, or sent again."
    );
    metrics::describe_gauge!(
        "fleetcast_webhook_oldest_pending_seconds",
        "Age of the oldest of them; 0 while there is none."
    );
    metrics::describe_gauge!(
        "fleetcast_simulated_devices_connected",
        "Connected devices of the pool in this process."
    );
    metrics::describe_counter!(
        "fleetcast_simulated_calls_total",
        "Direct methods that reached the pool in this process."
    );
}

/// `GET /metrics`.
pub(crate) async fn render(State(state): State<AppState>) -> Response {
    set_hub(&state.console.hub_info().await);
    set_operation(&state.console.operation());
    if let Ok(counts) = state.console.job_counts().await {
        for tab in [JobTab::Running, JobTab::Scheduled, JobTab::Finished] {
            metrics::gauge!("fleetcast_jobs", "tab" => tab.as_str()).set(as_f64(counts.get(tab)));
        }
    }
    if let Some(pool) = &state.pool {
        let pool = pool.snapshot();
        metrics::gauge!("fleetcast_simulated_devices_connected").set(as_f64(pool.connected as u64));
        metrics::counter!("fleetcast_simulated_calls_total").absolute(pool.calls);
    }
    if let Ok(backlog) = state.console.webhook_backlog().await {
        set_backlog(backlog);
    }
    disk::set(&state.data_dir).await;
    Collector::default().collect();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
        .into_response()
}

fn set_hub(hub: &HubInfo) {
    metrics::gauge!("fleetcast_hub_reachable").set(f64::from(u8::from(hub.reachable)));
    if let Some(at) = hub.last_success {
        let since_1970 = at.since(hub_wire::Timestamp::from_ticks(0));
        metrics::gauge!("fleetcast_hub_last_success_timestamp_seconds").set(since_1970.as_secs_f64());
    }
    set_count("fleetcast_devices", hub.device_count);
    set_count("fleetcast_devices_connected", hub.connected_count);
}

fn set_operation(operation: &Operation) {
    metrics::gauge!("fleetcast_jobs_watched").set(as_f64(operation.watched_jobs as u64));
    metrics::gauge!("fleetcast_job_read_age_seconds").set(operation.oldest_read_age.as_secs_f64());
    metrics::gauge!("fleetcast_store_writable").set(f64::from(u8::from(operation.is_store_writable)));
}

fn set_backlog(backlog: Backlog) {
    let now = hub_wire::Timestamp::from(std::time::SystemTime::now());
    let age = backlog.oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
    metrics::gauge!("fleetcast_webhook_messages_pending").set(as_f64(backlog.pending));
    metrics::gauge!("fleetcast_webhook_oldest_pending_seconds").set(age.as_secs_f64());
}

fn set_count(name: &'static str, count: Option<u64>) {
    if let Some(count) = count {
        metrics::gauge!(name).set(as_f64(count));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
