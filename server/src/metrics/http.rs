//! Counts and times every request.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};

pub(super) fn describe() {
    metrics::describe_counter!("fleetcast_http_requests_total", "Requests by route, verb and status.");
    metrics::describe_histogram!(
        "fleetcast_http_request_duration_seconds",
        "Time to the answer's first byte, by route."
    );
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
    metrics::histogram!("fleetcast_http_request_duration_seconds", "route" => route)
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
