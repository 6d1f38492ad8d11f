//! Sends what is due. A message is sent at least once: a process that is killed between sending and writing the result sends it
//! again after its restart, with the same id.

use std::{sync::Arc, time::Duration};

use hub_wire::Timestamp;
use secrecy::ExposeSecret as _;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tracing::{Instrument as _, debug, error, info, info_span, warn};
use webhook::{Attempt, Message, Outcome, SigningSecret, retry};

use super::body::body;
use crate::{
    StoreError,
    clock::{earlier, now},
    core::Core,
    metrics::{self, Delivered},
    store::{AttemptEnd, Claim, NextState, Store},
};

/// Changes of jobs follow each other closely; what is due is looked for this often at most.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(100);
/// After a failure of the store.
const PAUSE: Duration = Duration::from_secs(5);
/// The clock may be set, so that something is due earlier than was computed.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// How long messages are kept in the log.
const LOG_LIFE: Duration = Duration::from_hours(30 * 24);
/// Between two deletions of what is older.
const DELETE_EVERY: Duration = Duration::from_hours(1);
/// Deliveries deleted by one transaction.
const DELETE_TOGETHER: u32 = 1_000;

/// Sends what is due, until the console stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut sequence = core.store.sequence();
    let mut sending = JoinSet::new();
    let mut delete_at = Instant::now() + DELETE_EVERY;
    loop {
        let wait = match begin_due(&core, &mut sending).await {
            Ok(wait) => wait,
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, "messages to webhooks cannot be read");
                PAUSE
            }
        };
        tokio::select! {
            Some(_) = sending.join_next() => {}
            () = core.webhook_due.notified() => {}
            moved = sequence.changed() => {
                if moved.is_err() {
                    return;
                }
                sleep(LOOK_AT_MOST_EVERY).await;
            }
            () = sleep(wait) => {}
            () = sleep_until(delete_at) => {
                delete_old(&core.store, now()).await;
                delete_at = Instant::now() + DELETE_EVERY;
            }
        }
    }
}

/// Begins to send what is due; returns how long nothing else is.
async fn begin_due(core: &Arc<Core>, sending: &mut JoinSet<()>) -> Result<Duration, StoreError> {
    let now = now();
    let mut next = core.store.next_delivery(now).await?;
    // Without a write while nothing is due.
    if next.is_some_and(|due| due <= now) {
        for claim in core.store.claim_deliveries(now).await? {
            let core = Arc::clone(core);
            let span =
                info_span!("webhook message", webhook_id = claim.webhook_id, message_id = claim.message_id);
            sending.spawn(async move { deliver(&core, claim).await }.instrument(span));
        }
        next = core.store.next_delivery(now).await?;
    }
    Ok(next.map_or(LONGEST_SLEEP, |due| due.since(now).min(LONGEST_SLEEP)))
}

async fn deliver(core: &Core, claim: Claim) {
    let attempt = send(core, &claim).await;
    let next = next_state(&attempt.outcome, claim.failures, now());
    let (status, reason) = described(&attempt.outcome);
    let (webhook_id, message_id) = (claim.webhook_id, claim.message_id.as_str());
    let milliseconds = attempt.duration.as_millis();
    debug!(webhook_id, message_id, event = %claim.event, status, ?reason, milliseconds, "message sent");
    let end = AttemptEnd { next, status, error: reason.as_deref(), duration: attempt.duration, now: now() };
    match core.store.end_attempt(&claim, &end).await {
        Ok(true) => {}
        // It was deleted, or took longer than its lease.
        Ok(false) => return,
        Err(error) => {
            // It is sent again when its lease has ended.
            let error = &error as &dyn std::error::Error;
            error!(webhook_id, message_id, error, "the result of a message cannot be written");
            return;
        }
    }
    metrics::record_delivery(match next {
        NextState::Delivered => Delivered::Yes,
        NextState::Again(_) => Delivered::Later,
        NextState::Failed | NextState::Gone => Delivered::No,
    });
    match next {
        NextState::Failed => {
            warn!(webhook_id, message_id, event = %claim.event, reason, "a message was not delivered, and will not be sent again");
        }
        NextState::Gone => {
            info!(webhook_id, "the receiver of a webhook wants no more messages; it is switched off");
        }
        NextState::Delivered | NextState::Again(_) => {}
    }
}

/// What was damaged in the store is a failed attempt as well: it does not keep other messages from being sent.
async fn send(core: &Core, claim: &Claim) -> Attempt {
    let secrets: Result<Vec<_>, _> =
        claim.secrets.iter().map(|secret| SigningSecret::parse(secret.expose_secret())).collect();
    let body = body(claim.format, claim.event, claim.event_time, &claim.data);
    if let (Ok(secrets), Ok(body)) = (secrets, body) {
        let message = Message { id: &claim.message_id, body: &body, secrets: &secrets };
        core.webhooks.send(claim.url.expose_secret(), message).await
    } else {
        let reason = "The message or the secret in the store is damaged.".to_owned();
        let outcome = Outcome::Failed { status: None, reason, retry_after: None };
        Attempt { outcome, duration: Duration::ZERO }
    }
}

/// What becomes of a delivery after an attempt, the first one after `failures` failed ones.
fn next_state(outcome: &Outcome, failures: u32, now: Timestamp) -> NextState {
    match outcome {
        Outcome::Delivered(_) => NextState::Delivered,
        Outcome::Gone => NextState::Gone,
        Outcome::Failed { retry_after, .. } => {
            match retry::next_attempt(failures.saturating_add(1), *retry_after) {
                Some(wait) => NextState::Again(now.plus(wait)),
                None => NextState::Failed,
            }
        }
    }
}

/// The status, and why it failed.
fn described(outcome: &Outcome) -> (Option<u16>, Option<String>) {
    match outcome {
        Outcome::Delivered(status) => (Some(*status), None),
        Outcome::Gone => {
            (Some(410), Some("The receiver answered 410 Gone. The webhook is switched off.".to_owned()))
        }
        Outcome::Failed { status, reason, .. } => (*status, Some(reason.clone())),
    }
}

async fn delete_old(store: &Store, now: Timestamp) {
    let before = earlier(now, LOG_LIFE);
    loop {
        match store.delete_deliveries_before(before, DELETE_TOGETHER).await {
            Ok(0) => return,
            Ok(_) => sleep(LOOK_AT_MOST_EVERY).await,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                error!(error, "old messages of webhooks cannot be deleted");
                return;
            }
        }
    }
}
