//! Jobs, and a job's results, as CSV (RFC 4180), for a spreadsheet.

use console_wire::{job::JobSummary, outcome::DeviceResult};
use hub_wire::Timestamp;

/// The first line of a list of jobs.
pub(crate) const JOBS_HEADER: &str = "jobId,name,reason,type,action,queryCondition,status,origin,rerunOf,createdTimeUtc,\
    startTimeUtc,endTimeUtc,devices,succeeded,failed,timedOut,notOnline,interrupted,cancelled,inFlight,queued,\
    failureReason,createdBy,cancelledBy\r\n";

/// Appends one job as a line.
pub(crate) fn push_job(out: &mut String, job: &JobSummary) {
    let outcomes = &job.outcomes;
    let fields = [
        cell(&job.job_id),
        cell(&job.name),
        cell(job.reason.as_deref().unwrap_or_default()),
        job.job_type.as_str().to_owned(),
        cell(&job.action()),
        cell(&job.query_condition),
        job.status.as_str().to_owned(),
        job.origin.as_str().to_owned(),
        cell(job.parent.as_ref().map_or("", |parent| &parent.job_id)),
        job.created_time.to_string(),
        time(job.start_time),
        time(job.end_time),
        outcomes.total().to_string(),
        outcomes.succeeded.to_string(),
        outcomes.failed.to_string(),
        outcomes.timed_out.to_string(),
        outcomes.not_online.to_string(),
        outcomes.interrupted.to_string(),
        outcomes.cancelled.to_string(),
        outcomes.in_flight.to_string(),
        outcomes.queued.to_string(),
        cell(job.failure_reason.as_deref().unwrap_or_default()),
        cell(job.created_by.as_ref().map_or("", |person| &person.name)),
        cell(job.cancelled_by.as_ref().map_or("", |person| &person.name)),
    ];
    out.push_str(&fields.join(","));
    out.push_str("\r\n");
}

fn time(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// The first line of a job's results.
pub(crate) const HEADER: &str = "deviceId,moduleId,outcome,status,responseStatus,responsePayload,errorCode,\
    errorDescription,startTimeUtc,endTimeUtc,roundTripMs\r\n";

/// Appends one result as a line.
pub(crate) fn push(out: &mut String, result: &DeviceResult) {
    let response = result.response.as_ref();
    let error = result.error.as_ref();
    let fields = [
        cell(result.device_id.as_str()),
        cell(result.module_id.as_ref().map_or("", |id| id.as_str())),
        result.outcome.as_str().to_owned(),
        result.status.as_str().to_owned(),
        response.map(|response| response.status.to_string()).unwrap_or_default(),
        cell(&response.map(|response| response.payload.to_string()).unwrap_or_default()),
        cell(error.map_or("", |error| &error.code)),
        cell(error.map_or("", |error| &error.description)),
        time(result.start_time_utc),
        time(result.end_time_utc),
        result.round_trip_ms().map(|ms| ms.to_string()).unwrap_or_default(),
    ];
    out.push_str(&fields.join(","));
    out.push_str("\r\n");
}

/// A cell of text that devices or people chose. What a spreadsheet would run as a formula gets an apostrophe in front
/// (OWASP, CSV injection); what holds a comma, quote or line break is quoted.
pub(crate) fn cell(text: &str) -> String {
    let formula = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{formula}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{formula}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_safe() {
        for (text, written) in [
            ("", ""),
            ("door-1", "door-1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@x,y", "\"'@x,y\""),
        ] {
            assert_eq!(cell(text), written, "{text}");
        }
    }

    #[test]
    fn a_job_is_a_line() {
        let job: JobSummary = serde_json::from_value(serde_json::json!({
            "jobId": "lock-1", "name": "=Lock, all", "reason": "drill", "type": "scheduleDeviceMethod",
            "status": "completed", "queryCondition": "*", "createdTime": "2026-01-01T00:00:00Z", "startTime": null,
            "endTime": null, "maxExecutionTimeInSeconds": null, "cloudToDeviceMethod": {"methodName": "lockDoor"},
            "deviceJobStatistics": {"deviceCount": 3, "failedCount": 0, "succeededCount": 3, "runningCount": 0,
                "pendingCount": 0},
            "outcomes": {"queued": 0, "inFlight": 0, "succeeded": 2, "failed": 1, "timedOut": 0, "notOnline": 0,
                "interrupted": 0, "cancelled": 0},
            "origin": "api", "createdBy": {"userId": "u1", "name": "=Mara"}, "sequence": 1,
            "asOf": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        let mut out = String::new();
        push_job(&mut out, &job);
        assert_eq!(
            out,
            "lock-1,\"'=Lock, all\",drill,scheduleDeviceMethod,lockDoor,*,completed,api,,2026-01-01T00:00:00.0000000Z,,,\
             3,2,1,0,0,0,0,0,0,,'=Mara,\r\n"
        );
        // The name holds a comma.
        assert_eq!(out.matches(',').count() - 1, JOBS_HEADER.matches(',').count());
    }

    #[test]
    fn lines_have_as_many_cells_as_the_header() {
        let result: DeviceResult = serde_json::from_value(serde_json::json!({
            "deviceId": "=d", "status": "completed", "outcome": "failed", "response": {"status": 500, "payload": null},
            "startTimeUtc": "2026-01-01T00:00:00Z", "endTimeUtc": "2026-01-01T00:00:01.5Z"
        }))
        .unwrap();
        let mut out = String::new();
        push(&mut out, &result);
        assert_eq!(
            out,
            "'=d,,failed,completed,500,null,,,2026-01-01T00:00:00.0000000Z,2026-01-01T00:00:01.5000000Z,1500\r\n"
        );
        assert_eq!(out.matches(',').count(), HEADER.matches(',').count());
    }
}
