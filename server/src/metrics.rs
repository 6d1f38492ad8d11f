//! Metrics for Prometheus (`GET /metrics`).

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::state::AppState;

/// Seconds; from a cached file to a direct method that waits for its device.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Installs the recorder of metrics.
///
/// # Errors
/// When one is installed already.
pub(crate) fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?;
    metrics::describe_counter!("fleetcast_http_requests_total", "Requests by route, verb and status.");
    metrics::describe_histogram!(
        "fleetcast_http_request_seconds",
        "Time to the answer's first byte, by route."
    );
    metrics::describe_gauge!("fleetcast_event_streams", "Open event streams.");
    metrics::describe_gauge!("fleetcast_hub_reachable", "1 while the hub answers, 0 while it does not.");
    metrics::describe_gauge!("fleetcast_devices", "Devices registered at the hub.");
    metrics::describe_gauge!("fleetcast_devices_connected", "Devices connected to the hub.");
    metrics::describe_gauge!("fleetcast_jobs", "Jobs by tab of the jobs page.");
    metrics::describe_gauge!(
        "fleetcast_simulated_devices_connected",
        "Connected devices of the pool in this process."
    );
    metrics::describe_counter!(
        "fleetcast_simulated_calls_total",
        "Direct methods that reached the pool in this process."
    );
    crate::retention::describe();
    Ok(handle)
}

/// `GET /metrics`.
pub(crate) async fn render(State(state): State<AppState>) -> Response {
    let hub = state.console.hub_info().await;
    metrics::gauge!("fleetcast_hub_reachable").set(f64::from(u8::from(hub.reachable)));
    set_count("fleetcast_devices", hub.device_count);
    set_count("fleetcast_devices_connected", hub.connected_count);
    if let Ok(counts) = state.console.job_counts().await {
        for tab in [
            console_wire::job::JobTab::Running,
            console_wire::job::JobTab::Scheduled,
            console_wire::job::JobTab::Finished,
        ] {
            metrics::gauge!("fleetcast_jobs", "tab" => tab.as_str()).set(as_f64(counts.get(tab)));
        }
    }
    if let Some(pool) = &state.pool {
        let pool = pool.snapshot();
        metrics::gauge!("fleetcast_simulated_devices_connected").set(as_f64(pool.connected as u64));
        metrics::counter!("fleetcast_simulated_calls_total").absolute(pool.calls);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
        .into_response()
}

fn set_count(name: &'static str, count: Option<u64>) {
    if let Some(count) = count {
        metrics::gauge!(name).set(as_f64(count));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of devices and jobs are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// The label of a verb. A caller may make verbs up, and a label's values are kept for as long as the process runs.
fn verb(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Counts and times every request, by route and not by address, so that ids do not become labels.
pub(crate) async fn record(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let verb = verb(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("fleetcast_http_requests_total", "route" => route.clone(), "verb" => verb, "status" => status)
        .increment(1);
    metrics::histogram!("fleetcast_http_request_seconds", "route" => route)
        .record(begun.elapsed().as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_that_a_caller_made_up_share_a_label() {
        for (method, label) in
            [("GET", "GET"), ("PATCH", "PATCH"), ("PROPFIND", "other"), ("get", "other"), ("X-1", "other")]
        {
            assert_eq!(verb(&method.parse().unwrap()), label);
        }
    }
}
