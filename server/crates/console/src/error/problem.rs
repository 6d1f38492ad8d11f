//! How an error is reported: one place decides a problem's kind, title, status and text.

use console_wire::{device_call::CallType, problem::Problem};
use hub_client::{ErrorKind, HubError};
use store_file::Obstacle;

use super::{ConsoleError, list};

impl ConsoleError {
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

pub(super) const fn unknown_title(call_type: CallType) -> &'static str {
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
    use std::time::Duration;

    use console_wire::problem::FieldError;

    use super::*;
    use crate::error::{StoreError, TokenRefusal};

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
