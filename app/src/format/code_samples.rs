//! Code samples that create a job: with curl, with az, with the Node SDK. Ready to paste into a POSIX shell or a file; they
//! contain no secrets.

use console_wire::job::{JobSummary, NewJob};
use hub_wire::job::JobType;
use serde_json::Value;

use super::json;

/// A kind of code sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeSample {
    /// This console's own API.
    Curl,
    /// The Azure CLI with its IoT extension, straight to the hub.
    Az,
    /// `azure-iothub` for Node, straight to the hub.
    Node,
}

/// All of them, in display order.
pub(crate) const ALL: [CodeSample; 3] = [CodeSample::Curl, CodeSample::Az, CodeSample::Node];

impl CodeSample {
    /// The button's label; follows "Copy as".
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Az => "az",
            Self::Node => "Node",
        }
    }

    /// Whether a job on a group can be written in it: the hub knows no groups.
    pub(crate) const fn knows_groups(self) -> bool {
        matches!(self, Self::Curl)
    }

    /// The code. `jobs_url` is the address of the API's jobs, as the page was served.
    pub(crate) fn text(self, job: &NewJob, jobs_url: &str) -> String {
        match self {
            Self::Curl => curl(job, jobs_url),
            Self::Az => az(job),
            Self::Node => node(job),
        }
    }
}

/// A new job that does the same now, under the same name if one was chosen: without its id and its start.
pub(crate) fn same_job(job: &JobSummary) -> NewJob {
    NewJob {
        job_id: None,
        name: job.chosen_name().map(str::to_owned),
        reason: job.reason.clone(),
        job_type: job.job_type,
        cloud_to_device_method: job.cloud_to_device_method.clone(),
        update_twin: job.update_twin.clone(),
        query_condition: job.query_condition.clone(),
        device_ids: None,
        group_id: None,
        start_time: None,
        max_execution_time_in_seconds: job.max_execution_time_in_seconds,
        expected_devices: None,
        rollout: None,
    }
}

/// Placeholder for the hub's name, which the user replaces.
const HUB: &str = "YOUR-HUB";

/// `curl` to this console's API.
pub(crate) fn curl(job: &NewJob, jobs_url: &str) -> String {
    let body = serde_json::to_value(job).unwrap_or_default();
    format!(
        "curl -s {} \\\n  -H 'content-type: application/json' \\\n  -d {}",
        shell(jobs_url),
        shell(&json::pretty(&body))
    )
}

/// `az iot hub job create`, which needs the extension `azure-iot`.
pub(crate) fn az(job: &NewJob) -> String {
    let mut lines = vec![
        "az iot hub job create".to_owned(),
        format!("--hub-name {HUB}"),
        format!(
            "--job-id {}",
            job.job_id
                .as_ref()
                .map_or_else(|| format!("\"{}-$(date +%s)\"", id_prefix(job)), ToString::to_string)
        ),
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
    // The CLI takes seconds, like the hub.
    if let Some(seconds) = job.max_execution_time_in_seconds {
        lines.push(format!("--ttl {seconds}"));
    }
    lines.join(" \\\n  ")
}

/// A module for Node with the service SDK, `npm install azure-iothub`. The connection string is in the environment.
pub(crate) fn node(job: &NewJob) -> String {
    let id = job
        .job_id
        .as_ref()
        .map_or_else(|| format!("`{}-${{Date.now()}}`", id_prefix(job)), |id| text(id.as_str()));
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

/// What a job's id begins with. The hub keeps no names, so the id has the words of the name.
fn id_prefix(job: &NewJob) -> String {
    /// Room for what comes after it: ids have at most 64 characters.
    const LONGEST: usize = 40;
    let name = job.name.as_deref().unwrap_or("job").to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut prefix = words.collect::<Vec<_>>().join("-");
    prefix.truncate(LONGEST);
    let prefix = prefix.trim_end_matches('-');
    if prefix.is_empty() { "job".to_owned() } else { prefix.to_owned() }
}

/// The condition that the hub would get: a list of devices becomes one.
fn condition(job: &NewJob) -> String {
    match &job.device_ids {
        None => job.query_condition.clone(),
        Some(ids) => {
            format!("deviceId IN [{}]", hub_query::write::texts(ids.iter().map(hub_wire::DeviceId::as_str)))
        }
    }
}

/// A text as one argument in a POSIX shell.
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
    fn shell_arguments() {
        for (text, word) in
            [("lockDoor", "lockDoor"), ("", "''"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("$x", "'$x'")]
        {
            assert_eq!(shell(text), word);
        }
    }

    #[test]
    fn curl_sends_the_job_as_its_body() {
        let job = job(json!({"name": "Lock Building 43", "reason": "it's late"}));
        let text = curl(&job, "https://fleet.example/api/v1/jobs");
        let (_, body) = text.split_once("-d '").unwrap();
        let body = body.strip_suffix('\'').unwrap().replace(r"'\''", "'");
        assert_eq!(serde_json::from_str::<NewJob>(&body).unwrap(), job);
        assert!(text.starts_with("curl -s https://fleet.example/api/v1/jobs \\\n"), "{text}");
    }

    #[test]
    fn az_has_all_options() {
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
    fn the_id_has_the_words_of_the_name() {
        for (name, prefix) in [
            (json!(null), "job"),
            (json!("Lock Building 43"), "lock-building-43"),
            (json!("Wartung: Büro & $(x) `y`"), "wartung-b-ro-x-y"),
            (json!("日本"), "job"),
            (json!("a".repeat(90)), &*"a".repeat(40)),
        ] {
            let job = job(json!({"name": name}));
            assert_eq!(id_prefix(&job), prefix);
            assert!(az(&job).contains(&format!("--job-id \"{prefix}-$(date +%s)\"")));
            assert!(node(&job).contains(&format!("`{prefix}-${{Date.now()}}`")));
        }
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
        assert!(
            curl(&listed, "http://[::1]:3410/api/v1/jobs")
                .starts_with("curl -s 'http://[::1]:3410/api/v1/jobs' ")
        );
        assert!(curl(&listed, "/").contains("\"deviceIds\""));
    }
}
