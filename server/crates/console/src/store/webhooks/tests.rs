//! What is written, claimed and kept, without a hub and without a receiver.

use std::time::Duration;

use console_wire::webhook::{BodyFormat, DeliveryState, EventType, WebhookState};
use hub_wire::{Timestamp, job::Job};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tempfile::TempDir;

use super::{AttemptEnd, GateAttempt, GateQuestion, NewEndpoint, NewMessage, NextState};
use crate::store::{Reading, Settle, Store};

const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1000)
}

async fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), "hub.example").await.unwrap();
    (folder, store)
}

async fn webhook(store: &Store, name: &str, events: &[EventType], now: Timestamp) -> u64 {
    let endpoint = NewEndpoint {
        name,
        url: "https://example.com/hook",
        events,
        format: BodyFormat::Standard,
        secret: "first",
        now,
    };
    store.insert_webhook(endpoint).await.unwrap().unwrap()
}

fn job(job_id: &str, status: &str, end: Option<Timestamp>) -> Job {
    serde_json::from_value(json!({
        "jobId": job_id, "type": "scheduleDeviceMethod", "status": status, "queryCondition": "*",
        "createdTime": at(1000), "startTime": at(1000), "endTime": end,
        "cloudToDeviceMethod": {"methodName": "lockDoor"},
    }))
    .unwrap()
}

/// A job of another client is found while it runs, and ends.
async fn run_job(store: &Store, job_id: &str, end: Timestamp) {
    store.add_from_hub(&job(job_id, "running", None), at(1000)).await.unwrap();
    end_job(store, job_id, end).await;
}

async fn end_job(store: &Store, job_id: &str, end: Timestamp) {
    let reading = Reading {
        job_id,
        part: None,
        job: &job(job_id, "completed", Some(end)),
        rows: &[],
        read_up_to: None,
        settle: Settle::Now("all is here"),
        as_of: end,
        watched_since: end,
    };
    assert!(store.apply(&reading).await.unwrap().unwrap().settled);
}

/// Event and job of each delivery, the oldest first.
async fn events(store: &Store) -> Vec<(EventType, Option<String>)> {
    let (mut deliveries, _) = store.deliveries(None).await.unwrap();
    deliveries.reverse();
    deliveries.into_iter().map(|delivery| (delivery.event, delivery.job_id)).collect()
}

fn ended(next: NextState, now: Timestamp) -> AttemptEnd<'static> {
    AttemptEnd { next, status: Some(200), error: None, duration: Duration::from_millis(5), now }
}

async fn test_message(store: &Store, webhook_id: u64, now: Timestamp) {
    let message = NewMessage { event: EventType::Test, webhook_id, data: "{}", now };
    assert!(store.insert_webhook_message(message).await.unwrap());
}

#[tokio::test]
async fn each_webhook_gets_its_events_and_nothing_twice() {
    let (_folder, store) = store().await;
    run_job(&store, "before", at(1100)).await;
    assert!(events(&store).await.is_empty(), "there was no webhook");
    let both = [EventType::JobStarted, EventType::JobFinished];
    webhook(&store, "both", &both, at(1000)).await;
    webhook(&store, "ends", &[EventType::JobFinished], at(1000)).await;
    webhook(&store, "new", &both, at(100_000)).await;
    let paused = webhook(&store, "paused", &both, at(1000)).await;
    store.set_webhook_state(paused, WebhookState::Paused).await.unwrap();
    run_job(&store, "night", at(1200)).await;
    let night = || Some("night".to_owned());
    let expected = [
        (EventType::JobStarted, night()),
        (EventType::JobFinished, night()),
        (EventType::JobFinished, night()),
    ];
    assert_eq!(events(&store).await, expected);
    // A settled job stays as it is, and so does what was said of it.
    let again = Reading {
        job_id: "night",
        part: None,
        job: &job("night", "failed", Some(at(1300))),
        rows: &[],
        read_up_to: None,
        settle: Settle::Now("again"),
        as_of: at(1300),
        watched_since: at(1300),
    };
    store.apply(&again).await.unwrap();
    assert_eq!(events(&store).await, expected);
}

