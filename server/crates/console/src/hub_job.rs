//! Whether the hub has a job of ours, after an answer that got lost. Pure.

use std::time::Duration;

use console_wire::hub::HubKind;
use hub_client::{ErrorKind, HubError};
use hub_wire::{
    Timestamp,
    direct_method::DirectMethodRequest,
    job::{Job, JobRequest},
};

/// Whether a failed call leaves open what the hub did.
pub(crate) fn is_outcome_unknown(error: &HubError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Server | ErrorKind::Malformed
    )
}

/// How long a hub may take until it lists a job that it was given.
pub(crate) const fn listing_delay(kind: HubKind) -> Duration {
    match kind {
        HubKind::Embedded => Duration::from_secs(5),
        HubKind::Remote => Duration::from_secs(150),
    }
}

/// Whether a job on the hub is the one that was requested at `since`, and not an older one with the same id and content.
///
/// `since` is by our clock and the job's time by the hub's: nothing else tells the two jobs apart. A hub whose clock is
/// further behind than the tolerance makes our job look older. Then its id is reported as taken, and discovery adds the
/// job as one from the hub. It never runs twice, since the hub takes an id once.
pub(crate) fn is_ours(job: &Job, request: &JobRequest, since: Timestamp, kind: HubKind) -> bool {
    let tolerance = match kind {
        // The same machine's clock, which may be corrected between the two readings.
        HubKind::Embedded => Duration::from_secs(1),
        HubKind::Remote => Duration::from_mins(5),
    };
    let method_name =
        |method: &Option<DirectMethodRequest>| method.as_ref().map(|method| method.method_name.clone());
    job.job_type == request.job_type
        && job.query_condition.as_deref() == Some(request.query_condition.as_str())
        && method_name(&job.cloud_to_device_method) == method_name(&request.cloud_to_device_method)
        && job.created_time.is_none_or(|created| since.since(created) < tolerance)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_older_job_of_the_same_id_is_not_ours() {
        let request: JobRequest =
            serde_json::from_value(json!({"jobId": "j", "type": "scheduleDeviceMethod",
            "queryCondition": "*", "cloudToDeviceMethod": {"methodName": "lockDoor"}}))
            .unwrap();
        let since = Timestamp::parse("2026-11-22T20:00:00Z").unwrap();
        for (created, method, kind, expected) in [
            ("2026-11-22T20:00:00Z", "lockDoor", HubKind::Embedded, true),
            ("2026-11-22T19:59:59.5Z", "lockDoor", HubKind::Embedded, true),
            ("2026-11-22T19:59:59Z", "lockDoor", HubKind::Embedded, false),
            ("2026-11-22T19:56:00Z", "lockDoor", HubKind::Remote, true),
            ("2026-11-22T19:55:00Z", "lockDoor", HubKind::Remote, false),
            ("2026-11-22T21:00:00Z", "lockDoor", HubKind::Remote, true),
            ("2026-11-22T20:00:00Z", "reboot", HubKind::Remote, false),
        ] {
            let job: Job = serde_json::from_value(json!({"jobId": "j", "type": "scheduleDeviceMethod",
                "status": "queued", "queryCondition": "*", "createdTime": created,
                "cloudToDeviceMethod": {"methodName": method}}))
            .unwrap();
            assert_eq!(is_ours(&job, &request, since, kind), expected, "{created} {method} {kind:?}");
        }
    }
}
