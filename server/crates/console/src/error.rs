//! What can go wrong, and how a person is told. One place decides the problem's kind, title, status and text.

use console_wire::problem::{FieldError, Problem};
use hub_client::{ErrorKind, HubError};

/// A call of the console that failed.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The request is at fault; each entry names its member. Nothing was changed.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing here.
    #[error("no {what} '{id}'")]
    NotFound {
        /// `job`, `device`, `result`, `cell` or `template`.
        what: &'static str,
        /// Which one was asked for.
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
    /// The console's own store failed.
    #[error("the console's store failed")]
    Store(#[source] StoreError),
    /// The process is going down.
    #[error("the console is stopping")]
    Stopping,
}

/// A failure of the console's store, with what was being attempted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or protected.
    #[error("cannot prepare {}", path.display())]
    Prepare {
        /// Which one.
        path: std::path::PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
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
    /// A row does not hold what we write: damaged, or by a newer version.
    #[error("column {column} of the store holds something unexpected")]
    Damaged {
        /// Where.
        column: &'static str,
    },
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
            error => Self::Store(error),
        }
    }
}

fn list(errors: &[FieldError]) -> String {
    let texts: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    texts.join("; ")
}

impl ConsoleError {
    /// The problem that a person, or a program, is answered with. Holds no SQL, no path and no secret.
    pub fn problem(&self, request_id: &str) -> Problem {
        let Told { kind, title, status, retryable } = self.told();
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
            Self::Hub(error) => error.message(),
            Self::Store(_) => {
                "The console could not read or write its own store; the log says more.".to_owned()
            }
            Self::NotFound { .. } | Self::NotHere { .. } | Self::Conflict { .. } | Self::Stopping => {
                self.to_string()
            }
        }
    }

    const fn told(&self) -> Told {
        match self {
            Self::Invalid(_) => told("invalid-input", "The input is not valid", 422, false),
            Self::NotFound { .. } => told("not-found", "Not found", 404, false),
            Self::NotHere { .. } => told("not-here", "Not with this hub", 404, false),
            Self::Conflict { .. } => told("conflict", "In conflict with the present state", 409, false),
            Self::Hub(error) => told_hub(error.kind),
            Self::Store(_) => told("internal", "Something went wrong here", 500, true),
            Self::Stopping => told("stopping", "The server is stopping", 503, true),
        }
    }
}

/// The fixed part of a problem.
struct Told {
    kind: &'static str,
    title: &'static str,
    status: u16,
    retryable: bool,
}

const fn told(kind: &'static str, title: &'static str, status: u16, retryable: bool) -> Told {
    Told { kind, title, status, retryable }
}

const fn told_hub(kind: ErrorKind) -> Told {
    match kind {
        ErrorKind::Unauthorized => {
            told("hub-unauthorized", "The hub does not accept this console's credentials", 502, false)
        }
        ErrorKind::NotFound { .. } => told("not-found", "The hub does not know it", 404, false),
        ErrorKind::Conflict => told("conflict", "In conflict with the present state", 409, false),
        ErrorKind::PreconditionFailed => told("changed-meanwhile", "It was changed meanwhile", 412, false),
        ErrorKind::Throttled { .. } => told("hub-throttled", "The hub asks to slow down", 429, true),
        ErrorKind::NotOnline => told("device-not-online", "The device is not online", 409, true),
        ErrorKind::GatewayTimeout => told("device-timeout", "The device did not answer in time", 504, true),
        ErrorKind::Refused => told("hub-refused", "The hub refused the request", 422, false),
        ErrorKind::Server => told("hub-failed", "The hub failed", 502, true),
        ErrorKind::Unreachable => told("hub-unreachable", "The hub cannot be reached", 503, true),
        ErrorKind::Timeout => told("hub-timeout", "The hub did not answer in time", 504, true),
        ErrorKind::Malformed => told("hub-malformed", "The hub's answer could not be read", 502, false),
        ErrorKind::Invalid => told("invalid-input", "The input is not valid", 422, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems() {
        let place = FieldError::new("queryCondition", "expected a value").at(1, 9);
        for (error, kind, status, retryable) in [
            (ConsoleError::Invalid(vec![place.clone()]), "invalid-input", 422, false),
            (ConsoleError::NotFound { what: "job", id: "x".into() }, "not-found", 404, false),
            (ConsoleError::Conflict { detail: "taken".into() }, "conflict", 409, false),
            (ConsoleError::NotHere { detail: "no".into() }, "not-here", 404, false),
            (ConsoleError::Stopping, "stopping", 503, true),
            (StoreError::Damaged { column: "status" }.into(), "internal", 500, true),
        ] {
            let problem = error.problem("r1");
            assert_eq!((problem.kind.as_str(), problem.status, problem.retryable), (kind, status, retryable));
            assert_eq!(problem.request_id, "r1");
            assert!(!problem.detail.contains("column status"), "{problem:?}");
        }
        assert_eq!(ConsoleError::Invalid(vec![place.clone()]).problem("r").errors, [place]);
    }
}
