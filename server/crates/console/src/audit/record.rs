//! Recording one request: its row before the effect, what use cases note meanwhile, its row with the outcome.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use console_wire::{
    access::{Person, PersonRef},
    audit::AuditOutcome,
};
use serde_json::Value;
use tracing::{error, info};

use crate::{
    ConsoleError,
    audit_log::{AuditRow, kept},
    clock::now,
    core::Core,
};

tokio::task_local! {
    /// The recording of the request that this task answers.
    static CURRENT: Recording;
}

/// Types of the problems with which a person who was about to sign in is refused.
const REFUSED_SIGN_INS: [&str; 4] =
    ["sign-in-refused", "no-role", "account-deactivated", "provider-answer-not-valid"];

/// What is known of a request before it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditAct {
    /// Who sent it; `None` before sign-in.
    pub actor: Option<PersonRef>,
    /// By what the person was recognised, such as `session 12`.
    pub credential: String,
    /// The client's address.
    pub address: Option<String>,
    /// Verb and path.
    pub request: String,
    /// The request's id.
    pub request_id: String,
    /// What is to be done, such as `job:create`.
    pub action: String,
    /// What it is to be done to, as far as the request says so.
    pub subject: Option<String>,
}

/// The recording of one request. Clones are the same recording.
#[derive(Clone)]
pub struct Recording(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    act: AuditAct,
    noted: Mutex<Noted>,
}

/// What became known since.
#[derive(Debug, Default)]
struct Noted {
    /// The row that was written before the effect.
    begun: Option<u64>,
    actor: Option<PersonRef>,
    subject: Option<String>,
    subject_name: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
    /// A failure leaves open whether it was done.
    is_unknown: bool,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recording({:?})", self.0.act)
    }
}

impl Recording {
    /// Writes nothing yet: for requests before sign-in, of which anyone can send many. A use case begins it when the
    /// request has proved to be a person's ([`begin_as`]).
    pub(crate) fn new(core: Arc<Core>, act: AuditAct) -> Self {
        Self(Arc::new(Inner { core, act, noted: Mutex::default() }))
    }

