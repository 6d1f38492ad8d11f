//! One call: token, request, bounded answer, and the decision to repeat.
//!
//! Whether a call may be repeated depends on how far the failed attempt got. A refused connection did not reach the hub; a
//! 429 was refused before anything was done; after any other failure the hub may have acted.

use std::time::{Duration, Instant, SystemTime};

use hub_wire::{API_VERSION, Timestamp, error::ERROR_CODE_HEADER};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
        RETRY_AFTER,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument as _;

use crate::{ErrorKind, HubClient, HubError, Result, metrics, retry::Reason};

/// What a path segment or a query value keeps as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Most of a refusal's body that is read.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// After which failures a call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Any transient failure: the call is idempotent.
    Always,
    /// The connection was not made, or the hub refused with 429.
    WhenRefused,
    /// The connection was not made. For direct methods, which must not be invoked twice.
    WhenNotSent,
}

/// A request to be sent.
#[derive(Debug)]
pub(crate) struct Call {
    operation: &'static str,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    repeat: Repeat,
    extra_time: Duration,
    takes_bad_request: bool,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

/// The result of a call.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Answer>,
    /// An attempt before the last one may have been carried out.
    pub(crate) uncertain: bool,
}

impl Call {
    /// A call of a path below the hub's root; `segments` are escaped here.
    pub(crate) fn new(operation: &'static str, method: Method, segments: &[&str], repeat: Repeat) -> Self {
        let mut target = String::new();
        for segment in segments {
            target.push('/');
            target.extend(utf8_percent_encode(segment, ESCAPED));
        }
        target.push_str("?api-version=");
        target.push_str(API_VERSION);
        Self {
            operation,
            method,
            target,
            headers: HeaderMap::new(),
            body: None,
            repeat,
            extra_time: Duration::ZERO,
            takes_bad_request: false,
        }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push('&');
        self.target.push_str(name);
        self.target.push('=');
        self.target.extend(utf8_percent_encode(value, ESCAPED));
        self
    }

