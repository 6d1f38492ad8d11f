//! What a person reads when something was refused: what failed, whether trying again helps, and the request's id.

use console_wire::problem::{FieldError, Problem};
use leptos::{prelude::FromServerFnError, server_fn::error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::ask::TextEncoding;

/// A refusal by a server function, or on the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {}", .0.title, .0.detail)]
pub(crate) struct ApiError(pub(crate) Box<Problem>);

impl ApiError {
    /// The form is at fault; nothing was sent.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self(Box::new(Problem {
            kind: "invalid-input".into(),
            title: "The form is not complete".into(),
            status: 422,
            detail: "Nothing was sent. See the messages beside the fields.".into(),
            request_id: String::new(),
            retryable: false,
            errors,
        }))
    }

    /// Something that is our fault.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind: "internal".into(),
            title: "The console failed".into(),
            status: 500,
            detail: detail.into(),
            request_id: String::new(),
            retryable: true,
            errors: Vec::new(),
        }))
    }

    /// Whether there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        self.0.status == 404
    }

    /// What is wrong with one field, if anything. The last part of the path is enough: `methodName` finds
    /// `cloudToDeviceMethod.methodName`.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldError> {
        self.0.errors.iter().find(|error| error.field.rsplit('.').next() == Some(name))
    }
}

impl FromServerFnError for ApiError {
    type Encoder = TextEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self(Box::new(Problem {
                kind: "console-unreachable".into(),
                title: "The console did not answer".into(),
                status: 503,
                detail: "The connection to the console is down. Jobs already running go on.".into(),
                request_id: String::new(),
                retryable: true,
                errors: Vec::new(),
            })),
            ServerFnErrorErr::Args(text) | ServerFnErrorErr::MissingArg(text) => Self(Box::new(Problem {
                kind: "invalid-input".into(),
                title: "The request cannot be read".into(),
                status: 400,
                detail: text,
                request_id: String::new(),
                retryable: false,
                errors: Vec::new(),
            })),
            other => Self::internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_last_part() {
        let error = ApiError::invalid(vec![FieldError::new("cloudToDeviceMethod.methodName", "missing")]);
        assert_eq!(error.field("methodName").map(|field| field.message.as_str()), Some("missing"));
        assert_eq!(error.field("payload"), None);
    }

    #[test]
    fn survives_the_way_to_the_browser() {
        let error = ApiError::from_server_fn_error(ServerFnErrorErr::Request("offline".into()));
        assert_eq!(ApiError::de(error.ser()), error);
        assert!(error.0.retryable);
    }
}