#[tokio::test]
async fn one_message_of_a_webhook_is_sent_at_a_time() {
    let (_folder, store) = store().await;
    let first = webhook(&store, "first", &[EventType::JobStarted], at(0)).await;
    let other = webhook(&store, "other", &[EventType::JobStarted], at(0)).await;
    for webhook_id in [first, first, other] {
        test_message(&store, webhook_id, at(10)).await;
    }
    assert!(store.claim_deliveries(at(9)).await.unwrap().is_empty(), "nothing is due");
    let claims = store.claim_deliveries(at(10)).await.unwrap();
    let of: Vec<_> = claims.iter().map(|claim| claim.webhook_id).collect();
    assert_eq!(of, [first, other]);
    assert!(store.claim_deliveries(at(11)).await.unwrap().is_empty(), "both are being sent");
    let lease_ends = at(10).plus(Duration::from_mins(1));
    assert_eq!(store.next_delivery(at(11)).await.unwrap(), Some(lease_ends));

    assert!(store.end_attempt(&claims[0], &ended(NextState::Delivered, at(12))).await.unwrap());
    let next = store.claim_deliveries(at(12)).await.unwrap();
    assert_eq!(next.iter().map(|claim| claim.webhook_id).collect::<Vec<_>>(), [first]);
    // The one who died is followed by another, and cannot write its result any more.
    let taken_over = store.claim_deliveries(at(80)).await.unwrap();
    assert_eq!(taken_over.len(), 2);
    assert!(!store.end_attempt(&claims[1], &ended(NextState::Delivered, at(81))).await.unwrap());
    let of_other = taken_over.iter().find(|claim| claim.webhook_id == other).unwrap();
    assert_eq!(of_other.message_id, claims[1].message_id);
    assert!(store.end_attempt(of_other, &ended(NextState::Delivered, at(81))).await.unwrap());
}

#[tokio::test]
async fn an_interrupted_attempt_is_due_after_a_restart() {
    let (_folder, store) = store().await;
    let webhook_id = webhook(&store, "x", &[EventType::JobStarted], at(0)).await;
    test_message(&store, webhook_id, at(10)).await;
    let claim = store.claim_deliveries(at(10)).await.unwrap().remove(0);
    store.release_deliveries().await.unwrap();
    assert_eq!(store.next_delivery(at(11)).await.unwrap(), Some(at(10)));
    let again = store.claim_deliveries(at(11)).await.unwrap().remove(0);
    assert_eq!((&again.message_id, again.failures), (&claim.message_id, 0));
}

#[tokio::test]
async fn what_becomes_of_a_delivery() {
    let (_folder, store) = store().await;
    let webhook_id = webhook(&store, "x", &[EventType::JobStarted], at(0)).await;
    test_message(&store, webhook_id, at(10)).await;
    let claim = store.claim_deliveries(at(10)).await.unwrap().remove(0);
    store.end_attempt(&claim, &ended(NextState::Again(at(15)), at(11))).await.unwrap();
    assert_eq!(store.webhook_backlog().await.unwrap().pending, 1);
    assert_eq!(store.webhook_backlog().await.unwrap().oldest, Some(at(10)));
    assert!(store.claim_deliveries(at(14)).await.unwrap().is_empty());
    let claim = store.claim_deliveries(at(15)).await.unwrap().remove(0);
    assert_eq!(claim.failures, 1);
    store.end_attempt(&claim, &ended(NextState::Failed, at(16))).await.unwrap();
    assert_eq!(store.next_delivery(at(99)).await.unwrap(), None);
    let (deliveries, _) = store.deliveries(None).await.unwrap();
    assert_eq!((deliveries[0].state, deliveries[0].attempts), (DeliveryState::Failed, 2));

    // Sent again it begins at the start of the table.
    assert!(store.redeliver(deliveries[0].delivery_id, at(20)).await.unwrap());
    let claim = store.claim_deliveries(at(20)).await.unwrap().remove(0);
    assert_eq!(claim.failures, 0);
    store.end_attempt(&claim, &ended(NextState::Gone, at(21))).await.unwrap();
    assert_eq!(store.webhooks(at(21), str::to_owned).await.unwrap()[0].state, WebhookState::Gone);
    let message = NewMessage { event: EventType::Test, webhook_id, data: "{}", now: at(22) };
    assert!(!store.insert_webhook_message(message).await.unwrap(), "it is switched off");
    assert!(!store.redeliver(4711, at(22)).await.unwrap());
}

