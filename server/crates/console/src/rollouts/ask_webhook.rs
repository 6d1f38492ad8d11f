//! Asks webhooks whether the next wave of a rollout may start, until all have answered or the time is over. After a restart they
//! are asked again, by the same question.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use console_wire::{
    outcome::Outcomes,
    webhook::{BodyFormat, EventType},
};
use futures::future::join_all;
use hub_wire::Timestamp;
use rollout::Event;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{Instrument as _, debug, info_span, warn};
use webhook::{Message, Outcome, SigningSecret};

use super::webhook_answer::{Reply, comment, read, shortened};
use crate::{
    ConsoleError, StoreError,
    clock::now,
    core::{Core, RolloutInput, RolloutSender},
    metrics::{self, Delivered},
    store::{GateAttempt, GateQuestion, GateReceiver},
    webhook_event::{JobEvent, gate_message_id},
    webhooks,
};

/// So long answers are waited for, from the first question.
const LIMIT: Duration = Duration::from_hours(1);
/// The wait after the first attempt; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Asks about the wave after this one; the answer becomes an event. The question ends when what is returned is dropped.
pub(super) fn ask(core: &Arc<Core>, job_id: &str, wave: usize, sender: RolloutSender) -> DropGuard {
    let void = CancellationToken::new();
    let guard = void.clone().drop_guard();
    let (shared, job_id) = (Arc::clone(core), job_id.to_owned());
    core.spawn(async move {
        let mut asking =
            Asking { core: &shared, job_id: &job_id, wave, question: None, agreed: BTreeMap::new() };
        tokio::select! {
            () = void.cancelled() => {}
            input = asking.until_answered() => {
                // A rollout that has ended meanwhile needs no answer.
                let _ = sender.send(input);
            }
        }
    });
    guard
}

/// A question that is under way.
struct Asking<'a> {
    core: &'a Core,
    job_id: &'a str,
    wave: usize,
    question: Option<GateQuestion>,
    /// What the webhooks said that agreed; they are not asked again.
    agreed: BTreeMap<u64, String>,
}

/// What asking all of them once came to.
enum Round {
    Agreed(String),
    Refused(String),
    Missing { why: String, retry_after: Option<Duration>, ends: Timestamp },
}

/// What is asked, beside the job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(flatten)]
    job: JobEvent,
    wave: usize,
    waves: usize,
    wave_device_count: u64,
    wave_outcomes: Outcomes,
}

