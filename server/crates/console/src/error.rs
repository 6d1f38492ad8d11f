//! What can go wrong. How it is reported is in [`problem`].

mod problem;

use std::time::Duration;

use console_wire::{
    access::{Missing, NotAToken},
    device_call::CallType,
    problem::FieldError,
};
use hub_client::HubError;
use store_file::Obstacle;

pub(crate) use self::problem::store_sentence;
use self::problem::unknown_title;

/// A call of the console that failed.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The request is at fault; each entry names its member. Nothing was changed.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing here.
    #[error("There is no {what} '{id}'.")]
    NotFound {
        /// `job`, `device`, `result`, `cell`, `template`, `group`, `message` or `schedule`.
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
    /// A person may not do it.
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
    #[error("The console is stopping. Try again in a moment.")]
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
}
