//! What a person reads when something was refused: what failed, whether trying again helps, and the request's id.

use console_wire::problem::{FieldError, Problem};
use leptos::{
    prelude::FromServerFnError,
    server_fn::{codec::JsonEncoding, error::ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

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

    /// A request whose arguments are missing or of the wrong kind, or too large.
    fn unreadable(status: u16, reason: &str) -> Self {
        // The position is one in a body that a script wrote and no user has seen.
        let reason = reason.rsplit_once(" at line ").map_or(reason, |(reason, _)| reason);
        Self(Box::new(Problem {
            kind: "invalid-input".into(),
            title: "The request cannot be read".into(),
            status,
            detail: format!("Nothing was changed. The arguments of this request cannot be read: {reason}."),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        }))
    }

    /// There is no such thing.
    #[cfg(feature = "ssr")]
    pub(crate) fn not_found(title: &str, detail: &str) -> Self {
        Self(Box::new(Problem {
            kind: "not-found".into(),
            title: title.into(),
            status: 404,
            detail: detail.into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
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

    /// Whether the request came without a session.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.0.kind == "signed-out"
    }

    /// Whether the server answered with what this page cannot read: it is of another build.
    pub(crate) fn is_unreadable_answer(&self) -> bool {
        self.0.kind == "internal" && self.0.request_id.is_empty()
    }

    /// What is wrong with one field, if anything. The last part of the path is enough: `methodName` finds
    /// `cloudToDeviceMethod.methodName`.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldError> {
        self.0.errors.iter().find(|error| error.field.rsplit('.').next() == Some(name))
    }
}

/// What happens to jobs while the console does not answer. The page cannot tell whether it has stopped.
const AWAY: &str = "The connection to the console is down. If only the connection is down, jobs go on. If the console has \
    stopped, jobs on its embedded hub stop too: they go on after a restart, and calls under way end as interrupted. Jobs on \
    an Azure IoT Hub go on without the console.";

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self(Box::new(Problem {
                kind: "console-unreachable".into(),
                title: "The console did not answer".into(),
                status: 503,
                detail: AWAY.into(),
                request_id: String::new(),
                retryable: true,
                errors: Vec::new(),
            })),
            ServerFnErrorErr::Args(text) | ServerFnErrorErr::MissingArg(text) => Self::unreadable(400, &text),
            // On the server only requests are decoded; in the browser only answers, which are not the user's fault.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(text) if text.contains("length limit exceeded") => {
                Self::unreadable(413, &text)
            }
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(text) => Self::unreadable(400, &text),
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
    fn an_unreadable_request_has_no_position_in_a_body_that_the_user_did_not_write() {
        let text = "invalid device id 'a b': ids have no spaces at line 1 column 211";
        let error = ApiError::from_server_fn_error(ServerFnErrorErr::Args(text.into()));
        assert!(error.0.detail.ends_with("invalid device id 'a b': ids have no spaces."), "{error:?}");
    }

    #[test]
    fn survives_the_way_to_the_browser() {
        let error = ApiError::from_server_fn_error(ServerFnErrorErr::Request("offline".into()));
        assert_eq!(ApiError::de(error.ser()), error);
        assert!(error.0.retryable);
    }
}
