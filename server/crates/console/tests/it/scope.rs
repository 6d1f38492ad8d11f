//! An operator with a scope acts on the devices of the scope and on no others, on a real embedded hub. What such a person sees
//! is tried in `seen`, and who gives it one in `setting`.

mod seen;
mod setting;

use console::{CallRequester, Console, ConsoleConfig, ConsoleError, JobRequester};
use console_wire::{
    access::{Actor, Role},
    device_call::CallOrigin,
    group::NewGroup,
    job::{JobSummary, NewJob, Origin},
    outcome::Outcome,
    rerun::{NewRerun, Subset},
    target::ScopeLimit,
};
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId, Timestamp, bulk::BulkItem, direct_method::DirectMethodRequest, job::JobStatus, twin::TwinPatch,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    access::{join, set_up, sign_in_again},
    support::{World as FakeWorld, now, until, wait_for},
};

const SCOPE: &str = "tags.building = 'a'";

/// A hub with three devices in building a and two in building b, none of them connected.
struct World {
    _folder: TempDir,
    hub: Hub,
    client: HubClient,
    console: Console,
    priya: Actor,
    /// An operator whose scope is building a.
    mara: Actor,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::start(HubConfig::local(folder.path().join("hub"))).await.unwrap();
        let options = HubClientOptions { endpoint: Some(hub.rest_url()), ..HubClientOptions::default() };
        let client = HubClient::new(hub.connection_string().clone(), options).unwrap();
        let devices = [("a-1", "a"), ("a-2", "a"), ("a-3", "a"), ("b-1", "b"), ("b-2", "b")];
        let devices = devices.map(|(id, building)| json!({"id": id, "tags": {"building": building}}));
        let devices: Vec<BulkItem> = serde_json::from_value(json!(devices)).unwrap();
        assert!(client.bulk(&devices).await.unwrap().is_successful);
        let console =
            Console::open(ConsoleConfig::new(folder.path().join("console"), client.clone())).await.unwrap();
        let (priya, mara) = team(&console).await;
        Self { _folder: folder, hub, client, console, priya, mara }
    }

    async fn stop(self) {
        self.console.stop().await;
        self.hub.stop().await;
    }

    async fn create(&self, job: NewJob, by: &Actor) -> Result<JobSummary, ConsoleError> {
        self.console.create_job_from(job, on_page(by)).await
    }

    async fn ended(&self, job_id: &str) -> JobSummary {
        wait_for(&self.console, job_id, |job| job.status.is_terminal()).await
    }

    /// The devices whose tag `mark` is this.
    async fn marked(&self, mark: &str) -> Vec<String> {
        let mut marked = Vec::new();
        for id in ["a-1", "a-2", "a-3", "b-1", "b-2"] {
            let twin = self.client.twin(&device(id)).await.unwrap();
            if twin.tags.get("mark").is_some_and(|value| value == mark) {
                marked.push(id.to_owned());
            }
        }
        marked
    }
}

/// An administrator, and an operator with a scope.
async fn team(console: &Console) -> (Actor, Actor) {
    let priya = Actor::Person(set_up(console).await.person);
    let mara = join(console, &priya, "mara", Role::Operator).await.person;
    console.set_scope(&priya, &mara.user_id, SCOPE, None).await.unwrap();
    let mara = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(mara.scope(), Some(SCOPE));
    (priya, mara)
}

fn user_id(actor: &Actor) -> String {
    actor.person().unwrap().user_id
}

fn device(id: &str) -> DeviceId {
    id.parse().unwrap()
}

fn on_page(actor: &Actor) -> JobRequester {
    JobRequester { origin: Origin::Console, actor: actor.clone() }
}

fn call_by(actor: &Actor) -> CallRequester {
    CallRequester { origin: CallOrigin::Page, actor: actor.clone() }
}

/// A job that sets the tag `mark`.
fn mark(mark: &str, target: &Value) -> NewJob {
    let mut job =
        json!({"jobId": mark, "type": "scheduleUpdateTwin", "updateTwin": {"tags": {"mark": mark}}});
    for (name, value) in target.as_object().unwrap() {
        job[name] = value.clone();
    }
    serde_json::from_value(job).unwrap()
}

fn patch(tags: &Value) -> TwinPatch {
    serde_json::from_value(json!({"tags": tags})).unwrap()
}

/// As an unknown device.
fn is_not_found(error: &ConsoleError) -> bool {
    matches!(error, ConsoleError::NotFound { what: "device", .. })
        && !error.problem("r").detail.contains(SCOPE)
}

