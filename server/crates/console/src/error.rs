//! What can go wrong, and how it is reported. One place decides a problem's kind, title, status and text.

use std::time::Duration;

use console_wire::{
    access::{Missing, NotAToken},
    device_call::CallType,
    problem::{FieldError, Problem},
};
use hub_client::{ErrorKind, HubError};
use store_file::Obstacle;

/// A call of the console that failed.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The request is at fault; each entry names its member. Nothing was changed.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing here.
    #[error("no {what} '{id}'")]
    NotFound {
        /// `job`, `device`, `result`, `cell`, `template` or `group`.
        what: &'static str,
        /// Which one was requested.
        id: String,
    },
    /// The state of things does not allow it: the job id is taken, the job has begun or ended.
    #[error("{detail}")]
    Conflict {
        /// What is in the way, a sentence for a person.
        detail: String,
    },
    /// The hub, or this set-up, does not have it.
    #[error("{detail}")]
    NotHere {
        /// Why not, a sentence for a person.
        detail: String,
    },
    /// The hub did not do it: not reachable, throttled, refused, unauthorised.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A call or a change was sent to a device, and what became of it got lost.
    #[error("{}: {reason}", unknown_title(*.call_type))]
    OutcomeUnknown {
        /// What was sent.
        call_type: CallType,
        /// What happened on the way, a sentence.
        reason: String,
        /// The failed call of the hub; `None` when the console stopped.
        #[source]
        source: Option<HubError>,
    },
    /// The console's own store failed.
    #[error("the console's store failed")]
    Store(#[source] StoreError),
    /// All searches that may run at once are under way.
    #[error("Other searches are under way and take long. Try again in a moment.")]
    Busy,
    /// A search took as much work as one may take, and was ended.
    #[error("This search takes more work than one may take. Narrow it: a tab, a state, a longer word.")]
    TooMuchWork,
    /// Somebody may not do it.
    #[error("{}", .0.sentence())]
    Missing(Missing),
    /// An operator's scope does not hold it.
    #[error("{what} outside your scope, which is {scope}. An administrator can change it.")]
    OutsideScope {
        /// What is outside, the beginning of a sentence: `The device 'door-7' is`.
        what: String,
        /// The scope, a condition.
        scope: String,
    },
    /// User name and password do not match, there is no such account, or it is not active: the answer does not say which.
    #[error("User name and password do not match.")]
    SignInRefused,
    /// A sign-in came back from the provider that was not begun in this browser, is too old, or was used.
    #[error(
        "This sign-in was not begun in this browser, took longer than ten minutes, or was used already. Begin again."
    )]
    SignInExpired,
    /// The provider gives the person no role here.
    #[error("{}", no_role(.claim, *.is_claim_there))]
    NoRole {
        /// The claim that roles come from.
        claim: String,
        /// Whether the provider sent it at all.
        is_claim_there: bool,
    },
    /// The account is not active.
    #[error("Your account was deactivated here. An administrator of this console can activate it.")]
    AccountDeactivated,
    /// Too many attempts to sign in, for the account or from the address.
    #[error("Too many attempts to sign in. Next try in {} s.", seconds_left(*.wait))]
    TooManyAttempts {
        /// Until the next attempt is taken.
        wait: Duration,
    },
    /// The request's API token cannot be used.
    #[error("{0}")]
    TokenRefused(TokenRefusal),
    /// Too many wrong API tokens from the address.
    #[error("Too many wrong tokens came from your address. Next try in {} s.", seconds_left(*.wait))]
    TooManyWrongTokens {
        /// Until the next one is looked at.
        wait: Duration,
    },
    /// A one-time link that was used, replaced, or is too old.
    #[error("This link does not work any more: it was used, replaced by a newer one, or its time is over.")]
    LinkNotValid,
    /// A password could not be hashed.
    #[error("cannot hash a password")]
    Hash(#[source] argon2::password_hash::Error),
    /// The process is going down.
    #[error("the console is stopping")]
    Stopping,
}

