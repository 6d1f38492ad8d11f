//! Reads requests so that every refusal names the member at fault and what to do.

use axum::{
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{StatusCode, request::Parts},
};
use bytes::Bytes;
use console_wire::problem::FieldError;
use hub_wire::DeviceId;
use serde::de::DeserializeOwned;

use crate::problem::Refusal;

/// A JSON body, whatever its content type says.
pub(super) struct Body<T>(pub(super) T);

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
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.inner());
        if inner.is_data() {
            let field = if path == "." { "body".to_owned() } else { path };
            return Refusal::invalid(vec![FieldError::new(field, inner.to_string())]);
        }
        not_json(inner)
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Refusal {
    let detail = format!("The body is not JSON: {error}.");
    Refusal::new(StatusCode::BAD_REQUEST, "not-json", "The request's body is not JSON", detail)
}

/// Query parameters; unknown ones are refused, so that a misspelt filter does not silently match everything.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(value) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Refusal::invalid(vec![FieldError::new("query", rejection.body_text())]))?;
        Ok(Self(value))
    }
}

/// A word of a fixed set, as a query parameter; empty means that it was not given.
pub(super) fn word<T>(
    field: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    allowed: &str,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    let text = text.filter(|text| !text.is_empty())?;
    let value = read(text);
    if value.is_none() {
        errors.push(FieldError::new(field, format!("'{text}' is not one of {allowed}")));
    }
    value
}

/// A number of items to return.
pub(super) fn limit(text: Option<&str>, most: u32, errors: &mut Vec<FieldError>) -> Option<u32> {
    let read = |text: &str| text.parse().ok().filter(|limit| (1..=most).contains(limit));
    word("limit", text, read, &format!("the whole numbers 1 to {most}"), errors)
}

/// Checks a device id.
pub(super) fn parse_device_id(text: &str) -> Result<DeviceId, Refusal> {
    DeviceId::new(text)
        .map_err(|error| Refusal::invalid(vec![FieldError::new("deviceId", error.to_string())]))
}

/// Gives up if anything was found.
pub(super) fn check(errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors)) }
}
