use console_wire::rollout::settings::Settings;
use hub_wire::job::{JobStatus, JobType};
use rollout::{
    approval::{ApprovalPolicy, Request, RequestHash},
    order::Target,
    retry::Answer,
};
use serde_json::json;

use super::*;

const START: Timestamp = Timestamp::from_ticks(18_000_000_000_000_000);

fn action() -> Action {
    Action {
        job_id: "job".into(),
        job_type: JobType::ScheduleDeviceMethod,
        method: Some(serde_json::from_value(json!({"methodName": "lockDoor"})).unwrap()),
        twin: None,
        scope: None,
    }
}

fn running(settings: &serde_json::Value) -> Running {
    let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
    let hash = RequestHash::new(&json!(1), &json!(1), &settings);
    let request = Request { asked_by: String::new(), action: "lockDoor".into(), hash, devices: 3 };
    let (state, _) =
        rollout::begin("job", settings, request, ApprovalPolicy::default(), 60_000, START).unwrap();
    let shown = progress(&state, None, &[], None, START);
    Running {
        state,
        step: 0,
        copied_step: 0,
        devices: Arc::default(),
        is_listed: false,
        started: HashMap::new(),
        parts: OpenParts::default(),
        shown,
        asked_by: None,
    }
}

fn targets(ids: &[&str]) -> RolloutInput {
    let target = |id: &&str| Target { device_id: (*id).to_owned(), ..Target::default() };
    let device = |id: &&str| RolloutDevice { device_id: (*id).to_owned(), is_outside: false };
    let event = Event::TargetsRead(ids.iter().map(target).collect());
    RolloutInput { joined: ids.iter().map(device).collect(), ..event.into() }
}

fn answer(index: DeviceIndex, attempt: u16, id: &str, status: i32) -> RolloutInput {
    let event = Event::Answered { device: index, attempt, answer: Answer::Device(status) };
    let result = serde_json::from_value(json!({
        "deviceId": id, "jobId": "job", "jobType": "scheduleDeviceMethod", "status": "completed",
        "outcome": {"deviceMethodResponse": {"status": status, "payload": null}},
    }));
    RolloutInput { result: Some(result.unwrap()), ..event.into() }
}

fn states(write: &RolloutWrite) -> Vec<(&str, DeviceJobStatus)> {
    write.rows.iter().map(|row| (row.device_id.as_str(), row.status)).collect()
}

#[test]
fn each_device_has_one_row_and_earlier_calls_are_kept() {
    let action = action();
    let settings = json!({"retry": {"deviceStatuses": [500], "firstWaitSeconds": 1}});
    let begun = steps(&action, &running(&settings), &[targets(&["a", "b", "c"])], START);
    assert_eq!(begun.calls.len(), 3);
    assert_eq!(begun.write.joined.as_ref().unwrap().1, ["a", "b", "c"]);
    assert_eq!((begun.write.status, begun.write.started), (JobStatus::Running, Some(START)));
    assert!(states(&begun.write).iter().all(|(_, status)| *status == DeviceJobStatus::Running));
    assert!(begun.write.steps.is_empty() && begun.write.state.copy.is_some(), "targets are copied");

    let later = START.plus(std::time::Duration::from_millis(5));
    let answers =
        [answer(0, 1, "a", 200), answer(1, 1, "b", 500), answer(2, 1, "c", 404), answer(2, 1, "c", 200)];
    let answered = steps(&action, &begun.after, &answers, later);
    let (done, waits) = (DeviceJobStatus::Completed, DeviceJobStatus::Pending);
    assert_eq!(
        states(&answered.write),
        [("a", done), ("b", waits), ("c", done)],
        "the second answer is dropped"
    );
    assert_eq!(answered.write.steps.len(), 4);
    let outcomes = answered.write.outcomes.unwrap();
    assert_eq!((outcomes.succeeded, outcomes.failed, outcomes.queued), (1, 1, 1));
    let kept: Vec<_> =
        answered.write.attempts.iter().map(|(attempt, row)| (*attempt, row.device_id.as_str())).collect();
    assert_eq!(kept, [(1, "b")]);

    // Cancelled while it waits: it ends as its last call did.
    let cancelled = steps(&action, &answered.after, &[Event::Cancel.into()], later);
    assert_eq!(cancelled.write.by_last_attempt, ["b"]);
    assert!(cancelled.write.has_ended && cancelled.write.status == JobStatus::Cancelled);
}

#[test]
fn what_was_in_flight_at_a_restart_is_interrupted_and_what_was_not_called_is_called() {
    let action = action();
    let slow = json!({"rate": {"perMinute": 60}});
    let begun = steps(&action, &running(&slow), &[targets(&["a", "b"])], START);
    assert_eq!(begun.calls.len(), 1);
    let later = START.plus(std::time::Duration::from_secs(2));
    let after = steps(&action, &begun.after, &[Event::Restarted.into()], later);
    let codes: Vec<_> =
        after.write.rows.iter().map(|row| row.error.as_ref().map(|error| error.code.as_str())).collect();
    assert!(codes.contains(&Some(INTERRUPTED)) && codes.contains(&None), "{codes:?}");
    let interrupted = after.write.rows.iter().find(|row| row.error.is_some()).unwrap();
    assert_eq!(interrupted.start_time_utc, Some(START), "it keeps when it was called");
    assert_eq!(after.calls.len(), 1);
    assert_ne!(after.calls[0].0, begun.calls[0].0);
}
