//! Why a command cannot be carried out.

use std::{fmt::Write, path::PathBuf};

use console_wire::{access::NotAToken, problem::Problem};

/// Why a command cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one of a server.
    #[error("--server '{0}' is not an address such as https://fleet.example.com")]
    Address(String),
    /// The HTTP client cannot be made.
    #[error("a connection cannot be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer.
    #[error("{server} cannot be reached: is it running there? --server or FLEETCAST_SERVER names another")]
    Unreachable {
        /// The server's address.
        server: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The server does not know who sends the request.
    #[error("{}", signed_out(.server, .reason.as_deref()))]
    SignedOut {
        /// The server's address.
        server: String,
        /// Why the token was refused; `None` when there was none.
        reason: Option<String>,
    },
    /// The token in the environment is none.
    #[error("FLEETCAST_TOKEN {0}")]
    Token(NotAToken),
    /// A token would be sent without encryption to another machine.
    #[error("{server} is not encrypted, so no token is sent there: use its https:// address")]
    Unencrypted {
        /// The server's address.
        server: String,
    },
    /// There is no token of this machine for the server.
    #[error("this machine is not signed in to {server}; --server names another")]
    NoLogin {
        /// The server's address.
        server: String,
    },
    /// A variable that wins over the file of logins.
    #[error(
        "{0} is set and wins over a login: unset it first. A token from elsewhere is revoked on the page of the account"
    )]
    Variable(&'static str),
    /// The server has no sign-in.
    #[error("{server} has no sign-in, so commands work without a login")]
    SignInOff {
        /// The server's address.
        server: String,
    },
    /// Device authorisation was refused, or is not decided yet.
    #[error("not signed in: {sentence}")]
    Grant {
        /// The word of RFC 8628, such as `access_denied`.
        error: String,
        /// What the server says about it.
        sentence: String,
    },
    /// The file of logins could be read by others.
    #[error("{} can be read by others: chmod 600 it, or sign in again after removing it", .0.display())]
    OpenToOthers(PathBuf),
    /// The environment does not say where settings are kept.
    #[error(
        "neither XDG_CONFIG_HOME nor HOME is set, so the token cannot be kept; set one, or use FLEETCAST_TOKEN"
    )]
    NoConfigFolder,
    /// The server refused.
    #[error("{}", sentence(.0))]
    Refused(Box<Problem>),
    /// The answer is not one of Fleetcast.
    #[error("{server} answers {status} in a way that Fleetcast does not: is --server right?")]
    NotFleetcast {
        /// The server's address.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// A file cannot be read or written.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// `read` or `write`.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// An argument's text is not what it should be.
    #[error("{what} is not JSON")]
    NotJson {
        /// The argument.
        what: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Standard output is closed.
    #[error("cannot write the output")]
    Output(#[source] std::io::Error),
}

/// What to do when the server does not know who asks.
fn signed_out(server: &str, reason: Option<&str>) -> String {
    let what = match reason {
        Some(reason) => format!("{server} does not take the token. {reason}"),
        None => format!("{server} asks who you are."),
    };
    format!("{what}\n  Sign in: fleetcast login --server {server}\n  In a script: set FLEETCAST_TOKEN")
}

/// What the server says: the case, or the fields at fault.
fn sentence(problem: &Problem) -> String {
    let mut text = format!("{}. {}", problem.title, problem.detail);
    for error in &problem.errors {
        let place = match (error.line, error.column) {
            (Some(line), Some(column)) => format!(", line {line}, column {column}"),
            _ => String::new(),
        };
        let _ = write!(text, "\n  {}{place}: {}", error.field, error.message);
    }
    if !problem.request_id.is_empty() {
        let _ = write!(text, "\n  (request {})", problem.request_id);
    }
    text
}

#[cfg(test)]
mod tests {
    use console_wire::problem::FieldError;

    use super::*;

    #[test]
    fn a_refusal_names_the_fields_at_fault() {
        let problem = Problem {
            kind: "invalid-input".into(),
            title: "The input is not valid".into(),
            status: 400,
            detail: "One field is at fault.".into(),
            request_id: "r1".into(),
            retryable: false,
            errors: vec![FieldError::new("queryCondition", "a name is expected").at(1, 8)],
        };
        assert_eq!(
            Error::Refused(Box::new(problem)).to_string(),
            "The input is not valid. One field is at fault.\n  queryCondition, line 1, column 8: a name is expected\n  \
             (request r1)"
        );
    }
}
