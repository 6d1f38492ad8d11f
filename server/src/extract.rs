//! Parses requests; every refusal names the member at fault and what to do.

use app::RequestAccess;
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};
use bytes::Bytes;
use console::Console;
use console_wire::{access::Actor, problem::FieldError};
use hub_wire::{
    DeviceId,
    envelope::{self, EnvelopeError, EnvelopeFault},
};
use serde::de::DeserializeOwned;

use crate::problem::Refusal;

/// A JSON body, whatever its content type says.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            Refusal::new(
                rejection.status(),
                "unreadable-body",
                "The request's body cannot be read",
                rejection.body_text(),
            )
        })?;
        // Where every member may be left out, so may the body.
        parse(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self)
    }
}

/// Parses a body as leniently as the hub does, so that a client can send the same job to either.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    match envelope::read(bytes) {
        Ok(read) => Ok(read.content),
        Err(error) if error.fault == EnvelopeFault::Syntax => Err(not_json(&error)),
        Err(error) => {
            let field = if error.path.is_empty() { "body" } else { &error.path };
            Err(Refusal::invalid(vec![FieldError::new(field, error.reason())]))
        }
    }
}

fn not_json(error: &EnvelopeError) -> Refusal {
    let detail = format!("The body is not JSON: {error}.");
    Refusal::new(StatusCode::BAD_REQUEST, "not-json", "The request's body is not JSON", detail)
}

/// Query parameters. One that is empty counts as absent, as plain forms send it. Unknown ones are refused where the type
/// denies them, so that a misspelt filter does not silently match everything.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Refusal> {
    let given = form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.trim().is_empty());
    let given = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(given.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "query" } else { &path };
        Refusal::invalid(vec![FieldError::new(field, error.inner().to_string())])
    })
}

/// Who sends the request. The guard in front of every route has put it there.
pub(crate) struct Caller(pub(crate) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let access = parts.extensions.get::<RequestAccess>();
        access.and_then(|access| access.actor.clone()).map(Self).ok_or_else(|| {
            let detail =
                "It is not known who sends this request. Try again; if it stays so, report the request id.";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
        })
    }
}

/// Reads the id of a device that is to be shown. One outside of the caller's scope is not found, as an unknown one.
pub(super) async fn visible_device(
    console: &Console,
    text: &str,
    actor: &Actor,
) -> Result<DeviceId, Refusal> {
    let id = parse_device_id(text)?;
    console.check_visible(&id, actor).await?;
    Ok(id)
}

/// Checks a device id.
pub(super) fn parse_device_id(text: &str) -> Result<DeviceId, Refusal> {
    DeviceId::new(text)
        .map_err(|error| Refusal::invalid(vec![FieldError::new("deviceId", error.to_string())]))
}