impl Asking<'_> {
    async fn until_answered(&mut self) -> RolloutInput {
        let wave = self.wave;
        let answered = |may_continue| Event::WebhookAnswered { wave, may_continue };
        let mut attempt = 0;
        loop {
            let wait = match self.ask_all().await {
                Ok(Round::Agreed(comment)) => return input(answered(true), &comment),
                Ok(Round::Refused(comment)) => return input(answered(false), &comment),
                Ok(Round::Missing { why, ends, .. }) if ends <= now() => {
                    metrics::record_delivery(Delivered::No);
                    warn!(job_id = self.job_id, wave, why, "webhooks did not answer a rollout in time");
                    return input(Event::WebhookUnanswered { wave }, &why);
                }
                Ok(Round::Missing { why, retry_after, ends }) => {
                    metrics::record_delivery(Delivered::Later);
                    debug!(job_id = self.job_id, wave, why, "webhooks are asked again");
                    wait(attempt, retry_after).min(ends.since(now()))
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    warn!(
                        job_id = self.job_id,
                        wave, error, "webhooks cannot be asked now; it is tried again"
                    );
                    wait(attempt, None)
                }
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Asks those once that have not agreed.
    async fn ask_all(&mut self) -> Result<Round, ConsoleError> {
        let question = match &self.question {
            Some(question) => question.clone(),
            None => self.question.insert(question(self.core, self.job_id, self.wave).await?).clone(),
        };
        let body =
            webhooks::body(BodyFormat::Standard, EventType::RolloutGate, question.asked_at, &question.data)
                .map_err(|_| StoreError::Damaged { column: "data" })?;
        let receivers = self.core.store.gate_receivers(now()).await?;
        self.agreed.retain(|webhook_id, _| receivers.iter().any(|of| of.webhook_id == *webhook_id));
        let open = receivers.iter().filter(|of| !self.agreed.contains_key(&of.webhook_id));
        let (core, message_id, body) = (self.core, question.message_id.as_str(), body.as_slice());
        let asked = open.map(|of| async move { (of, ask_one(core, of, message_id, body).await) });
        let mut missing = Vec::new();
        let mut longest: Option<Duration> = None;
        for (of, reply) in join_all(asked).await {
            match reply {
                Reply::Agrees(reason) => {
                    self.agreed.insert(of.webhook_id, comment(&of.name, reason.as_deref()));
                }
                Reply::Refuses(reason) => return Ok(Round::Refused(comment(&of.name, reason.as_deref()))),
                Reply::Missing { why, retry_after } => {
                    missing.push(comment(&of.name, Some(&why)));
                    longest = longest.max(retry_after);
                }
            }
        }
        if receivers.is_empty() {
            missing.push("There is no active webhook with the event rollout.gate.".to_owned());
        }
        Ok(if missing.is_empty() {
            let agreed: Vec<_> = self.agreed.values().map(String::as_str).collect();
            Round::Agreed(agreed.join("; "))
        } else {
            Round::Missing {
                why: missing.join("; "),
                retry_after: longest,
                ends: question.asked_at.plus(LIMIT),
            }
        })
    }
}

/// The question as it was first asked.
async fn question(core: &Core, job_id: &str, wave: usize) -> Result<GateQuestion, ConsoleError> {
    let gone = || ConsoleError::NotFound { what: "rollout", id: job_id.to_owned() };
    let job = core.store.job(job_id).await?.ok_or_else(gone)?;
    let rollout = core.store.rollout(job_id).await?.ok_or_else(gone)?;
    let wave_outcomes = rollout.waves.get(wave).ok_or_else(gone)?.outcomes;
    let data = Data {
        job: JobEvent::of(&job),
        wave,
        waves: rollout.waves.len(),
        wave_device_count: wave_outcomes.total(),
        wave_outcomes,
    };
    let question = GateQuestion {
        message_id: gate_message_id(job_id, job.created_time, wave),
        asked_at: now(),
        data: serde_json::to_string(&data).map_err(|_| StoreError::Damaged { column: "data" })?,
    };
    Ok(core.store.gate_question(question).await?)
}

/// Asks one webhook once, and writes the attempt into the log.
async fn ask_one(core: &Core, receiver: &GateReceiver, message_id: &str, body: &[u8]) -> Reply {
    let webhook_id = receiver.webhook_id;
    let parsed = receiver.secrets.iter().map(|secret| SigningSecret::parse(secret.expose_secret()));
    let Ok(secrets) = parsed.collect::<Result<Vec<SigningSecret>, _>>() else {
        return Reply::Missing {
            why: "Its secret in the store is damaged; change the secret.".to_owned(),
            retry_after: None,
        };
    };
    let message = Message { id: message_id, body, secrets: &secrets };
    let span = info_span!("webhook message", webhook_id, message_id);
    let (attempt, answer) = core.webhooks.ask(receiver.url.expose_secret(), message).instrument(span).await;
    let reply = read(&attempt.outcome, &answer);
    let status = match attempt.outcome {
        Outcome::Delivered(status) => Some(status),
        Outcome::Gone => Some(410),
        Outcome::Failed { status, .. } => status,
    };
    let error = match &reply {
        Reply::Missing { why, .. } => Some(why.as_str()),
        _ => None,
    };
    if error.is_none() {
        metrics::record_delivery(Delivered::Yes);
    }
    let noted = GateAttempt {
        message_id,
        webhook_id,
        is_answered: error.is_none(),
        status,
        error,
        duration: attempt.duration,
        now: now(),
    };
    if let Err(error) = core.store.note_gate_attempt(&noted).await {
        // The answer counts all the same.
        let error = &error as &dyn std::error::Error;
        warn!(webhook_id, message_id, error, "the result of a question cannot be written into the log");
    }
    reply
}

fn input(event: Event, comment: &str) -> RolloutInput {
    RolloutInput { comment: Some(shortened(comment)), ..event.into() }
}

/// How long to wait after an attempt, the first being 0. A receiver that asks for a longer wait gets it.
fn wait(attempt: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_WAIT);
    retry_after.map_or(doubled, |asked| asked.max(doubled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        for (attempt, asked, seconds) in [
            (0, None, 2),
            (1, None, 4),
            (7, None, 256),
            (8, None, 300),
            (u32::MAX, None, 300),
            (0, Some(1), 2),
            (0, Some(600), 600),
        ] {
            let waited = wait(attempt, asked.map(Duration::from_secs));
            assert_eq!(waited, Duration::from_secs(seconds), "{attempt} {asked:?}");
        }
    }
}
