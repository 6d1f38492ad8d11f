//! A rollout among the jobs of a run: what is submitted, and what is true of it afterwards. The hub does not know it, so the console's
//! records are compared with those of the devices.

use std::collections::{BTreeMap, HashMap};

use hub_wire::Timestamp;
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    Planned,
    checks::Tally,
    fleet::{Entry, Record},
    support::assert_sums,
};

/// Its id.
pub(crate) const JOB: &str = "rollout";
/// Most repeated calls of a device.
const AT_MOST: usize = 2;

/// The rollout of a seed, of every second one: three waves at a rate with which it takes some seconds, so that kills meet all of it.
pub(crate) fn plan(seed: u64, targets: usize, random: &mut StdRng) -> Option<Planned> {
    if !seed.is_multiple_of(2) {
        return None;
    }
    let seconds = random.random_range(3..8);
    let stop_rules = if random.random_bool(0.3) {
        json!([{"outcome": "any", "percent": 30, "atLeast": 10, "action": "cancel"}])
    } else {
        json!([])
    };
    // A kill meets calls of the console in one half of the runs, and jobs on the hub in the other.
    let engine = if seed.is_multiple_of(4) { "hubJobs" } else { "directCalls" };
    let rollout = json!({
        "engine": engine,
        "waves": [
            {"size": {"percent": 10}, "gate": {"succeededPercent": 1}},
            {"size": {"percent": 30}, "gate": {"succeededPercent": 20}},
        ],
        "ifGateNotMet": "cancel",
        "rate": {"perMinute": targets * 60 / seconds},
        "stopRules": stop_rules,
        "retry": {
            "atMost": AT_MOST,
            "firstWaitSeconds": 1,
            // These seeds have a device that never answers.
            "safeToRepeat": is_safe_to_repeat(seed),
            "deviceStatuses": [500],
        },
        // A device that missed a call is called again half a minute later, so that only a few seeds wait for it.
        "offline": {"waitMinutes": u8::from(seed % 10 == 4)},
        "responseTimeoutInSeconds": 5,
    });
    let body = json!({
        "jobId": JOB,
        "type": "scheduleDeviceMethod",
        "queryCondition": "tags.near = true",
        "cloudToDeviceMethod": {"methodName": "lock", "payload": {"job": JOB}},
        "rollout": rollout,
    });
    let start = Timestamp::from(std::time::SystemTime::now());
    Some(Planned { id: JOB.into(), body, start, targets, is_acknowledged: false })
}

fn is_safe_to_repeat(seed: u64) -> bool {
    seed.is_multiple_of(5)
}

/// What was read of a rollout after a run.
pub(crate) struct Ended<'a> {
    pub(crate) job: &'a Value,
    /// The answer of the job's `/rollout`.
    pub(crate) rollout: &'a Value,
    /// By device.
    pub(crate) results: &'a HashMap<String, Value>,
    /// Those of the devices, for all jobs.
    pub(crate) records: &'a [Record],
}

/// Every device has one explained outcome, all counts are those of the results, and no device got the method again unless the settings
/// say so.
pub(crate) fn check(seed: u64, targets: usize, ended: &Ended<'_>, tally: &mut Tally) {
    assert_sums(ended.job);
    let mut entries: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for record in ended.records.iter().filter(|record| record.job == JOB) {
        entries.entry(&record.device).or_default().push(&record.entry);
    }
    check_counts(targets, ended);
    check_history(ended, &entries);
    assert_eq!(ended.results.len(), targets, "each target has one result");
    for (device, result) in ended.results {
        let entries = entries.remove(device.as_str()).unwrap_or_default();
        check_calls(&entries, is_safe_to_repeat(seed), result);
        check_outcome(&entries, result);
        let outcome = result["outcome"].as_str().expect("an outcome");
        *tally.entry(format!("rollout: {outcome}")).or_default() += 1;
    }
    assert!(entries.is_empty(), "called, and not among the targets: {entries:?}");
}

