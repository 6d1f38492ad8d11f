//! Middleware of every call: request id, span, api-version, panics, error bodies, one log line.
//!
//! Logged are method, path, status and time; never the query string (it may hold search text), headers or
//! bodies.

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use hub_wire::error::ErrorCode;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    Rest, answer,
    error::{Refusal, render},
    extract::Parameters,
};

/// Answer header that identifies a call in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// Wraps every call.
pub(super) async fn wrap(State(rest): State<Rest>, request: Request, next: Next) -> Response {
    let request_id = Uuid::new_v4().simple().to_string();
    let span = tracing::info_span!(
        "rest",
        method = %request.method(),
        path = request.uri().path(),
        request_id,
    );
    async move {
        let started = Instant::now();
        let response = match check_version(request.uri()) {
            Err(refusal) => refusal.into_response(),
            Ok(()) => AssertUnwindSafe(next.run(request))
                .catch_unwind()
                .await
                .unwrap_or_else(|panic| fault(&*panic)),
        };
        let code = response.extensions().get::<Refusal>().map(|refusal| refusal.code().name());
        let mut response = render(response, &request_id, rest.clock.now());
        let headers = response.headers_mut();
        if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
            headers.insert(header::CONTENT_TYPE, answer::JSON);
        }
        headers.extend(HeaderValue::from_str(&request_id).map(|value| (REQUEST_ID, value)));
        let status = response.status();
        let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // 502 and 504 are about a device's bad or missing answer. 501 needs no token, so any client could fill the log.
        let is_of_the_hub = !matches!(
            status,
            StatusCode::NOT_IMPLEMENTED | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT
        );
        if status.is_server_error() && is_of_the_hub {
            tracing::warn!(status = status.as_u16(), code, latency_ms, "call failed");
        } else {
            tracing::debug!(status = status.as_u16(), code, latency_ms, "call answered");
        }
        response
    }
    .instrument(span)
    .await
}

fn fault(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown");
    tracing::error!(panic = text, "call panicked");
    Refusal::new(ErrorCode::ServerError, "the hub met an internal error").into_response()
}

/// Versions are dates, some with `-preview`. Live hubs accept old and new versions, so any date is accepted, and a
/// call without one too; anything else is refused.
fn check_version(uri: &Uri) -> Result<(), Refusal> {
    match Parameters::of(uri)?.text("api-version") {
        Some(version) if !is_version(version) => Err(Refusal::new(
            ErrorCode::InvalidProtocolVersion,
            format!("the api-version must be a date such as {}", hub_wire::API_VERSION),
        )),
        _ => Ok(()),
    }
}

fn is_version(text: &str) -> bool {
    let date = text.strip_suffix("-preview").unwrap_or(text).as_bytes();
    date.len() == 10
        && date.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (uri, good) in [
            ("/devices", true),
            ("/devices?top=1", true),
            ("/devices?top=1&api-version=2021-04-12", true),
            ("/devices?api-version=2020-05-31-preview", true),
            ("/devices?api-version=2016-02-03", true),
            ("/devices?API-Version=2016-02-03", true),
            ("/devices?Api-Version=latest", false),
            ("/devices?api-version=", false),
            ("/devices?api-version=latest", false),
            ("/devices?api-version=2021-04-12x", false),
        ] {
            assert_eq!(check_version(&Uri::from_static(uri)).is_ok(), good, "{uri}");
        }
    }
}
