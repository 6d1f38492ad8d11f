//! The one reader of the hub's feedback on messages.
//!
//! It reads only while a message of this console waits for feedback: the hub has one queue of feedback, and another service
//! may read it too. A batch that is all of this console's is completed after it was written down. One that has feedback for
//! others is left to them at the end of the round, after what is in it for us was written down.

use std::{sync::Arc, time::Duration};

use console_wire::{hub::HubKind, message::MessageState};
use hub_client::messages::{FeedbackBatch, FeedbackRecord};
use hub_wire::device_job::DeviceJobError;
use tokio::time::{Instant, timeout};
use tracing::{debug, warn};

use crate::{
    ConsoleError,
    clock::{earlier, now},
    core::Core,
    store::MessageChange,
};

/// How long after its expiry a message waits for feedback: the hub keeps feedback for an hour.
const FEEDBACK_LIFE: Duration = Duration::from_mins(65);
/// Between two removals of messages that are old or have no feedback to come.
const TIDY_EVERY: Duration = Duration::from_mins(10);
/// Most batches in a round.
const MAX_BATCHES: usize = 50;

/// Reads until the console stops. The pauses grow while nothing comes: a device may be away for two days.
pub(crate) async fn run(core: Arc<Core>) {
    let (shortest, longest) = match core.rate_profile {
        HubKind::Embedded => (Duration::from_millis(250), Duration::from_secs(4)),
        HubKind::Remote => (Duration::from_secs(5), Duration::from_mins(1)),
    };
    let (mut pause, mut tidied) = (shortest, None::<Instant>);
    loop {
        if tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
            tidied = Some(Instant::now());
            report(tidy(&core).await);
        }
        let wait = match core.store.has_pending_message().await {
            Ok(false) => TIDY_EVERY,
            Ok(true) => {
                let has_news = report(read_round(&core).await).unwrap_or(false);
                pause = if has_news { shortest } else { (pause * 2).min(longest) };
                pause
            }
            Err(error) => {
                report::<()>(Err(error.into()));
                longest
            }
        };
        if timeout(wait, core.message_pending.notified()).await.is_ok() {
            pause = shortest;
        }
    }
}

/// What was tried is tried again in the next round.
fn report<T>(result: Result<T, ConsoleError>) -> Option<T> {
    result
        .inspect_err(|error| debug!(error = error as &dyn std::error::Error, "feedback on messages not read"))
        .ok()
}

/// Reads the feedback that there is. Whether there was any.
async fn read_round(core: &Core) -> Result<bool, ConsoleError> {
    let (mut has_news, mut for_others) = (false, Vec::new());
    for _ in 0..MAX_BATCHES {
        let Some(batch) = core.hub.impatient().feedback().await? else { break };
        has_news = true;
        if write_down(core, &batch).await? {
            core.hub.complete_feedback(&batch.lock_token).await?;
        } else {
            for_others.push(batch.lock_token);
        }
    }
    for lock_token in for_others {
        // Where this fails, the lock expires by itself.
        report(core.hub.abandon_feedback(&lock_token).await.map_err(ConsoleError::from));
    }
    Ok(has_news)
}

/// Writes down what is for messages of this console. Whether all of it is.
async fn write_down(core: &Core, batch: &FeedbackBatch) -> Result<bool, ConsoleError> {
    let mut is_all_ours = true;
    for record in &batch.records {
        // One that was given up may get its feedback after all.
        let open = [MessageState::Sending, MessageState::Pending, MessageState::Unknown];
        let is_moved = core.store.move_message(&record.original_message_id, &open, &change(record)).await?;
        is_all_ours &= is_moved || core.store.knows_message(&record.original_message_id).await?;
    }
    Ok(is_all_ours)
}

fn change(record: &FeedbackRecord) -> MessageChange {
    let state = MessageState::of_feedback(&record.status_code);
    let description = match record.status_code.as_str() {
        "DeliveryCountExceeded" => "The hub sent it ten times, and the device did not complete it.",
        "Purged" => "The device's queue was emptied.",
        "Rejected" => "The device refused it.",
        _ => "",
    };
    let error = (state == MessageState::Rejected)
        .then(|| DeviceJobError { code: record.status_code.clone(), description: description.to_owned() });
    MessageChange { state, at: record.enqueued_time_utc, error }
}

/// Removes old messages, and ends those that expired so long ago that their feedback is gone.
async fn tidy(core: &Core) -> Result<(), ConsoleError> {
    core.store.delete_old_messages(now()).await?;
    let error = DeviceJobError {
        code: "NoFeedback".to_owned(),
        description:
            "It has expired, and no feedback came. Another reader of the hub's feedback may have it."
                .to_owned(),
    };
    let change = MessageChange { state: MessageState::Unknown, at: now(), error: Some(error) };
    let given_up =
        core.store.give_up_messages(MessageState::Pending, earlier(now(), FEEDBACK_LIFE), &change).await?;
    if given_up > 0 {
        warn!(messages = given_up, "no feedback on messages that have expired");
    }
    Ok(())
}
