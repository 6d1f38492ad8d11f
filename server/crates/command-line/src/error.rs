//! Why a command cannot be carried out.

use std::{fmt::Write, path::PathBuf};

use console_wire::problem::Problem;

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
    #[error("{server} cannot be reached: is it running there? --server or FLEETCAST_URL names another")]
    Unreachable {
        /// The server's address.
        server: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
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
