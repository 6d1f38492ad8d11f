//! A job as somebody would send it without this page: with curl, with az, with the Node SDK. Ready to paste into a
//! POSIX shell or a file; nothing in it is a secret.

use console_wire::job::{JobSummary, NewJob};
use hub_wire::job::JobType;
use serde_json::Value;

use super::json;

/// A way to send a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// This console's own API.
    Curl,
    /// The Azure CLI with its IoT extension, straight to the hub.
    Az,
    /// `azure-iothub` for Node, straight to the hub.
    Node,
}

/// All of them, in the order in which they are offered.
pub(crate) const ALL: [Call; 3] = [Call::Curl, Call::Az, Call::Node];

impl Call {
    /// The word on the button, after "Copy as".
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Az => "az",
            Self::Node => "Node",
        }
    }

    /// The text to paste.
    pub(crate) fn text(self, job: &NewJob) -> String {
        match self {
            Self::Curl => curl(job),
            Self::Az => az(job),
            Self::Node => node(job),
        }
    }
}

/// The job that would do the same again, now: without its id and its start.
pub(crate) fn again(job: &JobSummary) -> NewJob {
    NewJob {
        job_id: None,
        job_type: job.job_type,
        cloud_to_device_method: job.cloud_to_device_method.clone(),
        update_twin: job.update_twin.clone(),
        query_condition: job.query_condition.clone(),
        device_ids: None,
        start_time: None,
        max_execution_time_in_seconds: job.max_execution_time_in_seconds,
        expected_devices: None,
    }
}

/// Placeholder for what only the person who pastes knows.
const HUB: &str = "YOUR-HUB";

/// `curl` to this console's API. The address is the default one; a person changes it where the console is elsewhere.
pub(crate) fn curl(job: &NewJob) -> String {
    let body = serde_json::to_value(job).unwrap_or_default();
    format!(
        "curl -s http://127.0.0.1:3000/api/v1/jobs \\\n  -H 'content-type: application/json' \\\n  -d {}",
        shell(&json::pretty(&body))
    )
}

/// `az iot hub job create`, which needs the extension `azure-iot`.
pub(crate) fn az(job: &NewJob) -> String {
    let mut lines = vec![
        "az iot hub job create".to_owned(),
        format!("--hub-name {HUB}"),
        format!("--job-id {}", job.job_id.as_ref().map_or("\"job-$(date +%s)\"", |id| id.as_str())),
        format!("--job-type {}", job.job_type.as_str()),
        format!("--query-condition {}", shell(&condition(job))),
    ];
    if let Some(method) = &job.cloud_to_device_method {
        lines.push(format!("--method-name {}", shell(&method.method_name)));
        if !method.payload.is_null() {
            lines.push(format!("--method-payload {}", shell(&method.payload.to_string())));
        }
        lines.push(format!("--method-connect-timeout {}", method.connect_timeout()));
        lines.push(format!("--method-response-timeout {}", method.response_timeout()));
    }
    if let Some(patch) = &job.update_twin {
        let patch = serde_json::to_string(patch).unwrap_or_default();
        lines.push(format!("--twin-patch {}", shell(&patch)));
    }
    if let Some(start) = job.start_time {
        lines.push(format!("--start-time {}", shell(&start.to_string())));
    }
    // The CLI counts in seconds, like the hub.
    if let Some(seconds) = job.max_execution_time_in_seconds {
        lines.push(format!("--ttl {seconds}"));
    }
    lines.join(" \\\n  ")
}

/// A module for Node with the service SDK, `npm install azure-iothub`. The connection string is in the environment.
pub(crate) fn node(job: &NewJob) -> String {
    let id = job.job_id.as_ref().map_or_else(|| "`job-${Date.now()}`".to_owned(), |id| text(id.as_str()));
    let condition = text(&condition(job));
    let start = job
        .start_time
        .map_or_else(|| "new Date()".to_owned(), |at| format!("new Date({})", text(&at.to_string())));
    let limit = job.max_execution_time_in_seconds.unwrap_or(hub_wire::job::DEFAULT_MAX_EXECUTION_TIME);
    let (call, what) = if job.job_type == JobType::ScheduleDeviceMethod {
        let request = serde_json::to_value(&job.cloud_to_device_method).unwrap_or_default();
        ("scheduleDeviceMethod", request)
    } else {
        let mut patch = serde_json::to_value(&job.update_twin).unwrap_or_default();
        if let Value::Object(members) = &mut patch {
            members.entry("etag").or_insert_with(|| "*".into());
        }
        ("scheduleTwinUpdate", patch)
    };
    format!(
        "import iothub from 'azure-iothub';\n\n\
         const jobs = iothub.JobClient.fromConnectionString(process.env.IOTHUB_CONNECTION_STRING);\n\
         await jobs.{call}(\n  {id},\n  {condition},\n  {},\n  {start},\n  {limit},\n);\n",
        json::pretty(&what).replace('\n', "\n  ")
    )
}