/// Why an API token cannot be used, a sentence for whoever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The text is no token.
    #[error("The text after Bearer {0}.")]
    NotAToken(NotAToken),
    /// No token has this text, or none has it any more.
    #[error("There is no such token: it was revoked, or belongs to another server. Make a new one.")]
    Unknown,
    /// Its time is over.
    #[error("This token has ended. Make a new one.")]
    Expired,
    /// It was not used for too long.
    #[error("This token was not used for so long that it was revoked. Make a new one.")]
    Unused,
    /// Its owner is deactivated.
    #[error("The account that this token belongs to is deactivated. An administrator can activate it.")]
    OwnerInactive,
}

fn no_role(claim: &str, is_claim_there: bool) -> String {
    let what = if is_claim_there { "is there, but none of its values is a role here" } else { "is missing" };
    format!(
        "The provider has signed you in, but without a role for this console: the claim `{claim}` {what}. Whoever \
         administers the provider can assign one."
    )
}

/// Whole seconds until a wait is over.
fn seconds_left(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

/// A failure of the console's store, with what was being attempted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be used.
    #[error(transparent)]
    Open(#[from] store_file::OpenError),
    /// The tables could not be brought up to date.
    #[error("cannot bring the store up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("cannot {attempt}")]
    Sql {
        /// A phrase: `record results`.
        attempt: &'static str,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// All connections for searches were in use for too long.
    #[error("other searches take too long")]
    Busy,
    /// A search was ended, as it took too much work.
    #[error("the search took too much work")]
    TooMuchWork,
    /// The system gives no random numbers, so nothing can get a new id.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// A row does not hold what we write: damaged, or by a newer version.
    #[error("column {column} of the store holds something unexpected")]
    Damaged {
        /// Where.
        column: &'static str,
    },
}

impl StoreError {
    /// What lies outside the program and keeps the store from working, if that is it.
    fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Sql { source, .. } => store_file::obstacle(source),
            _ => None,
        }
    }
}

/// What is reported to a person, and what to do about it.
pub(crate) const fn store_sentence(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Full => {
            "No space is left on the disk of the console's data folder, or the disk fails. Nothing was changed; make \
             room and try again."
        }
        Obstacle::ReadOnly => {
            "The console's data folder cannot be written to. Nothing was changed; make it writable for the user that \
             runs Fleetcast and try again."
        }
        Obstacle::Held => {
            "Another program holds the console's store. Nothing was changed; end that program or try again later."
        }
        Obstacle::Damaged => {
            "The file of the console's store is damaged. Stop Fleetcast, and put back a copy of the file or move it \
             away to start with an empty one."
        }
    }
}

impl From<FieldError> for ConsoleError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<StoreError> for ConsoleError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sql { source: sqlx::Error::PoolClosed, .. } => Self::Stopping,
            StoreError::Busy => Self::Busy,
            StoreError::TooMuchWork => Self::TooMuchWork,
            error => Self::Store(error),
        }
    }
}

fn list(errors: &[FieldError]) -> String {
    let texts: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    texts.join("; ")
}

impl ConsoleError {
    pub(crate) fn job_not_found(job_id: &str) -> Self {
        Self::NotFound { what: "job", id: job_id.chars().take(80).collect() }
    }

    pub(crate) fn job_id_taken(job_id: &str) -> Self {
        Self::Conflict { detail: format!("There is a job '{job_id}' already; choose another id.") }
    }

