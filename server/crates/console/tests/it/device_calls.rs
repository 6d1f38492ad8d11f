//! Calls and twin changes of one device are kept, whatever becomes of them.

use std::sync::Arc;

use console::{CallRequester, ConsoleError};
use console_wire::{
    access::{Actor, Person, Role},
    device_call::{CallOrigin, CallType, DeviceCall},
    outcome::Outcome,
};
use hub_wire::{DeviceId, direct_method::DirectMethodRequest, error::ErrorCode, twin::TwinPatch};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{World, until};

fn door() -> DeviceId {
    "door-0001".parse().unwrap()
}

fn call(payload: Value) -> DirectMethodRequest {
    DirectMethodRequest {
        method_name: "lockDoor".into(),
        payload,
        response_timeout_in_seconds: None,
        connect_timeout_in_seconds: None,
    }
}

fn mara() -> Actor {
    Actor::Person(Person {
        user_id: "u1".into(),
        user_name: "mara".into(),
        name: "Mara Lindqvist".into(),
        role: Role::Operator,
        scope: None,
    })
}

async fn calls(world: &World) -> Vec<DeviceCall> {
    world.console.device_calls(&door(), None, None).await.unwrap().items
}

#[tokio::test]
async fn answers_and_refusals_are_kept() {
    let world = World::start().await;
    let (hub, console) = (&world.hub, &world.console);
    let who = CallRequester { origin: CallOrigin::Page, actor: mara() };
    let sent = console.invoke_method(&door(), &call(json!({"mode": "night"})), who).await.unwrap();
    assert_eq!(sent.result.unwrap().response.status, 200);
    hub.inside().method_status = 500;
    console.invoke_method(&door(), &call(json!(1)), CallOrigin::Api).await.unwrap().result.unwrap();
    let patch: TwinPatch =
        serde_json::from_value(json!({"tags": {"a": 1}, "properties": {"desired": {"b": 2}}})).unwrap();
    console.patch_twin(&door(), &patch, CallOrigin::Api).await.unwrap().result.unwrap();
    for (code, kind, outcome) in [
        (ErrorCode::DeviceNotOnline, "device-not-online", Outcome::NotOnline),
        (ErrorCode::DeviceConnectionClosedRemotely, "device-not-online", Outcome::Failed),
        (ErrorCode::GatewayTimeout, "device-timeout", Outcome::TimedOut),
        (ErrorCode::DeviceNotFound, "not-found", Outcome::Failed),
        (ErrorCode::ServiceUnavailable, "outcome-unknown", Outcome::Interrupted),
    ] {
        hub.inside().fails_with = Some(code);
        let sent = console.invoke_method(&door(), &call(Value::Null), CallOrigin::Api).await.unwrap();
        let problem = sent.result.unwrap_err().problem("r");
        assert_eq!(problem.kind, kind);
        let newest = calls(&world).await.remove(0);
        assert_eq!((newest.call_id, newest.outcome), (sent.call_id, outcome), "{code:?}");
        assert_eq!(newest.error.unwrap().code, code.name());
        if outcome == Outcome::Interrupted {
            assert!(!problem.retryable, "the device may have acted");
        }
    }
    // Nothing is sent, so nothing is kept.
    let mut wrong = call(Value::Null);
    wrong.method_name = "lock door".into();
    assert!(matches!(
        console.invoke_method(&door(), &wrong, CallOrigin::Api).await,
        Err(ConsoleError::Invalid(_))
    ));

    let kept = calls(&world).await;
    let [patched, failed, answered] = &kept[5..] else { panic!("{kept:#?}") };
    assert_eq!((answered.outcome, answered.origin), (Outcome::Succeeded, CallOrigin::Page));
    assert_eq!(answered.requested_by.as_deref(), Some("Mara Lindqvist"));
    assert_eq!(
        (answered.method_name.as_deref(), &answered.request),
        (Some("lockDoor"), &json!({"mode": "night"}))
    );
    assert!(answered.end_time_utc >= Some(answered.requested_time_utc) && answered.round_trip_ms.is_some());
    assert_eq!((failed.outcome, failed.response.as_ref().unwrap().status), (Outcome::Failed, 500));
    assert_eq!((patched.call_type, patched.outcome), (CallType::TwinPatch, Outcome::Succeeded));
    assert_eq!(patched.request, json!({"tags": {"a": 1}, "properties": {"desired": {"b": 2}}}));
    assert_eq!((patched.twin_version, patched.desired_version), (Some(9), Some(4)));

    let page = console.device_calls(&door(), None, Some(5)).await.unwrap();
    assert_eq!((page.items.len(), page.count), (5, 8));
    let rest = console.device_calls(&door(), page.next_cursor.as_deref(), Some(5)).await.unwrap();
    assert_eq!((rest.items, rest.next_cursor), (kept[5..].to_vec(), None));
    assert!(console.device_calls(&door(), Some("garbage"), None).await.is_err());
    let (other, id) = ("door-0002".parse().unwrap(), kept[0].call_id);
    assert_eq!(console.device_calls(&other, None, None).await.unwrap().count, 0);
    assert_eq!(console.device_call(&other, id).await.unwrap(), None);
    assert_eq!(console.device_call(&door(), id).await.unwrap().as_ref(), Some(&kept[0]));
    console.stop().await;
}

#[tokio::test]
async fn a_call_whose_client_has_left_is_kept_with_its_answer() {
    let world = World::start().await;
    let answer = Arc::new(Notify::new());
    world.hub.inside().method_waits = Some(Arc::clone(&answer));
    let console = world.console.clone();
    let client =
        tokio::spawn(async move { console.invoke_method(&door(), &call(json!(1)), CallOrigin::Page).await });
    until("it is written down and sent", async || world.hub.calls("POST /twins/door-0001/methods") == 1)
        .await;
    assert_eq!(calls(&world).await[0].outcome, Outcome::InFlight);
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    answer.notify_one();
    until("its end is written down", async || calls(&world).await[0].outcome == Outcome::Succeeded).await;
    world.console.stop().await;
}

#[tokio::test]
async fn a_call_that_a_stop_interrupts_is_kept() {
    let mut world = World::start().await;
    world.hub.inside().method_waits = Some(Arc::new(Notify::new()));
    let console = world.console.clone();
    let client =
        tokio::spawn(async move { console.invoke_method(&door(), &call(json!(1)), CallOrigin::Page).await });
    until("it is written down and sent", async || world.hub.calls("POST /twins/door-0001/methods") == 1)
        .await;
    world.restart().await;
    let problem = client.await.unwrap().unwrap().result.unwrap_err().problem("r");
    assert_eq!((problem.kind.as_str(), problem.retryable), ("outcome-unknown", false));
    let kept = calls(&world).await;
    assert_eq!((kept.len(), kept[0].outcome), (1, Outcome::Interrupted));
    assert_eq!(kept[0].request, json!(1));
    world.console.stop().await;
}
