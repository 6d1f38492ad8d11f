//! A job's results as CSV (RFC 4180), for a spreadsheet.

use console_wire::outcome::DeviceResult;
use hub_wire::Timestamp;

/// The first line.
pub(crate) const HEADER: &str = "deviceId,moduleId,outcome,status,responseStatus,responsePayload,errorCode,\
    errorDescription,startTimeUtc,endTimeUtc,roundTripMs\r\n";

/// Appends one result as a line.
pub(crate) fn push(out: &mut String, result: &DeviceResult) {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
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
fn cell(text: &str) -> String {
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
    fn cells() {
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
