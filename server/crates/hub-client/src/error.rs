//! What can go wrong with a call, sorted by what a caller does about it.
//!
//! The hub's own words (status, number, name, text) are kept beside the sort. Nothing here ever holds a token or a
//! key: they travel in a header that is not part of any error.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use hub_wire::error::{ErrorCode, read_error};

/// A call that failed.
#[derive(Clone)]
pub struct HubError {
    /// What was being attempted, as a phrase: `get device`.
    pub operation: &'static str,
    /// What a caller can do about it.
    pub kind: ErrorKind,
    /// What the hub said, if it answered.
    pub answer: Option<Box<HubAnswer>>,
    detail: String,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// A refusal in the hub's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The hub's number, such as 404103.
    pub code: Option<u32>,
    /// The hub's name, such as `DeviceNotOnline`.
    pub name: Option<String>,
    /// Text for a person; empty if there was none.
    pub message: String,
}

/// Failures sorted by what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401: wrong key, expired token, or a policy that lacks the permission.
    Unauthorized,
    /// 404, other than a device that is not online.
    NotFound {
        /// The hub's number, which tells a device from a job.
        code: Option<u32>,
    },
    /// 409: the id is taken.
    Conflict,
    /// 412: the etag does not match.
    PreconditionFailed,
    /// 429: too many requests or active jobs.
    Throttled {
        /// How long the hub asks to wait; the real one does not say.
        retry_after: Option<Duration>,
    },
    /// 404103 or 404104: the device is not connected, does not listen, or left during the call.
    NotOnline,
    /// 504101: the device did not answer in time.
    GatewayTimeout,
    /// Any other 4xx: the request itself is at fault.
    Refused,
    /// Any other 5xx: a fault of the hub.
    Server,
    /// No connection, or it broke.
    Unreachable,
    /// The hub did not answer in time.
    Timeout,
    /// The answer was not what the contract says, or too large.
    Malformed,
    /// The client was given something it cannot use: an endpoint, a certificate, an id.
    Invalid,
}

impl HubError {
    /// An error that the hub did not word.
    pub(crate) fn local(operation: &'static str, kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { operation, kind, answer: None, detail: detail.into(), cause: None }
    }

    /// The same with its cause.
    pub(crate) fn caused(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Reads a refusal.
    pub(crate) fn refusal(
        operation: &'static str,
        status: u16,
        header: Option<&str>,
        retry_after: Option<Duration>,
        body: &str,
    ) -> Self {
        let read = read_error(body);
        let name = read.name.or_else(|| header.filter(|name| !name.is_empty()).map(str::to_owned));
        let code =
            read.number.or_else(|| name.as_deref().and_then(ErrorCode::from_name).map(ErrorCode::number));
        Self {
            operation,
            kind: kind_of(status, code, retry_after),
            answer: Some(Box::new(HubAnswer { status, code, name, message: read.message })),
            detail: String::new(),
            cause: None,
        }
    }

    /// Whether the same call may work later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Throttled { .. } | ErrorKind::Server | ErrorKind::Unreachable | ErrorKind::Timeout
        )
    }

    /// The hub's number, if it gave one.
    pub fn hub_code(&self) -> Option<u32> {
        self.answer.as_ref()?.code
    }

    /// The known error behind that number.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.hub_code().and_then(ErrorCode::from_number)
    }

    /// A sentence for a person, without the operation: what the hub said, or what went wrong on the way.
    pub fn message(&self) -> String {
        let Some(answer) = &self.answer else {
            return match self.root_cause() {
                Some(cause) => format!("{}: {cause}", self.detail),
                None => self.detail.clone(),
            };
        };
        let text = if answer.message.is_empty() { "no text" } else { &answer.message };
        match (&answer.name, answer.code) {
            (Some(name), Some(code)) => format!("{name} ({code}): {text}"),
            (Some(name), None) => format!("{name}: {text}"),
            (None, _) => format!("HTTP {}: {text}", answer.status),
        }
    }

    fn root_cause(&self) -> Option<String> {
        let mut cause: &(dyn Error + 'static) = self.cause.as_deref()?;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Some(cause.to_string())
    }
}