    /// A header. A value that no header can hold (a token of another hub, say) is [`ErrorKind::Invalid`].
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self> {
        let value = HeaderValue::from_str(value).map_err(|error| {
            HubError::local(self.operation, ErrorKind::Invalid, format!("'{name}' cannot hold this value"))
                .caused(error)
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// A header whose name comes from a user; the value may have any text in UTF-8, except control characters.
    pub(crate) fn named_header(mut self, name: &str, value: &str) -> Result<Self> {
        let header = HeaderName::from_bytes(name.as_bytes()).ok();
        let Some((header, value)) = header.zip(HeaderValue::from_bytes(value.as_bytes()).ok()) else {
            let detail = format!("'{name}' cannot be a header with this value");
            return Err(HubError::local(self.operation, ErrorKind::Invalid, detail));
        };
        self.headers.insert(header, value);
        Ok(self)
    }

    /// A body that is not JSON of ours.
    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// `If-Match`, quoted as every SDK quotes it, `"*"` included.
    pub(crate) fn if_match(self, etag: &str) -> Result<Self> {
        let quoted = if etag.starts_with('"') { etag.to_owned() } else { format!("\"{etag}\"") };
        self.header(IF_MATCH.as_str(), &quoted)
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| {
            HubError::local(self.operation, ErrorKind::Invalid, "the body cannot be written as JSON")
                .caused(error)
        })?;
        self.body = Some(body);
        self.header(CONTENT_TYPE.as_str(), "application/json; charset=utf-8")
    }

    /// Extends the timeout: the call itself waits for a device.
    pub(crate) fn extra_time(mut self, time: Duration) -> Self {
        self.extra_time = time;
        self
    }

    /// Returns 400 as an answer for the caller to read, not as a refusal.
    pub(crate) fn taking_bad_request(mut self) -> Self {
        self.takes_bad_request = true;
        self
    }
}

impl Answer {
    /// Reads the body.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            HubError::local(
                self.operation,
                ErrorKind::Malformed,
                "the hub's answer is not what the contract says",
            )
            .caused(error)
        })
    }

    /// This answer as a refusal.
    pub(crate) fn to_refusal(&self) -> HubError {
        refusal(self.operation, self.status, &self.headers, &self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// An attempt that failed, and whether the hub may have acted on it.
struct Failure {
    error: HubError,
    may_have_acted: bool,
}

impl HubClient {
    /// Sends, repeating what may be repeated, and reads the answer's JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        self.send(call).await.result?.json()
    }

    /// Sends, repeating what may be repeated.
    pub(crate) async fn send(&self, call: Call) -> Outcome {
        let span = tracing::info_span!("hub call", operation = call.operation);
        self.send_until_done(call).instrument(span).await
    }

    async fn send_until_done(&self, call: Call) -> Outcome {
        let (began, mut failed, mut uncertain) = (Instant::now(), 0, false);
        loop {
            let failure = match self.attempt(&call).await {
                Ok(answer) => return Outcome { result: Ok(answer), uncertain },
                Err(failure) => failure,
            };
            failed += 1;
            let wait = repeat_reason(call.repeat, &failure)
                .and_then(|reason| self.retry.wait(failed, reason, began.elapsed(), rand::random()));
            let Some(wait) = wait else {
                return Outcome { result: Err(failure.error), uncertain };
            };
            uncertain |= failure.may_have_acted;
            tracing::debug!(operation = call.operation, failed, ?wait, error = %failure.error.message(), "will try again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &Call) -> std::result::Result<Answer, Failure> {
        let (now, began) = (Timestamp::from(SystemTime::now()), Instant::now());
        let result = self.exchange(call, now).await;
        let took = began.elapsed();
        let at = now.plus(took);
        match &result {
            Ok(_) => self.inner.monitor.answered(at, took),
            Err(failure) => self.inner.monitor.failed(at, took, &failure.error),
        }
        metrics::record(call.operation, result.as_ref().err().map(|failure| failure.error.kind), took);
        result
    }

    async fn exchange(&self, call: &Call, now: Timestamp) -> std::result::Result<Answer, Failure> {
        let mut request = self
            .inner
            .http
            .request(call.method.clone(), format!("{}{}", self.inner.base, call.target))
            .headers(call.headers.clone())
            .header(AUTHORIZATION, self.inner.tokens.header(now))
            .header("request-id", uuid::Uuid::new_v4().to_string())
            .timeout(self.inner.request_timeout + call.extra_time);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        } else if call.method == Method::POST {
            // The hub's front end requires Content-Length even for a cancel without a body.
            request = request.header(CONTENT_LENGTH, 0);
        }
        let response = request.send().await.map_err(|error| transport_failure(call.operation, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let taken = status.is_success() || (call.takes_bad_request && status == StatusCode::BAD_REQUEST);
        let limit = if taken { self.inner.max_answer_bytes } else { MAX_REFUSAL_BYTES };
        let body = match read_body(call.operation, response, limit).await {
            Ok(body) => body,
            // A refusal is reported even if its body cannot be read.
            Err(_) if !taken => Vec::new(),
            Err(failure) => return Err(failure),
        };
        if taken {
            return Ok(Answer { operation: call.operation, status, headers, body });
        }
        Err(Failure {
            error: refusal(call.operation, status, &headers, &body),
            may_have_acted: status.is_server_error(),
        })
    }
}

async fn read_body(
    operation: &'static str,
    mut response: reqwest::Response,
    limit: usize,
) -> std::result::Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| transport_failure(operation, error))? {
        if body.len() + chunk.len() > limit {
            let detail = format!("the hub's answer is larger than {limit} bytes");
            let error = HubError::local(operation, ErrorKind::Malformed, detail);
            return Err(Failure { error, may_have_acted: true });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error of the connection. Its address is left out: ids are not secret, but repeating them adds nothing.
fn transport_failure(operation: &'static str, error: reqwest::Error) -> Failure {
    let (kind, detail, may_have_acted) = if error.is_connect() {
        (ErrorKind::Unreachable, "could not connect to the hub", false)
    } else if error.is_builder() {
        (ErrorKind::Invalid, "the request cannot be made", false)
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the hub did not answer in time", true)
    } else {
        (ErrorKind::Unreachable, "the connection to the hub broke", true)
    };
    Failure { error: HubError::local(operation, kind, detail).caused(error.without_url()), may_have_acted }
}

fn refusal(operation: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> HubError {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Only the form in seconds: no hub was observed to send a date.
    let retry_after =
        text(RETRY_AFTER.as_str()).and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
    HubError::refusal(
        operation,
        status.as_u16(),
        text(ERROR_CODE_HEADER),
        retry_after,
        &String::from_utf8_lossy(body),
    )
}

/// Whether to repeat, and which wait that takes.
fn repeat_reason(repeat: Repeat, failure: &Failure) -> Option<Reason> {
    let (throttled, reason) = match failure.error.kind {
        ErrorKind::Throttled { retry_after } => (true, Reason::Throttled { retry_after }),
        ErrorKind::Server | ErrorKind::Unreachable | ErrorKind::Timeout => (false, Reason::Fault),
        _ => return None,
    };
    let allowed = match repeat {
        Repeat::Always => true,
        Repeat::WhenRefused => !failure.may_have_acted,
        Repeat::WhenNotSent => !failure.may_have_acted && !throttled,
    };
    allowed.then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeatable_failures() {
        use ErrorKind::{
            GatewayTimeout, NotOnline, Refused, Server, Throttled, Timeout, Unreachable, UnreadableAnswer,
        };
        let throttled = Throttled { retry_after: None };
        for (kind, may_have_acted, always, when_refused, when_not_sent) in [
            (Unreachable, false, true, true, true),
            (Unreachable, true, true, false, false),
            (Timeout, true, true, false, false),
            (Server, true, true, false, false),
            (throttled, false, true, true, false),
            (Refused, false, false, false, false),
            (NotOnline, false, false, false, false),
            (GatewayTimeout, true, false, false, false),
            (UnreadableAnswer, true, false, false, false),
        ] {
            let failure = Failure { error: HubError::local("x", kind, "y"), may_have_acted };
            for (repeat, expected) in [
                (Repeat::Always, always),
                (Repeat::WhenRefused, when_refused),
                (Repeat::WhenNotSent, when_not_sent),
            ] {
                assert_eq!(repeat_reason(repeat, &failure).is_some(), expected, "{kind:?} {repeat:?}");
            }
        }
    }

    #[test]
    fn ids_are_escaped() {
        let call = Call::new("x", Method::GET, &["twins", "a/b?c#d%e+f"], Repeat::Always).query("top", "1 0");
        assert_eq!(call.target, "/twins/a%2Fb%3Fc%23d%25e%2Bf?api-version=2021-04-12&top=1%200");
    }

    #[test]
    fn etags_are_quoted_once() {
        for (etag, header) in [("*", "\"*\""), ("AAA=", "\"AAA=\""), ("\"AAA=\"", "\"AAA=\"")] {
            let call = Call::new("x", Method::GET, &[], Repeat::Always).if_match(etag).unwrap();
            assert_eq!(call.headers[IF_MATCH], header);
        }
        assert!(Call::new("x", Method::GET, &[], Repeat::Always).if_match("a\nb").is_err());
    }
}
