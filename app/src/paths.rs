//! Every address of the console is built here, so that a link and its page cannot disagree.

use std::fmt::Write as _;

use leptos_router::params::ParamsMap;

/// The jobs page.
pub(crate) const JOBS: &str = "/jobs";
/// The form for a new job.
pub(crate) const JOB_NEW: &str = "/jobs/new";
/// The devices page.
pub(crate) const DEVICES: &str = "/devices";
/// The page of the simulated devices.
pub(crate) const SIMULATOR: &str = "/simulator";
/// Every change of every job, as an event stream.
pub(crate) const EVENTS: &str = "/api/v1/events";

/// One job's page.
pub(crate) fn job(job_id: &str) -> String {
    format!("/jobs/{}", encode(job_id))
}

/// One job's page with the cancel dialog open: where "Cancel…" leads while the page is not yet interactive.
pub(crate) fn job_cancel(job_id: &str) -> String {
    with_query(&job(job_id), &[("cancel", "ask")])
}

/// One device's page.
pub(crate) fn device(device_id: &str) -> String {
    format!("/devices/{}", encode(device_id))
}

/// One job's event stream.
pub(crate) fn job_events(job_id: &str) -> String {
    format!("/api/v1/jobs/{}/events", encode(job_id))
}

/// One job's results as a file of this kind: `csv`, `json`, `txt`.
pub(crate) fn job_file(job_id: &str, ending: &str) -> String {
    format!("/api/v1/jobs/{}/devices.{ending}", encode(job_id))
}

/// The devices that a condition matches.
pub(crate) fn devices_where(condition: &str) -> String {
    with_query(DEVICES, &[("query", condition)])
}

/// The form for a new job on the devices that a condition matches.
pub(crate) fn job_new_where(condition: &str) -> String {
    with_query(JOB_NEW, &[("query", condition)])
}

/// The form for a job like another one.
pub(crate) fn job_new_from(job_id: &str) -> String {
    with_query(JOB_NEW, &[("from", job_id)])
}

/// The form filled from a template.
pub(crate) fn job_new_template(name: &str) -> String {
    with_query(JOB_NEW, &[("template", name)])
}

/// The condition that matches one device.
pub(crate) fn device_condition(device_id: &str) -> String {
    format!("deviceId = '{}'", device_id.replace('\'', "\\'"))
}

/// An address with parameters; those at their default, the empty text, are left out.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(separator);
        address.push_str(name);
        address.push('=');
        address.push_str(&encode(value));
        separator = '&';
    }
    address
}

/// Percent-encodes all but the unreserved characters of RFC 3986, which is right in a path and in a query alike.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A parameter whose value means nothing, as a notice names it: `state=odd`.
pub(crate) fn unknown(params: &ParamsMap, name: &str, is_known: impl FnOnce(&str) -> bool) -> Option<String> {
    let value = params.get(name).filter(|value| !value.is_empty() && !is_known(value))?;
    Some(format!("{name}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (built, expected) in [
            (job("lock-1"), "/jobs/lock-1"),
            (job("it's/1"), "/jobs/it%27s%2F1"),
            (job_cancel("lock-1"), "/jobs/lock-1?cancel=ask"),
            (device("a#b?c"), "/devices/a%23b%3Fc"),
            (job_events("j"), "/api/v1/jobs/j/events"),
            (job_file("a b", "csv"), "/api/v1/jobs/a%20b/devices.csv"),
            (devices_where("tags.kind = 'door'"), "/devices?query=tags.kind%20%3D%20%27door%27"),
            (devices_where(""), "/devices"),
            (job_new_where("a & b"), "/jobs/new?query=a%20%26%20b"),
            (with_query("/jobs", &[("tab", ""), ("q", "é")]), "/jobs?q=%C3%A9"),
        ] {
            assert_eq!(built, expected);
        }
        assert_eq!(device_condition("o'neill"), r"deviceId = 'o\'neill'");
    }

    #[test]
    fn only_unknown_values_are_told() {
        let params: ParamsMap = [("state", "odd"), ("show", "")].into_iter().collect();
        assert_eq!(unknown(&params, "state", |word| word == "failed").as_deref(), Some("state=odd"));
        assert_eq!(unknown(&params, "state", |word| word == "odd"), None);
        assert_eq!((unknown(&params, "show", |_| false), unknown(&params, "q", |_| false)), (None, None));
    }
}
