//! Recording what is done: two rows, what use cases note between them, and what a stop interrupts.

use console::AuditAct;
use console_wire::{
    access::{Actor, PersonRef},
    audit::{AuditEntry, AuditFilter, AuditOutcome},
    device_call::CallOrigin,
};
use hub_wire::twin::TwinPatch;
use serde_json::json;

use crate::support::{World, finished_job, lock_door};

fn act(action: &str) -> AuditAct {
    AuditAct {
        actor: Some(PersonRef { user_id: "u1".into(), name: "Mara Lindqvist".into() }),
        credential: "session 1".into(),
        request: "POST /x".into(),
        request_id: "r".into(),
        action: action.into(),
        ..AuditAct::default()
    }
}

async fn entries(world: &World) -> Vec<AuditEntry> {
    world.console.audit_entries(&Actor::LocalOperator, &AuditFilter::default()).await.unwrap().items
}

#[tokio::test]
async fn use_cases_note_what_they_did() {
    let world = World::start().await;
    let console = &world.console;
    let recording = console.begin_recording(act("job:create")).await.unwrap();
    assert_eq!(entries(&world).await[0].outcome, AuditOutcome::Begun);
    recording.scope(finished_job(&world)).await;
    recording.end(None).await;
    let recording = console.begin_recording(act("job:cancel")).await.unwrap();
    recording.scope(console.cancel_job("job")).await.unwrap_err();
    recording.end(Some("conflict")).await;
    let recording = console.begin_recording(act("device:patch")).await.unwrap();
    let patch: TwinPatch = serde_json::from_value(json!({"tags": {"a": 1}})).unwrap();
    let device = "door-0001".parse().unwrap();
    recording.scope(console.patch_twin(&device, &patch, CallOrigin::Api)).await.unwrap().result.unwrap();
    recording.end(None).await;

    let [patched, cancelled, created] = entries(&world).await.try_into().unwrap();
    assert_eq!((created.row, created.end_row, created.outcome), (1, Some(2), AuditOutcome::Done));
    assert_eq!(created.subject.as_deref(), Some("job"));
    assert_eq!(created.after.unwrap()["cloudToDeviceMethod"]["methodName"], "lockDoor");
    assert_eq!((cancelled.outcome, cancelled.error.as_deref()), (AuditOutcome::Failed, Some("conflict")));
    assert_eq!(cancelled.subject.as_deref(), Some("job"));
    assert_eq!((patched.row, patched.subject.as_deref()), (5, Some("door-0001")));
    // The fake hub gives no twin beforehand, which is no reason to refuse the patch.
    assert!(patched.before.is_none() && patched.after.is_some());
}

#[tokio::test]
async fn what_a_stop_interrupts_is_unknown_after_it() {
    let mut world = World::start().await;
    let recording = world.console.begin_recording(act("job:create")).await.unwrap();
    recording.scope(world.console.create_job(lock_door(Some("job")))).await.unwrap();
    // Its second row is never written.
    drop(recording);
    world.restart().await;
    let [entry] = entries(&world).await.try_into().unwrap();
    assert_eq!((entry.outcome, entry.error.as_deref()), (AuditOutcome::Unknown, Some("interrupted")));
    let check = world.console.check_audit().await.unwrap();
    assert_eq!((check.rows, check.fault.clone()), (2, None));
    assert_eq!(world.console.last_audit_check(), Some(check));
    world.restart().await;
    assert_eq!(world.console.check_audit().await.unwrap().rows, 2, "it is ended once");
}

#[tokio::test]
async fn before_sign_in_nothing_is_written_until_a_person_is_known() {
    let world = World::start().await;
    let recording = world.console.prepare_recording(AuditAct { actor: None, ..act("user:set-up") });
    recording.end(Some("link-not-valid")).await;
    assert!(entries(&world).await.is_empty());
    let recording = world.console.prepare_recording(AuditAct { actor: None, ..act("session:create") });
    recording.end(Some("sign-in-refused")).await;
    let [entry] = entries(&world).await.try_into().unwrap();
    assert_eq!((entry.outcome, entry.actor), (AuditOutcome::Refused, None));
}
