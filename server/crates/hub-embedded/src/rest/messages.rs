//! Cloud-to-device messages and what became of them.
//!
//! SDKs send over AMQP, which this hub does not speak; tools such as Azure IoT Explorer post to the path here, with
//! the message's properties as headers. The feedback calls are those of Microsoft's Swagger file.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hub_wire::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    Rest,
    answer::Answer,
    error::Refusal,
    extract::{Authorized, CloudToDevice, PathTarget, RawBody, ServiceConnect, Throttled},
};
use crate::domain::c2d::{Ack, CloudToDeviceMessage};

/// Header names of a message's own properties begin so.
const OWN: &str = "app-";

pub(super) async fn send(
    _: Authorized<ServiceConnect>,
    _: Throttled<CloudToDevice>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Answer<StatusCode> {
    let message = CloudToDeviceMessage { body, ..read(&headers)? };
    rest.store.send_message(&target.device_id, message).await?;
    rest.connections.notify_messages(&target);
    Ok(StatusCode::NO_CONTENT)
}

/// What the headers say. HTTP gives names without their case, so an application's names come out in lower case.
fn read(headers: &HeaderMap) -> Answer<CloudToDeviceMessage> {
    let mut message = CloudToDeviceMessage::default();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("iothub-") else { continue };
        let value = std::str::from_utf8(value.as_bytes())
            .map_err(|_| Refusal::argument(format!("header iothub-{name} is not UTF-8")))?
            .to_owned();
        match name {
            "messageid" => message.message_id = value,
            "correlationid" => message.correlation_id = Some(value),
            "userid" => message.user_id = Some(value),
            "contenttype" => message.content_type = Some(value),
            "contentencoding" => message.content_encoding = Some(value),
            "expiry" | "expirytimeutc" => {
                let expires =
                    Timestamp::parse(&value).map_err(|error| Refusal::argument(error.to_string()))?;
                message.expires = Some(expires);
            }
            "ack" => {
                let ack = Ack::from_wire(&value).ok_or_else(|| {
                    Refusal::argument("iothub-ack must be none, positive, negative or full")
                })?;
                message.ack = Some(ack);
            }
            other => {
                // Names of the system that this hub has no use for, such as iothub-to, are passed over.
                if let Some(own) = other.strip_prefix(OWN).filter(|own| !own.is_empty()) {
                    message.properties.push((own.to_owned(), value));
                }
            }
        }
    }
    if message.message_id.is_empty() {
        // Feedback needs a name for it.
        message.message_id = Uuid::new_v4().to_string();
    }
    Ok(message)
}

pub(super) async fn purge(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    PathTarget(target): PathTarget,
) -> Answer {
    let purged = rest.store.purge_messages(&target.device_id).await?;
    let answer = json!({
        "totalMessagesPurged": purged,
        "deviceId": target.device_id,
        "moduleId": null,
    });
    Ok(Json(answer).into_response())
}

/// 204 when there is none.
pub(super) async fn feedback(_: Authorized<ServiceConnect>, State(rest): State<Rest>) -> Answer {
    let Some(batch) = rest.store.lock_feedback().await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let mut response: Response = Json(batch.records).into_response();
    if let Ok(token) = HeaderValue::from_str(&format!("\"{}\"", batch.lock_token)) {
        response.headers_mut().insert(header::ETAG, token);
    }
    Ok(response)
}

pub(super) async fn complete_feedback(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    Path(lock_token): Path<String>,
) -> Answer<StatusCode> {
    rest.store.delete_feedback(unquoted(&lock_token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn abandon_feedback(
    _: Authorized<ServiceConnect>,
    State(rest): State<Rest>,
    Path(lock_token): Path<String>,
) -> Answer<StatusCode> {
    rest.store.abandon_feedback(unquoted(&lock_token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Clients that copy the header copy its quotes.
fn unquoted(text: &str) -> &str {
    text.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&'static str, &str)]) -> Answer<CloudToDeviceMessage> {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        read(&headers.collect())
    }

    #[test]
    fn headers_become_properties() {
        let read = message(&[
            ("iothub-messageid", "m-1"),
            ("iothub-correlationid", "c"),
            ("iothub-ack", "Full"),
            ("iothub-expiry", "2026-01-02T03:04:05Z"),
            ("iothub-contenttype", "application/json"),
            ("iothub-to", "/devices/other/messages/deviceBound"),
            ("iothub-app-site", "größe"),
            ("iothub-app-empty", ""),
            ("content-type", "text/plain"),
        ])
        .unwrap();
        assert_eq!((read.message_id.as_str(), read.correlation_id.as_deref()), ("m-1", Some("c")));
        assert_eq!((read.ack, read.content_type.as_deref()), (Some(Ack::Full), Some("application/json")));
        assert_eq!(read.expires, Timestamp::parse("2026-01-02T03:04:05Z").ok());
        assert_eq!(read.properties, [("site".into(), "größe".into()), ("empty".into(), String::new())]);
        assert!(!message(&[]).unwrap().message_id.is_empty());
    }

    #[test]
    fn invalid_headers_are_refused() {
        for bad in [("iothub-ack", "maybe"), ("iothub-expiry", "soon")] {
            assert_eq!(message(&[bad]).unwrap_err().code().name(), "ArgumentInvalid", "{bad:?}");
        }
    }
}
