//! Metrics of the calls to the hub, recorded by whichever recorder the process has installed.

use std::time::Duration;

use crate::ErrorKind;

const REQUESTS: &str = "fleetcast_hub_requests_total";
const DURATION: &str = "fleetcast_hub_request_duration_seconds";

/// Describes the metrics. Those that alerts compare over time begin at 0, so that the first failure counts as an increase.
pub fn describe() {
    ::metrics::describe_counter!(
        REQUESTS,
        "Calls to the hub, each attempt by itself, by operation and result."
    );
    ::metrics::describe_histogram!(DURATION, "Time until the hub has answered, by operation.");
    for result in [
        "ok",
        "device",
        "malformed",
        "refused",
        "server_error",
        "throttled",
        "timeout",
        "unauthorized",
        "unreachable",
    ] {
        for operation in ["create job", "get job", "query"] {
            ::metrics::counter!(REQUESTS, "operation" => operation, "result" => result).increment(0);
        }
    }
}

/// Counts an attempt.
pub(crate) fn record(operation: &'static str, error: Option<ErrorKind>, took: Duration) {
    let result = error.map_or("ok", result);
    ::metrics::counter!(REQUESTS, "operation" => operation, "result" => result).increment(1);
    ::metrics::histogram!(DURATION, "operation" => operation).record(took.as_secs_f64());
}

/// The label of a failure: what an operator would do about it.
const fn result(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthorized => "unauthorized",
        ErrorKind::Throttled { .. } => "throttled",
        ErrorKind::NotOnline | ErrorKind::GatewayTimeout | ErrorKind::UnreadableAnswer => "device",
        ErrorKind::NotFound { .. }
        | ErrorKind::Conflict
        | ErrorKind::PreconditionFailed
        | ErrorKind::Refused
        | ErrorKind::Invalid => "refused",
        ErrorKind::Server => "server_error",
        ErrorKind::Unreachable => "unreachable",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Malformed => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_by_what_to_do_about_them() {
        for (kind, label) in [
            (ErrorKind::Throttled { retry_after: None }, "throttled"),
            (ErrorKind::NotOnline, "device"),
            (ErrorKind::NotFound { code: None }, "refused"),
            (ErrorKind::Server, "server_error"),
            (ErrorKind::Unreachable, "unreachable"),
        ] {
            assert_eq!(result(kind), label, "{kind:?}");
        }
    }
}