/// Sorts a refusal. The two codes that are about a device's connection come before their status' common meaning.
fn kind_of(status: u16, code: Option<u32>, retry_after: Option<Duration>) -> ErrorKind {
    match code.and_then(ErrorCode::from_number) {
        Some(ErrorCode::DeviceNotOnline | ErrorCode::DeviceConnectionClosedRemotely) => {
            return ErrorKind::NotOnline;
        }
        Some(ErrorCode::GatewayTimeout) => return ErrorKind::GatewayTimeout,
        _ => {}
    }
    match status {
        401 => ErrorKind::Unauthorized,
        404 => ErrorKind::NotFound { code },
        409 => ErrorKind::Conflict,
        412 => ErrorKind::PreconditionFailed,
        429 => ErrorKind::Throttled { retry_after },
        500..=599 => ErrorKind::Server,
        400..=499 => ErrorKind::Refused,
        _ => ErrorKind::Malformed,
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The cause is left to `source`, or a printed chain would say it twice.
        let text = if self.answer.is_some() { self.message() } else { self.detail.clone() };
        write!(f, "{}: {text}", self.operation)
    }
}

impl fmt::Debug for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HubError({:?}, {}: {})", self.kind, self.operation, self.message())
    }
}

impl Error for HubError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, header: Option<&str>, body: &str, kind: ErrorKind, code: Option<u32>, text: &str) {
        let error = HubError::refusal("get device", status, header, None, body);
        assert_eq!((error.kind, error.hub_code(), error.message().as_str()), (kind, code, text), "{body}");
        assert_eq!(error.to_string(), format!("get device: {text}"));
    }

    #[test]
    fn refusals_are_sorted() {
        check(
            404,
            Some("DeviceNotFound"),
            r#"{"Message":"ErrorCode:DeviceNotFound;d1","ExceptionMessage":""}"#,
            ErrorKind::NotFound { code: Some(404_001) },
            Some(404_001),
            "DeviceNotFound (404001): d1",
        );
        check(
            404,
            None,
            r#"{"Message":"{\"errorCode\":404103,\"message\":\"offline\",\"info\":null}"}"#,
            ErrorKind::NotOnline,
            Some(404_103),
            "DeviceNotOnline (404103): offline",
        );
        check(
            504,
            None,
            r#"{"errorCode":504101,"message":"late"}"#,
            ErrorKind::GatewayTimeout,
            Some(504_101),
            "GatewayTimeout (504101): late",
        );
        // A proxy's 504 says nothing about the device.
        check(504, None, "<html>", ErrorKind::Server, None, "HTTP 504: <html>");
        check(
            429,
            Some("ThrottlingException"),
            "",
            ErrorKind::Throttled { retry_after: None },
            Some(429_001),
            "ThrottlingException (429001): no text",
        );
        check(401, None, "", ErrorKind::Unauthorized, None, "HTTP 401: no text");
        check(409, None, "", ErrorKind::Conflict, None, "HTTP 409: no text");
        check(412, None, "", ErrorKind::PreconditionFailed, None, "HTTP 412: no text");
        check(405, Some("New"), "x", ErrorKind::Refused, None, "New: x");
        check(302, None, "", ErrorKind::Malformed, None, "HTTP 302: no text");
    }

    #[test]
    fn transient_is_what_waiting_may_cure() {
        for (kind, transient) in [
            (ErrorKind::Throttled { retry_after: None }, true),
            (ErrorKind::Server, true),
            (ErrorKind::Unreachable, true),
            (ErrorKind::Timeout, true),
            (ErrorKind::NotOnline, false),
            (ErrorKind::GatewayTimeout, false),
            (ErrorKind::Refused, false),
            (ErrorKind::Unauthorized, false),
        ] {
            assert_eq!(HubError::local("x", kind, "y").is_transient(), transient, "{kind:?}");
        }
    }

    #[test]
    fn the_root_cause_is_in_the_message_and_not_in_the_display() {
        let error = HubError::local("get twin", ErrorKind::Unreachable, "could not reach the hub")
            .caused(std::io::Error::other("connection refused"));
        assert_eq!(error.message(), "could not reach the hub: connection refused");
        assert_eq!(error.to_string(), "get twin: could not reach the hub");
        assert!(error.source().is_some());
    }
}