/// The condition that the hub would get: a list of devices becomes one.
fn condition(job: &NewJob) -> String {
    match &job.device_ids {
        None => job.query_condition.clone(),
        Some(ids) => {
            let ids: Vec<_> =
                ids.iter().map(|id| format!("'{}'", id.as_str().replace('\'', "\\'"))).collect();
            format!("deviceId IN [{}]", ids.join(", "))
        }
    }
}

/// A text as one word of a POSIX shell.
fn shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as a literal of JavaScript; JSON's is one.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(change: Value) -> NewJob {
        let mut job = json!({
            "type": "scheduleDeviceMethod",
            "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {"mode": "it's night"}},
            "queryCondition": "tags.building = '43'",
            "maxExecutionTimeInSeconds": 3600
        });
        let Value::Object(change) = change else { panic!("an object") };
        for (name, value) in change {
            job[name] = value;
        }
        serde_json::from_value(job).unwrap()
    }

    fn twin_job() -> NewJob {
        job(json!({
            "type": "scheduleUpdateTwin",
            "cloudToDeviceMethod": null,
            "updateTwin": {"tags": {"floor": 3}},
            "startTime": "2026-09-17T18:00:00Z"
        }))
    }

    #[test]
    fn words_of_a_shell() {
        for (text, word) in
            [("lockDoor", "lockDoor"), ("", "''"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("$x", "'$x'")]
        {
            assert_eq!(shell(text), word);
        }
    }

    #[test]
    fn curl_sends_the_very_body() {
        let job = job(json!({}));
        let text = curl(&job);
        let (_, body) = text.split_once("-d '").unwrap();
        let body = body.strip_suffix('\'').unwrap().replace(r"'\''", "'");
        assert_eq!(serde_json::from_str::<NewJob>(&body).unwrap(), job);
        assert!(text.starts_with("curl -s http://127.0.0.1:3000/api/v1/jobs \\\n"), "{text}");
    }

    #[test]
    fn az_says_the_same() {
        assert_eq!(
            az(&job(json!({"jobId": "lock-1"}))),
            "az iot hub job create \\\n  --hub-name YOUR-HUB \\\n  --job-id lock-1 \\\n  \
             --job-type scheduleDeviceMethod \\\n  --query-condition 'tags.building = '\\''43'\\''' \\\n  \
             --method-name lockDoor \\\n  --method-payload '{\"mode\":\"it'\\''s night\"}' \\\n  \
             --method-connect-timeout 0 \\\n  --method-response-timeout 30 \\\n  --ttl 3600"
        );
        let twin = az(&twin_job());
        assert!(twin.contains("--job-id \"job-$(date +%s)\""), "{twin}");
        assert!(twin.contains("--twin-patch '{\"tags\":{\"floor\":3}}'"), "{twin}");
        assert!(twin.contains("--start-time 2026-09-17T18:00:00"), "{twin}");
        assert!(!twin.contains("--method"), "{twin}");
    }

    #[test]
    fn node_calls_the_sdk() {
        let method = node(&job(json!({"jobId": "lock-1"})));
        assert!(method.contains("await jobs.scheduleDeviceMethod(\n  \"lock-1\",\n"), "{method}");
        assert!(method.contains("\"tags.building = '43'\",\n  {\n    \"methodName\""), "{method}");
        assert!(method.contains("  new Date(),\n  3600,\n);"), "{method}");
        let twin = node(&twin_job());
        assert!(twin.contains("scheduleTwinUpdate(\n  `job-${Date.now()}`,"), "{twin}");
        assert!(twin.contains("\"etag\": \"*\""), "{twin}");
        assert!(twin.contains("new Date(\"2026-09-17T18:00:00"), "{twin}");
    }

    #[test]
    fn a_list_is_a_condition_for_the_hub() {
        let listed = job(json!({"queryCondition": "", "deviceIds": ["door-1", "o'neill"]}));
        assert!(node(&listed).contains(r"deviceId IN ['door-1', 'o\\'neill']"));
        assert!(curl(&listed).contains("\"deviceIds\""));
    }
}