    /// The problem that a person, or a program, is answered with. Holds no SQL, no path and no secret.
    pub fn problem(&self, request_id: &str) -> Problem {
        let ProblemKind { kind, title, status, retryable } = self.problem_kind();
        Problem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status,
            detail: self.detail(),
            request_id: request_id.to_owned(),
            retryable,
            errors: if let Self::Invalid(errors) = self { errors.clone() } else { Vec::new() },
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Invalid(errors) => list(errors),
            Self::Hub(error) => hub_detail(error),
            Self::OutcomeUnknown { call_type, reason, .. } => {
                format!("{}. {}", reason.trim_end_matches('.'), unknown_advice(*call_type))
            }
            Self::Store(error) => match error.obstacle() {
                Some(obstacle) => store_sentence(obstacle).to_owned(),
                None => "The console could not read or write its own store; the log says more.".to_owned(),
            },
            Self::Hash(_) => "The console could not check the password; the log says more.".to_owned(),
            Self::Missing(_)
            | Self::OutsideScope { .. }
            | Self::SignInRefused
            | Self::SignInExpired
            | Self::NoRole { .. }
            | Self::AccountDeactivated
            | Self::TooManyAttempts { .. }
            | Self::TokenRefused(_)
            | Self::TooManyWrongTokens { .. }
            | Self::LinkNotValid
            | Self::NotFound { .. }
            | Self::NotHere { .. }
            | Self::Conflict { .. }
            | Self::Busy
            | Self::TooMuchWork
            | Self::Stopping => self.to_string(),
        }
    }

    fn problem_kind(&self) -> ProblemKind {
        match self {
            Self::Invalid(_) => problem("invalid-input", "The input is not valid", 422, false),
            Self::NotFound { .. } => problem("not-found", "Not found", 404, false),
            Self::NotHere { .. } => problem("not-here", "Not with this hub", 404, false),
            Self::Conflict { .. } => problem("conflict", "In conflict with the present state", 409, false),
            Self::Hub(error) => hub_problem(error.kind),
            Self::OutcomeUnknown { call_type, source, .. } => {
                let status = source.as_ref().map_or(503, |error| hub_problem(error.kind).status);
                // The same call once more may move the device twice.
                problem("outcome-unknown", unknown_title(*call_type), status, false)
            }
            Self::Store(error) => match error.obstacle() {
                Some(Obstacle::Full) => problem("disk-full", "The console's disk is full", 507, true),
                Some(Obstacle::ReadOnly) => {
                    problem("store-read-only", "The console's store is read-only", 503, true)
                }
                Some(Obstacle::Held) => {
                    problem("store-held", "Another program holds the console's store", 503, true)
                }
                Some(Obstacle::Damaged) => {
                    problem("store-damaged", "The console's store is damaged", 500, false)
                }
                None => problem("internal", "Something went wrong here", 500, true),
            },
            Self::Busy => problem("busy", "Too many searches at once", 503, true),
            Self::TooMuchWork => problem("too-much-work", "The search takes too much work", 422, false),
            Self::Missing(_) => problem("permission-missing", "You may not do that", 403, false),
            Self::SignInExpired => problem("sign-in-expired", "This sign-in cannot go on", 400, false),
            Self::NoRole { .. } => problem("no-role", "You have no role here", 403, false),
            Self::AccountDeactivated => {
                problem("account-deactivated", "Your account is deactivated", 403, false)
            }
            Self::OutsideScope { .. } => problem("outside-scope", "Outside your scope", 403, false),
            Self::SignInRefused => problem("sign-in-refused", "You are not signed in", 401, false),
            Self::TooManyAttempts { .. } => {
                problem("too-many-attempts", "Too many attempts to sign in", 429, false)
            }
            Self::TokenRefused(_) => problem("token-not-valid", "The token is not valid", 401, false),
            Self::TooManyWrongTokens { .. } => {
                problem("too-many-wrong-tokens", "Too many wrong tokens", 429, false)
            }
            Self::LinkNotValid => problem("link-not-valid", "The link does not work", 410, false),
            Self::Hash(_) => problem("internal", "Something went wrong here", 500, true),
            Self::Stopping => problem("stopping", "The server is stopping", 503, true),
        }
    }
}

/// What the title of a hub's problem leaves open, as a sentence.
fn hub_detail(error: &HubError) -> String {
    match error.kind {
        ErrorKind::Unreachable => sentence(&error.reason().unwrap_or_else(|| error.message())),
        ErrorKind::Timeout => "A change may have been made all the same: check before you repeat it.".into(),
        _ => sentence(&error.message()),
    }
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut rest = clause.trim_end().chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if clause.trim_end().ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", rest.as_str())
}

/// The fixed part of a problem.
struct ProblemKind {
    kind: &'static str,
    title: &'static str,
    status: u16,
    retryable: bool,
}

const fn problem(kind: &'static str, title: &'static str, status: u16, retryable: bool) -> ProblemKind {
    ProblemKind { kind, title, status, retryable }
}

const fn unknown_title(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Method => "The device may or may not have acted",
        CallType::TwinPatch => "The twin may or may not have been changed",
    }
}

const fn unknown_advice(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Method => "Look at the device's state before you call it again.",
        CallType::TwinPatch => "Read the twin before you change it again.",
    }
}