fn is_outside(error: &ConsoleError) -> bool {
    let problem = error.problem("r");
    matches!(error, ConsoleError::OutsideScope { .. })
        && problem.status == 403
        && problem.detail.contains(SCOPE)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_addresses_only_devices_of_the_scope() {
    let world = World::start().await;
    let preview = world.console.preview("*", &world.mara).await.unwrap();
    assert_eq!(preview.count, 3);
    let expected = ScopeLimit { scope: SCOPE.into(), outside_count: 2, outside: Vec::new() };
    assert_eq!(preview.limit, Some(expected));
    assert!(preview.sample.iter().all(|device| device.device_id.as_str().starts_with("a-")), "{preview:?}");
    assert_eq!(world.console.preview("*", &world.priya).await.unwrap().limit, None);

    let created = world.create(mark("all", &json!({"queryCondition": "*"})), &world.mara).await.unwrap();
    assert_eq!((created.scope.as_deref(), created.query_condition.as_str()), (Some(SCOPE), SCOPE));
    assert_eq!(created.expected_devices, Some(3));
    assert_eq!(world.ended("all").await.outcomes.succeeded, 3);
    assert_eq!(world.marked("all").await, ["a-1", "a-2", "a-3"]);

    let other = mark("other", &json!({"queryCondition": "tags.building = 'b' OR deviceId = 'a-2'"}));
    world.create(other, &world.mara).await.unwrap();
    world.ended("other").await;
    assert_eq!(world.marked("other").await, ["a-2"]);

    world.create(mark("priya", &json!({"queryCondition": "*"})), &world.priya).await.unwrap();
    assert_eq!(world.ended("priya").await.outcomes.succeeded, 5, "an administrator has no scope");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_condition_leaves_the_scope() {
    let world = World::start().await;
    for condition in [
        "x = 1) OR (1 = 1",
        "true) OR (true",
        "1 = 1 /*",
        "1 = 1) --",
        "x = 1 GROUP BY x",
        "tags.building = 'b",
        "FROM devices.modules",
    ] {
        let job = mark("escape", &json!({"queryCondition": condition}));
        let error = world.create(job, &world.mara).await.unwrap_err();
        let of_preview = world.console.preview(condition, &world.mara).await.unwrap_err();
        for error in [error, of_preview] {
            let ConsoleError::Invalid(faults) = error else { panic!("{condition}: {error:?}") };
            assert_eq!(faults[0].field, "queryCondition", "{condition}");
        }
    }
    let all = mark("escape", &json!({"queryCondition": "true OR 1 = 1"}));
    world.create(all, &world.mara).await.unwrap();
    world.ended("escape").await;
    assert_eq!(world.marked("escape").await, ["a-1", "a-2", "a-3"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_device_is_asked_of_the_hub_at_the_moment_of_the_call() {
    let world = World::start().await;
    let (console, mara) = (&world.console, &world.mara);
    let call = DirectMethodRequest {
        method_name: "lockDoor".into(),
        payload: Value::Null,
        response_timeout_in_seconds: None,
        connect_timeout_in_seconds: None,
    };
    let inside = console.invoke_method(&device("a-1"), &call, call_by(mara)).await.unwrap();
    assert_eq!(inside.result.unwrap_err().problem("r").kind, "device-not-online", "it was sent");
    let outside = console.invoke_method(&device("b-1"), &call, call_by(mara)).await.unwrap_err();
    assert!(is_not_found(&outside), "{outside:?}");
    assert_eq!(console.device_calls(&device("b-1"), None, None).await.unwrap().count, 0, "nothing was sent");
    let unknown = console.invoke_method(&device("nobody"), &call, call_by(mara)).await.unwrap_err();
    assert!(matches!(unknown, ConsoleError::NotFound { .. }), "{unknown:?}");
    // It counts what the device is now.
    world.client.patch_twin(&device("b-1"), &patch(&json!({"building": "a"})), None).await.unwrap();
    console.invoke_method(&device("b-1"), &call, call_by(mara)).await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered_and_what_falls_out_is_reported() {
    let world = World::start().await;
    let ids = ["a-1", "nobody", "b-1", "a-2"].map(str::to_owned).to_vec();
    let preview = world.console.preview(ids.clone(), &world.mara).await.unwrap();
    assert_eq!((preview.count, preview.unknown.as_slice()), (2, ["nobody".to_owned()].as_slice()));
    let expected = ScopeLimit { scope: SCOPE.into(), outside_count: 1, outside: vec!["b-1".into()] };
    assert_eq!(preview.limit, Some(expected));

    world.create(mark("list", &json!({"deviceIds": ids})), &world.mara).await.unwrap();
    let ended = world.ended("list").await;
    assert_eq!((ended.outcomes.succeeded, ended.outcomes.failed), (2, 2));
    assert_eq!(world.marked("list").await, ["a-1", "a-2"]);
    let causes = world.console.causes("list").await.unwrap().items;
    assert_eq!((causes.len(), causes[0].count), (1, 2));
    assert!(causes[0].key.message.contains("outside the scope"), "{causes:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_is_limited_by_the_scope_of_who_clicks() {
    let world = World::start().await;
    world.create(mark("first", &json!({"queryCondition": "*"})), &world.priya).await.unwrap();
    world.ended("first").await;
    let untag = patch(&json!({"mark": null}));
    for id in ["a-1", "a-2", "a-3", "b-1", "b-2"] {
        world.client.patch_twin(&device(id), &untag, None).await.unwrap();
    }
    let all = NewRerun::from(Subset { statuses: Outcome::ALL.to_vec(), cause: None });
    let rerun = world.console.rerun_from("first", all, on_page(&world.mara)).await.unwrap();
    let ended = world.ended(&rerun.job_id).await;
    assert_eq!((ended.outcomes.succeeded, ended.outcomes.failed), (3, 2));
    assert_eq!(world.marked("first").await, ["a-1", "a-2", "a-3"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_job_asks_again_when_it_starts() {
    let world = World::start().await;
    let start = now().plus(std::time::Duration::from_secs(2));
    let later = |target: Value| {
        let mut target = target;
        target["startTime"] = json!(start);
        target
    };
    let by_query = mark("wide", &later(json!({"queryCondition": "*"})));
    let by_list = mark("list", &later(json!({"deviceIds": ["a-1", "a-2", "b-1"]})));
    world.create(by_query, &world.mara).await.unwrap();
    world.create(by_list, &world.mara).await.unwrap();
    // One leaves the scope before the start.
    world.client.patch_twin(&device("a-1"), &patch(&json!({"building": "b"})), None).await.unwrap();
    world.ended("wide").await;
    world.ended("list").await;
    assert_eq!(world.marked("list").await.len() + world.marked("wide").await.len(), 2, "a-2 and a-3");
    assert!(world.client.twin(&device("a-1")).await.unwrap().tags.get("mark").is_none());
    assert!(world.client.twin(&device("b-1")).await.unwrap().tags.get("mark").is_none());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_job_is_cancelled_when_its_creator_loses_the_right() {
    let world = World::start().await;
    let (console, priya, mara) = (&world.console, &world.priya, &world.mara);
    let tomorrow = now().plus(std::time::Duration::from_hours(24));
    let id = user_id(mara);
    let later = |name: &str, target: Value| {
        let mut target = target;
        target["startTime"] = json!(tomorrow);
        mark(name, &target)
    };
    // The scope is wider now, or as before: the jobs stay.
    world.create(later("wide", json!({"queryCondition": "*"})), mara).await.unwrap();
    world.create(later("list", json!({"deviceIds": ["a-1"]})), mara).await.unwrap();
    console.set_scope(priya, &id, "", None).await.unwrap();
    console.set_scope(priya, &id, SCOPE, None).await.unwrap();
    console.set_scope(priya, &id, "tags.building = 'c'", None).await.unwrap();
    for job_id in ["wide", "list"] {
        let cancelled = wait_for(console, job_id, |job| job.cancel_reason.is_some()).await;
        assert_eq!(cancelled.status, JobStatus::Cancelled);
        let reason = cancelled.cancel_reason.unwrap();
        assert!(reason.contains("Name of mara") && reason.contains("tags.building = 'c'"), "{reason}");
    }
    console.set_scope(priya, &id, SCOPE, None).await.unwrap();
    world.create(later("role", json!({"queryCondition": "*"})), mara).await.unwrap();
    console.change_role(priya, &id, Role::Viewer).await.unwrap();
    let cancelled = wait_for(console, "role", |job| job.cancel_reason.is_some()).await;
    assert!(cancelled.cancel_reason.unwrap().contains("job:create"));
    // One that is created at the same moment is found when its watcher starts.
    world.create(later("late", json!({"queryCondition": "*"})), mara).await.unwrap();
    wait_for(console, "late", |job| job.cancel_reason.is_some()).await;
    console.change_role(priya, &id, Role::Operator).await.unwrap();
    world.create(later("account", json!({"queryCondition": "*"})), mara).await.unwrap();
    console.set_active(priya, &id, false).await.unwrap();
    let cancelled = wait_for(console, "account", |job| job.cancel_reason.is_some()).await;
    assert!(cancelled.cancel_reason.unwrap().contains("not active"));
    world.stop().await;
}

#[tokio::test]
async fn parts_are_not_sent_after_their_creator_has_lost_the_right() {
    let world = FakeWorld::start().await;
    let (priya, mara) = team(&world.console).await;
    world.hub.inside().most_active = Some(1);
    let ids: Vec<_> = (0..1500).map(|number| format!("door-{number:04}")).collect();
    let job = mark("long", &json!({"deviceIds": ids}));
    world.console.create_job_from(job, on_page(&mara)).await.unwrap();
    let condition = world.hub.inside().jobs["long-part-1"].job["queryCondition"].as_str().unwrap().to_owned();
    assert!(condition.starts_with(&format!("{SCOPE} AND deviceId IN [")), "{condition}");
    until("the second part had to wait", async || world.hub.inside().refused > 0).await;
    world.hub.begin_listed("long-part-1");
    world.console.change_role(&priya, &user_id(&mara), Role::Viewer).await.unwrap();
    let job = wait_for(&world.console, "long", |job| job.cancel_reason.is_some()).await;
    assert!(job.outcomes.cancelled > 500, "{:?}", job.outcomes);
    world.hub.all_answer("long-part-1", 200);
    world.hub.ends("long-part-1");
    wait_for(&world.console, "long", |job| job.status.is_terminal()).await;
    assert_eq!(world.hub.inside().jobs.len(), 1, "no part was sent");
    world.console.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_can_be_moved_out_of_the_scope_and_not_into_it() {
    let world = World::start().await;
    let (console, mara) = (&world.console, &world.mara);
    let to = |building: &str| patch(&json!({"building": building}));
    let into = console.patch_twin(&device("b-1"), &to("a"), call_by(mara)).await.unwrap_err();
    assert!(is_not_found(&into), "{into:?}");
    console.patch_twin(&device("a-1"), &to("b"), call_by(mara)).await.unwrap().result.unwrap();
    let back = console.patch_twin(&device("a-1"), &to("a"), call_by(mara)).await.unwrap_err();
    assert!(is_not_found(&back), "{back:?}");
    assert_eq!(world.client.twin(&device("a-1")).await.unwrap().tags["building"], "b");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_others_can_be_cancelled_only_inside_the_scope() {
    let world = World::start().await;
    let (console, priya, mara) = (&world.console, &world.priya, &world.mara);
    let tomorrow: Timestamp = now().plus(std::time::Duration::from_hours(24));
    for (job_id, by, target, is_inside) in [
        ("own", mara, json!({"queryCondition": "*"}), true),
        ("every", priya, json!({"queryCondition": "*"}), false),
        ("inside", priya, json!({"queryCondition": "tags.building = 'a' AND deviceId = 'a-1'"}), true),
        ("nothing", priya, json!({"queryCondition": "tags.building = 'c'"}), false),
        ("unread", priya, json!({"queryCondition": "FROM devices.modules"}), false),
        ("list", priya, json!({"deviceIds": ["a-1", "a-2"]}), true),
        ("mixed", priya, json!({"deviceIds": ["a-1", "b-2"]}), false),
    ] {
        let mut target = target;
        target["startTime"] = json!(tomorrow);
        world.create(mark(job_id, &target), by).await.unwrap();
        let cancelled = console.cancel_job_by(job_id, mara).await;
        match cancelled {
            Ok(job) => assert!(is_inside && job.status == JobStatus::Cancelled, "{job_id}"),
            Err(error) => assert!(!is_inside && is_outside(&error), "{job_id}: {error:?}"),
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_job_stays_within_the_scope_it_was_created_in() {
    let world = World::start().await;
    let tomorrow: Timestamp = now().plus(std::time::Duration::from_hours(24));
    let on = |job_id: &str, condition: &str| {
        mark(job_id, &json!({"queryCondition": condition, "startTime": tomorrow, "rollout": {}}))
    };
    let edit = async |job_id: &str, condition: &str, by: &Actor| {
        let requester = JobRequester { origin: Origin::Console, actor: by.clone() };
        world.console.edit_job(job_id, on(job_id, condition), requester).await
    };
    world.create(on("own", "*"), &world.mara).await.unwrap();
    for (by, condition, expected) in [
        (&world.mara, "deviceId != 'a-1'", "tags.building = 'a' AND deviceId != 'a-1'"),
        (&world.priya, "*", SCOPE),
        (&world.mara, SCOPE, SCOPE),
    ] {
        let edited = edit("own", condition, by).await.unwrap();
        assert_eq!((edited.query_condition.as_str(), edited.scope.as_deref()), (expected, Some(SCOPE)));
        assert_eq!(edited.created_by.unwrap().user_id, world.mara.person().unwrap().user_id);
    }
    world.create(on("every", "*"), &world.priya).await.unwrap();
    let refused = edit("every", "deviceId = 'a-1'", &world.mara).await.unwrap_err();
    assert!(is_outside(&refused), "{refused:?}");
    // Inside of the scope an operator edits the job of another person, and cannot take it outside.
    world.create(on("inside", "tags.building = 'a' AND deviceId = 'a-1'"), &world.priya).await.unwrap();
    let edited = edit("inside", "*", &world.mara).await.unwrap();
    assert_eq!((edited.query_condition.as_str(), edited.scope.as_deref()), (SCOPE, Some(SCOPE)));
    world.stop().await;
}