    /// Answers the request; use cases inside note what they know.
    pub fn scope<F: Future>(&self, answer: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), answer)
    }

    /// Whether the row before the effect is written.
    pub fn is_begun(&self) -> bool {
        self.noted().begun.is_some()
    }

    /// Writes the row with the outcome. `refusal` is the type of the problem that the request was answered with. Of a request
    /// that was not begun only a refused sign-in is written: nothing else was done.
    ///
    /// A failure is logged. The row before the effect then stays open, and the next start ends it as unknown.
    pub async fn end(&self, refusal: Option<&str>) {
        let (row, is_begun) = {
            let mut noted = self.noted();
            let outcome = outcome(refusal, noted.is_unknown);
            let row = AuditRow {
                begun: noted.begun,
                subject: noted.subject.take(),
                subject_name: noted.subject_name.take(),
                before: noted.before.take().map(kept),
                after: noted.after.take().map(kept),
                error: refusal.map(str::to_owned),
                ..AuditRow::new(now(), outcome)
            };
            match row.begun {
                Some(_) => (row, true),
                None => (AuditRow { actor: noted.actor.take(), ..first_row(&self.0.act, row) }, false),
            }
        };
        if !is_begun && !refusal.is_some_and(|refusal| REFUSED_SIGN_INS.contains(&refusal)) {
            return;
        }
        if let Err(error) = self.0.core.store.append_audit(row).await {
            let (error, request) = (&error as &dyn std::error::Error, &self.0.act.request_id);
            error!(error, request, "the outcome of a request is not in the audit log");
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the row before the effect, unless it is written.
    async fn write_begin(&self, actor: Option<PersonRef>) -> Result<(), ConsoleError> {
        if self.is_begun() {
            return Ok(());
        }
        let row = AuditRow::new(now(), AuditOutcome::Begun);
        let seq = self.0.core.store.append_audit(AuditRow { actor, ..first_row(&self.0.act, row) }).await?;
        self.noted().begun = Some(seq);
        Ok(())
    }
}

/// Writes the row before the effect of a request whose sender is known.
pub(crate) async fn begin(core: &Arc<Core>, act: AuditAct) -> Result<Recording, ConsoleError> {
    let actor = act.actor.clone();
    let recording = Recording::new(Arc::clone(core), act);
    recording.write_begin(actor).await?;
    Ok(recording)
}

/// Writes a request that was refused before it was answered by a use case.
pub(crate) async fn refused(core: &Core, act: &AuditAct, refusal: &str) -> Result<(), ConsoleError> {
    let row = AuditRow {
        actor: act.actor.clone(),
        error: Some(refusal.to_owned()),
        ..first_row(act, AuditRow::new(now(), AuditOutcome::Refused))
    };
    core.store.append_audit(row).await?;
    Ok(())
}

/// Ends what was begun when the last process ended.
pub(crate) async fn end_interrupted(core: &Core) -> Result<(), ConsoleError> {
    let ended = core.store.end_interrupted_audit(now()).await?;
    if ended > 0 {
        info!(ended, "requests that the last stop interrupted are in the audit log as unknown");
    }
    Ok(())
}

/// A row with what is known of a request before it is answered, without its sender.
fn first_row(act: &AuditAct, row: AuditRow) -> AuditRow {
    AuditRow {
        credential: Some(act.credential.clone()),
        address: act.address.clone(),
        request: Some(act.request.clone()),
        request_id: Some(act.request_id.clone()),
        action: Some(act.action.clone()),
        subject: row.subject.or_else(|| act.subject.clone()),
        ..row
    }
}

/// What became of a request, by the type of the problem that it was answered with.
fn outcome(refusal: Option<&str>, is_unknown: bool) -> AuditOutcome {
    match refusal {
        None => AuditOutcome::Done,
        Some("permission-missing" | "sign-in-refused") => AuditOutcome::Refused,
        Some("outcome-unknown") => AuditOutcome::Unknown,
        Some(_) if is_unknown => AuditOutcome::Unknown,
        Some(_) => AuditOutcome::Failed,
    }
}

/// The recording of the request that this task answers. There is none outside a request, and in tasks of their own.
fn with_current(note: impl FnOnce(&mut Noted)) {
    // Without a recording there is nothing to note.
    let _ = CURRENT.try_with(|recording| note(&mut recording.noted()));
}

/// Whether the request being answered is recorded, for what is read only to be noted.
pub(crate) fn is_recorded() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// Begins the recording of a request from before sign-in: it has proved to be this person's.
pub(crate) async fn begin_as(person: &Person) -> Result<(), ConsoleError> {
    let Ok(recording) = CURRENT.try_with(Clone::clone) else { return Ok(()) };
    let person = person_ref(person);
    recording.write_begin(Some(person)).await
}

/// Notes whose account a sign-in named that is refused.
pub(crate) fn note_person(person: &Person) {
    with_current(|noted| noted.actor = Some(person_ref(person)));
}

fn person_ref(person: &Person) -> PersonRef {
    PersonRef { user_id: person.user_id.clone(), name: person.name.clone() }
}

/// Notes what something is done to: an id, and what people call it.
pub(crate) fn note_subject(id: &str, name: Option<&str>) {
    with_current(|noted| {
        noted.subject = Some(id.to_owned());
        noted.subject_name = name.map(str::to_owned);
    });
}

/// Notes values before and after a change, for the audit log. Must hold no secret.
pub fn note_change(before: Option<Value>, after: Option<Value>) {
    with_current(|noted| (noted.before, noted.after) = (before, after));
}

/// Notes that a failure leaves open whether it was done.
pub(crate) fn note_unknown() {
    with_current(|noted| noted.is_unknown = true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_request() {
        for (refusal, is_unknown, expected) in [
            (None, false, AuditOutcome::Done),
            (None, true, AuditOutcome::Done),
            (Some("conflict"), false, AuditOutcome::Failed),
            (Some("hub-timeout"), true, AuditOutcome::Unknown),
            (Some("outcome-unknown"), false, AuditOutcome::Unknown),
            (Some("permission-missing"), false, AuditOutcome::Refused),
            (Some("sign-in-refused"), false, AuditOutcome::Refused),
        ] {
            assert_eq!(outcome(refusal, is_unknown), expected, "{refusal:?} {is_unknown}");
        }
    }
}