#[tokio::test]
async fn both_secrets_sign_for_a_while() {
    let (_folder, store) = store().await;
    let webhook_id = webhook(&store, "x", &[EventType::JobStarted], at(0)).await;
    store.rotate_webhook_secret(webhook_id, "second", at(100)).await.unwrap();
    test_message(&store, webhook_id, at(10)).await;
    for (now, expected) in [(at(99), vec!["second", "first"]), (at(200), vec!["second"])] {
        let claim = store.claim_deliveries(now).await.unwrap().remove(0);
        let secrets: Vec<_> = claim.secrets.iter().map(SecretString::expose_secret).collect();
        assert_eq!(secrets, expected);
    }
    let ends = store.webhooks(at(99), str::to_owned).await.unwrap()[0].old_secret_ends;
    assert_eq!(ends, Some(at(100)));
}

#[tokio::test]
async fn old_deliveries_are_deleted_and_pending_ones_stay() {
    let (_folder, store) = store().await;
    let webhook_id = webhook(&store, "x", &[EventType::JobStarted], at(0)).await;
    for seconds in [10, 20, 30] {
        test_message(&store, webhook_id, at(seconds)).await;
    }
    let claim = store.claim_deliveries(at(40)).await.unwrap().remove(0);
    store.end_attempt(&claim, &ended(NextState::Delivered, at(40))).await.unwrap();
    assert_eq!(store.delete_deliveries_before(at(25), 100).await.unwrap(), 1);
    assert_eq!(store.delete_deliveries_before(at(25), 100).await.unwrap(), 0);
    let (left, older_than) = store.deliveries(None).await.unwrap();
    let times: Vec<_> = left.iter().map(|delivery| delivery.event_time).collect();
    assert_eq!((times, older_than), (vec![at(30), at(20)], None));
    let (older, _) = store.deliveries(Some(left[0].delivery_id)).await.unwrap();
    assert_eq!(older.len(), 1);
    assert!(store.delete_webhook(webhook_id).await.unwrap());
    assert!(!store.delete_webhook(webhook_id).await.unwrap());
    assert!(events(&store).await.is_empty());
}

#[tokio::test]
async fn a_question_is_logged_and_not_queued() {
    let (_folder, store) = store().await;
    assert!(store.gate_receivers(at(10)).await.unwrap().is_empty());
    webhook(&store, "log", &[EventType::JobFinished], at(1)).await;
    let asked = webhook(&store, "release", &[EventType::JobFinished, EventType::RolloutGate], at(1)).await;
    let paused = webhook(&store, "paused", &[EventType::RolloutGate], at(1)).await;
    store.set_webhook_state(paused, WebhookState::Paused).await.unwrap();
    let receivers = store.gate_receivers(at(10)).await.unwrap();
    let names: Vec<_> = receivers.iter().map(|receiver| receiver.name.as_str()).collect();
    assert_eq!(names, ["release"]);
    let question = |seconds, data: &str| GateQuestion {
        message_id: "msg_gate".into(),
        asked_at: at(seconds),
        data: data.to_owned(),
    };
    let first = store.gate_question(question(10, r#"{"jobId":"night"}"#)).await.unwrap();
    let again = store.gate_question(question(20, "{}")).await.unwrap();
    assert_eq!(first, again, "after a restart it is the same question");
    for (is_answered, status) in [(false, Some(503)), (true, Some(200))] {
        let attempt = GateAttempt {
            message_id: "msg_gate",
            webhook_id: asked,
            is_answered,
            status,
            error: None,
            duration: Duration::from_millis(5),
            now: at(30),
        };
        store.note_gate_attempt(&attempt).await.unwrap();
        assert!(store.claim_deliveries(at(1_000_000)).await.unwrap().is_empty());
        let (log, _) = store.deliveries(None).await.unwrap();
        let state = if is_answered { DeliveryState::Delivered } else { DeliveryState::Failed };
        assert_eq!((log.len(), log[0].state, log[0].status), (1, state, status));
        assert_eq!(log[0].job_id.as_deref(), Some("night"));
    }
    let (log, _) = store.deliveries(None).await.unwrap();
    assert_eq!(log[0].attempts, 2);
    assert!(!store.redeliver(log[0].delivery_id, at(40)).await.unwrap(), "its answer would decide nothing");
}
