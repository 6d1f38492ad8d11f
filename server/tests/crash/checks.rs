//! Checks after a run: the records of hub, console and devices agree.

use std::collections::{BTreeMap, HashMap};

use futures::TryStreamExt;
use hub_client::HubClient;
use hub_wire::{
    Timestamp,
    device_job::{DeviceJob, DeviceJobStatus},
    job::{Job, JobStatus, JobType},
};
use serde_json::Value;

use crate::fleet::{Entry, Record};

/// How many device jobs ended how: `completed`, or the code of their error.
pub(crate) type Tally = BTreeMap<String, u64>;

/// Every target has one explained outcome, and the hub's counts are its rows.
pub(crate) fn check_rows(job: &Job, rows: &[DeviceJob], targets: usize, tally: &mut Tally) {
    assert_eq!(job.status, JobStatus::Completed, "{job:?}");
    let counts = job.device_job_statistics.expect("it has run");
    let count = |status| rows.iter().filter(|row| row.status == status).count() as u64;
    let devices: std::collections::HashSet<_> = rows.iter().map(|row| &row.device_id).collect();
    assert_eq!((rows.len(), devices.len()), (targets, targets), "{}: each target once", job.job_id);
    assert_eq!(
        (counts.device_count, counts.succeeded_count, counts.failed_count),
        (targets as u64, count(DeviceJobStatus::Completed), count(DeviceJobStatus::Failed)),
        "{}: counts are rows",
        job.job_id
    );
    for row in rows {
        let explanation = match (&row.status, &row.error) {
            (DeviceJobStatus::Completed, None) => "completed",
            (DeviceJobStatus::Failed, Some(error)) if !error.description.is_empty() => error.code.as_str(),
            _ => panic!("without an explained outcome: {row:?}"),
        };
        *tally.entry(explanation.to_owned()).or_default() += 1;
    }
}

/// The devices' own records agree: no device was called twice, a recorded answer was given by that device for that job,
/// and a device that was reported as not online was not called.
pub(crate) fn check_calls(job: &Job, rows: &[DeviceJob], records: &[Record]) {
    /// How often a device was called, and what it answered.
    type Calls<'a> = (u32, Vec<(i32, &'a Value)>);
    let mut of: HashMap<&str, Calls<'_>> = HashMap::new();
    for record in records.iter().filter(|record| record.job == job.job_id) {
        let (calls, answers) = of.entry(&record.device).or_default();
        match &record.entry {
            Entry::Called => *calls += 1,
            Entry::Answers(status, payload) => answers.push((*status, payload)),
            Entry::Drops => {}
        }
    }
    for row in rows {
        let (calls, answers) = of.remove(row.device_id.as_str()).unwrap_or_default();
        assert!(calls <= 1, "called {calls} times: {row:?}");
        match &row.error {
            None => {
                let outcome = row.outcome.as_ref().expect("an answer");
                let response = outcome.device_method_response.as_ref().expect("an answer");
                let given = answers.contains(&(response.status, &response.payload));
                assert!(given, "not this device's answer ({answers:?}): {row:?}");
            }
            Some(error) => match error.code.as_str() {
                "DeviceNotOnline" => assert_eq!(calls, 0, "{row:?}"),
                // The call was under way when one end was killed.
                "DeviceJobInterrupted" | "DeviceConnectionClosedRemotely" | "GatewayTimeout" => {}
                "InvalidResponseWhileProxying" => {
                    assert_eq!(calls, 1, "an answer that cannot be read: {row:?}");
                }
                _ => panic!("an outcome that nothing here leads to: {row:?}"),
            },
        }
    }
    assert!(of.is_empty(), "called, and not among the targets: {of:?}");
}

/// The console shows what the hub has, row by row.
pub(crate) fn check_console(shown: &Value, results: &HashMap<String, Value>, job: &Job, rows: &[DeviceJob]) {
    assert_eq!(shown["status"], job.status.as_str(), "{shown}");
    let counts = serde_json::to_value(job.device_job_statistics).expect("counts");
    assert_eq!(shown["deviceJobStatistics"], counts);
    assert_eq!(results.len(), rows.len(), "{}", job.job_id);
    for row in rows {
        let result = &results[row.device_id.as_str()];
        let code = row.error.as_ref().map(|error| error.code.as_str());
        assert_eq!(
            (result["status"].as_str(), result["error"]["code"].as_str()),
            (Some(row.status.as_str()), code)
        );
        if job.job_type == JobType::ScheduleDeviceMethod {
            let outcome = row.outcome.as_ref().and_then(|outcome| outcome.device_method_response.as_ref());
            let payload = outcome.map_or(&Value::Null, |response| &response.payload);
            assert_eq!(&result["response"]["payload"], payload, "{row:?} {result}");
        }
    }
}

/// A job does not start before its time, and one that started late reports it.
pub(crate) fn check_start(job: &Job, planned: Timestamp) {
    let started = job.start_time.expect("it has run");
    assert!(started >= planned, "{} was planned for {planned}: {started}", job.job_id);
    let late = started.since(planned);
    let message = job.status_message.as_deref().unwrap_or_default();
    assert_eq!(
        message.contains("late"),
        late >= hub_embedded::domain::job::LATE,
        "{late:?} late: '{message}'"
    );
}

/// Every twin job has moved every twin's version once.
pub(crate) async fn check_versions(hub: &HubClient, jobs: &[&Job], devices: usize) {
    let desired =
        jobs.iter().filter(|job| job.update_twin.as_ref().is_some_and(|it| it.desired().is_some())).count();
    let (first, first_desired) = (2, 1);
    for (attribute, expected) in
        [("version", first + jobs.len()), ("properties.desired.$version", first_desired + desired)]
    {
        let query = format!("SELECT {attribute} AS v, COUNT() AS n FROM devices GROUP BY {attribute}");
        let groups: Vec<Value> = hub.query(&query, 100).try_collect().await.expect("the hub answers");
        assert_eq!(groups, [serde_json::json!({"v": expected, "n": devices})], "{attribute}");
    }
}