/// The counts of job and waves are those of the results.
fn check_counts(targets: usize, ended: &Ended<'_>) {
    let mut by_result = BTreeMap::<&str, u64>::new();
    for result in ended.results.values() {
        *by_result.entry(result["outcome"].as_str().expect("an outcome")).or_default() += 1;
    }
    let mut by_wave = BTreeMap::<&str, u64>::new();
    let waves = ended.rollout["waves"].as_array().expect("waves");
    assert_eq!(waves.len(), 3, "{}", ended.rollout);
    for wave in waves {
        add_counts(&mut by_wave, &wave["outcomes"]);
    }
    let mut by_job = BTreeMap::new();
    add_counts(&mut by_job, &ended.job["outcomes"]);
    assert_eq!(by_job, by_result, "the job's counts are its results");
    assert_eq!(by_wave, by_result, "the waves' counts are the results");
    assert_eq!(by_job.values().sum::<u64>(), targets as u64, "{by_job:?}");
    for open in ["queued", "inFlight"] {
        assert_eq!(by_job.get(open), None, "{by_job:?}");
        assert_eq!(ended.rollout["calls"][open], 0, "{}", ended.rollout);
    }
}

fn add_counts<'a>(to: &mut BTreeMap<&'a str, u64>, counts: &'a Value) {
    for (name, count) in counts.as_object().expect("counts") {
        match count.as_u64().expect("a count") {
            0 => {}
            count => *to.entry(name).or_default() += count,
        }
    }
}

/// It began and ended once, and every call that a device got was counted before it was sent.
fn check_history(ended: &Ended<'_>, entries: &HashMap<&str, Vec<&Entry>>) {
    let rollout = ended.rollout;
    let history = rollout["history"].as_array().expect("a history");
    for decision in ["started", "finished"] {
        let lines = history.iter().filter(|line| line["decision"].get(decision).is_some()).count();
        assert_eq!(lines, 1, "{decision}: {rollout}");
    }
    let got = entries.values().flatten().filter(|entry| ***entry == Entry::Called).count() as u64;
    let calls: u64 = rollout["calls"].as_object().expect("counts").values().filter_map(Value::as_u64).sum();
    assert!(calls >= got, "the devices got {got} calls: {rollout}");
    let notified = rollout["notified"].as_u64().expect("a count");
    assert!(notified >= entries.len() as u64, "{} devices got a call: {rollout}", entries.len());
}

/// A device got a further call only after an answer that the settings repeat.
fn check_calls(entries: &[&Entry], is_safe_to_repeat: bool, result: &Value) {
    let calls: Vec<_> = (0..entries.len()).filter(|index| *entries[*index] == Entry::Called).collect();
    assert!(calls.len() <= 1 + AT_MOST, "called {} times: {result} {entries:?}", calls.len());
    for pair in calls.windows(2) {
        let may_repeat = match entries[pair[0] + 1..pair[1]] {
            [Entry::Answers(500, _)] => true,
            [] => is_safe_to_repeat,
            _ => false,
        };
        assert!(may_repeat, "called again after it may have acted: {result} {entries:?}");
    }
}

/// The outcome is what the device did.
fn check_outcome(entries: &[&Entry], result: &Value) {
    let code = result["error"]["code"].as_str();
    let response = &result["response"];
    let is_given = || {
        entries.iter().any(|entry| {
            matches!(entry, Entry::Answers(status, payload)
                if response["status"] == *status && response["payload"] == *payload)
        })
    };
    match result["outcome"].as_str().expect("an outcome") {
        "succeeded" => {
            assert!(
                is_given() && response["status"] == 200,
                "not this device's answer: {result} {entries:?}"
            );
        }
        "failed" if code.is_none() => {
            assert!(
                is_given() && response["status"] == 500,
                "not this device's answer: {result} {entries:?}"
            );
        }
        "failed" => match code {
            // A call of another job made the device break the connection, perhaps before it had read this one.
            Some("DeviceConnectionClosedRemotely") => {}
            Some("InvalidResponseWhileProxying") => assert!(!entries.is_empty(), "not called: {result}"),
            _ => panic!("nothing here leads to {result}"),
        },
        "timedOut" => assert!(!entries.is_empty(), "not called: {result}"),
        // It may have refused a call before the one that missed it.
        "notOnline" => {
            let has_acted = |entry: &&&Entry| !matches!(entry, Entry::Called | Entry::Answers(500, _));
            assert_eq!(entries.iter().find(has_acted), None, "it was reached: {result} {entries:?}");
        }
        // A kill met its call, wherever that was.
        "interrupted" => assert!(code.is_some(), "unexplained: {result}"),
        "cancelled" => assert!(entries.is_empty(), "called: {result} {entries:?}"),
        _ => panic!("it has not ended: {result}"),
    }
}
