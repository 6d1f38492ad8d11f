//! Errors of calls, classified by what a caller can do about them.
//!
//! The hub's status, number, name and text are kept beside the kind. No error holds a token or a key: they are sent in a
//! header that is not part of any error.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

use hub_wire::error::{ErrorCode, read_error};

/// A call that failed.
#[derive(Clone)]
pub struct HubError {
    /// What was being attempted, as a phrase: `get device`.
    pub operation: &'static str,
    /// What a caller can do about it.
    pub kind: ErrorKind,
    /// The hub's refusal, if it answered.
    pub answer: Option<Box<HubAnswer>>,
    detail: String,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// A refusal as the hub sent it.
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

/// Kinds of failures, by what a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401: wrong key, expired token, or a policy that lacks the permission.
    Unauthorized,
    /// 404, other than a device that is not online.
    NotFound {
        /// The hub's number, which distinguishes devices from jobs.
        code: Option<u32>,
    },
    /// 409: the id is taken.
    Conflict,
    /// 412: the etag does not match.
    PreconditionFailed,
    /// 429: too many requests or active jobs.
    Throttled {
        /// The hub's `Retry-After`; the real one sends none.
        retry_after: Option<Duration>,
    },
    /// 404103 or 404104: the device is not connected, does not listen, or left during the call.
    NotOnline,
    /// 504101: the device did not answer in time.
    GatewayTimeout,
    /// 502101: what the device answered is not JSON, or too large. The device has acted and is at fault.
    UnreadableAnswer,
    /// Any other 4xx: the request itself is at fault.
    Refused,
    /// Any other 5xx: a fault of the hub.
    Server,
    /// No connection, or it broke.
    Unreachable,
    /// The hub did not answer in time.
    Timeout,
    /// The answer violates the contract or is too large.
    Malformed,
    /// The client was given something it cannot use: an endpoint, a certificate, an id.
    Invalid,
}

impl HubError {
    /// An error that did not come from the hub.
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

    /// Whether the hub certainly has not got the call: no connection could be made.
    pub fn is_not_sent(&self) -> bool {
        let cause = self.cause.as_deref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
        self.kind == ErrorKind::Unreachable && cause.is_some_and(reqwest::Error::is_connect)
    }

    /// The hub's number, if it gave one.
    pub fn hub_code(&self) -> Option<u32> {
        self.answer.as_ref()?.code
    }

    /// The known error behind that number.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.hub_code().and_then(ErrorCode::from_number)
    }

    /// What happened, for a person, without the operation: the hub's text, or what is known of the transport error. A
    /// clause, in lower case and without a full stop, unless the hub's text is different.
    pub fn message(&self) -> String {
        let Some(answer) = &self.answer else {
            return match self.reason() {
                Some(reason) => format!("{}: {reason}", self.detail),
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

    /// Why there was no answer, as a clause: `its name was not found`. The system's own text only where no other is known.
    pub fn reason(&self) -> Option<String> {
        let mut cause: &(dyn Error + 'static) = self.cause.as_deref()?;
        loop {
            if let Some(words) = in_words(cause) {
                return Some(words.to_owned());
            }
            match cause.source() {
                Some(deeper) => cause = deeper,
                None => return Some(cause.to_string()),
            }
        }
    }
}

/// A known cause in words. An operator knows host names and connections, not `getaddrinfo`.
fn in_words(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    // The type that hyper has for it is private.
    if cause.to_string() == "dns error" {
        return Some("its name was not found");
    }
    let kind = cause.downcast_ref::<io::Error>()?.kind();
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "it refused the connection",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "it closed the connection",
        io::ErrorKind::TimedOut => "it did not answer in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no route to it",
        _ => return None,
    })
}

/// Classifies a refusal. Codes about a device take precedence over the status.
fn kind_of(status: u16, code: Option<u32>, retry_after: Option<Duration>) -> ErrorKind {
    match code.and_then(ErrorCode::from_number) {
        Some(ErrorCode::DeviceNotOnline | ErrorCode::DeviceConnectionClosedRemotely) => {
            return ErrorKind::NotOnline;
        }
        Some(ErrorCode::GatewayTimeout) => return ErrorKind::GatewayTimeout,
        Some(ErrorCode::InvalidResponseWhileProxying) => return ErrorKind::UnreadableAnswer,
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
    fn refusals_are_classified() {
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
        check(
            502,
            None,
            r#"{"Message":"{\"errorCode\":502101,\"message\":\"not JSON\",\"info\":null}"}"#,
            ErrorKind::UnreadableAnswer,
            Some(502_101),
            "InvalidResponseWhileProxying (502101): not JSON",
        );
        // The real hub's number is not known, its name is.
        check(
            502,
            Some("InvalidResponseWhileProxying"),
            "",
            ErrorKind::UnreadableAnswer,
            Some(502_101),
            "InvalidResponseWhileProxying (502101): no text",
        );
        check(502, None, "<html>", ErrorKind::Server, None, "HTTP 502: <html>");
        // A proxy's 504 is not about the device.
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
    fn transient_kinds() {
        for (kind, transient) in [
            (ErrorKind::Throttled { retry_after: None }, true),
            (ErrorKind::Server, true),
            (ErrorKind::Unreachable, true),
            (ErrorKind::Timeout, true),
            (ErrorKind::NotOnline, false),
            (ErrorKind::GatewayTimeout, false),
            (ErrorKind::UnreadableAnswer, false),
            (ErrorKind::Refused, false),
            (ErrorKind::Unauthorized, false),
        ] {
            assert_eq!(HubError::local("x", kind, "y").is_transient(), transient, "{kind:?}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] io::Error);

    #[test]
    fn causes_are_reported_in_words() {
        let system = || io::Error::other("failed to lookup address information: Name or service not known");
        for (cause, message) in [
            (Layer("dns error", system()), "could not connect to the hub: its name was not found"),
            (
                Layer("tcp connect error", io::ErrorKind::ConnectionRefused.into()),
                "could not connect to the hub: it refused the connection",
            ),
            (
                Layer("tcp connect error", io::ErrorKind::NetworkUnreachable.into()),
                "could not connect to the hub: there is no route to it",
            ),
            (
                Layer("tcp connect error", io::Error::other("a reason of its own")),
                "could not connect to the hub: a reason of its own",
            ),
        ] {
            let error = HubError::local("get twin", ErrorKind::Unreachable, "could not connect to the hub");
            let error = error.caused(cause);
            assert_eq!(error.message(), message);
            assert_eq!(
                error.to_string(),
                "get twin: could not connect to the hub",
                "the cause is not repeated"
            );
            assert!(error.source().is_some());
        }
        assert_eq!(HubError::local("get twin", ErrorKind::Invalid, "no").reason(), None);
    }
}