const fn hub_problem(kind: ErrorKind) -> ProblemKind {
    match kind {
        ErrorKind::Unauthorized => {
            problem("hub-unauthorized", "The hub does not accept this console's credentials", 502, false)
        }
        ErrorKind::NotFound { .. } => problem("not-found", "The hub does not know it", 404, false),
        ErrorKind::Conflict => problem("conflict", "In conflict with the present state", 409, false),
        ErrorKind::PreconditionFailed => problem("changed-meanwhile", "It was changed meanwhile", 412, false),
        ErrorKind::Throttled { .. } => problem("hub-throttled", "The hub asks to slow down", 429, true),
        ErrorKind::NotOnline => problem("device-not-online", "The device is not online", 409, true),
        ErrorKind::GatewayTimeout => {
            problem("device-timeout", "The device did not answer in time", 504, true)
        }
        ErrorKind::UnreadableAnswer => {
            problem("device-answer-unreadable", "The device's answer cannot be read", 502, false)
        }
        ErrorKind::Refused => problem("hub-refused", "The hub refused the request", 422, false),
        ErrorKind::Server => problem("hub-failed", "The hub failed", 502, true),
        ErrorKind::Unreachable => problem("hub-unreachable", "The hub cannot be reached", 503, true),
        ErrorKind::Timeout => problem("hub-timeout", "The hub did not answer in time", 504, true),
        ErrorKind::Malformed => problem("hub-malformed", "The hub's answer could not be read", 502, false),
        ErrorKind::Invalid => problem("invalid-input", "The input is not valid", 422, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_kind_and_a_status() {
        let place = FieldError::new("queryCondition", "expected a value").at(1, 9);
        for (error, kind, status, retryable) in [
            (ConsoleError::Invalid(vec![place.clone()]), "invalid-input", 422, false),
            (ConsoleError::NotFound { what: "job", id: "x".into() }, "not-found", 404, false),
            (ConsoleError::Conflict { detail: "taken".into() }, "conflict", 409, false),
            (ConsoleError::NotHere { detail: "no".into() }, "not-here", 404, false),
            (ConsoleError::Stopping, "stopping", 503, true),
            (ConsoleError::SignInRefused, "sign-in-refused", 401, false),
            (
                ConsoleError::TooManyAttempts { wait: Duration::from_millis(3200) },
                "too-many-attempts",
                429,
                false,
            ),
            (ConsoleError::LinkNotValid, "link-not-valid", 410, false),
            (ConsoleError::TokenRefused(TokenRefusal::Expired), "token-not-valid", 401, false),
            (
                ConsoleError::TooManyWrongTokens { wait: Duration::from_secs(9) },
                "too-many-wrong-tokens",
                429,
                false,
            ),
            (
                ConsoleError::OutcomeUnknown {
                    call_type: CallType::Method,
                    reason: "x".into(),
                    source: None,
                },
                "outcome-unknown",
                503,
                false,
            ),
            (StoreError::Busy.into(), "busy", 503, true),
            (StoreError::TooMuchWork.into(), "too-much-work", 422, false),
            (StoreError::Damaged { column: "status" }.into(), "internal", 500, true),
        ] {
            let problem = error.problem("r1");
            assert_eq!((problem.kind.as_str(), problem.status, problem.retryable), (kind, status, retryable));
            assert_eq!(problem.request_id, "r1");
            assert!(!problem.detail.contains("column status"), "{problem:?}");
        }
        assert_eq!(ConsoleError::Invalid(vec![place.clone()]).problem("r").errors, [place]);
        let wait = ConsoleError::TooManyAttempts { wait: Duration::from_millis(3200) }.problem("r");
        assert!(wait.detail.ends_with("Next try in 4 s."), "{wait:?}");
        for (clause, expected) in [
            ("its name was not found", "Its name was not found."),
            ("DeviceNotFound (404001): d1", "DeviceNotFound (404001): d1."),
            ("the hub says no. ", "The hub says no."),
        ] {
            assert_eq!(sentence(clause), expected);
        }
        // The device has acted and will answer the same again.
        let problem = hub_problem(ErrorKind::UnreadableAnswer);
        assert_eq!((problem.title, problem.retryable), ("The device's answer cannot be read", false));
    }
}
