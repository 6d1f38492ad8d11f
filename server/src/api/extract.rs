//! Reads requests so that every refusal names the member at fault and what to do.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

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
        // Where every member may be left out, so may the body.
        parse(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self)
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

/// What is wrong with the parameters read so far.
#[derive(Debug, Default)]
pub(super) struct Given(Vec<FieldError>);

impl Given {
    /// A word of a fixed set; empty means that it was not given.
    pub(super) fn word<T>(
        &mut self,
        field: &str,
        given: Option<String>,
        read: impl Fn(&str) -> Option<T>,
        allowed: &str,
    ) -> Option<T> {
        let given = text(given)?;
        let value = read(&given);
        if value.is_none() {
            let given: String = given.chars().take(80).collect();
            self.0.push(FieldError::new(field, format!("'{given}' is not one of {allowed}")));
        }
        value
    }

    /// A whole number within bounds.
    pub(super) fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        field: &str,
        given: Option<String>,
        bounds: RangeInclusive<T>,
    ) -> Option<T> {
        let read = |text: &str| text.parse().ok().filter(|number| bounds.contains(number));
        let allowed = format!("the whole numbers {} to {}", bounds.start(), bounds.end());
        self.word(field, given, read, &allowed)
    }

    /// What was read, if all of it was in order.
    pub(super) fn check<T>(self, read: T) -> Result<T, Refusal> {
        if self.0.is_empty() { Ok(read) } else { Err(Refusal::invalid(self.0)) }
    }
}

/// A text; empty means that it was not given.
pub(super) fn text(given: Option<String>) -> Option<String> {
    given.filter(|text| !text.trim().is_empty())
}

/// Checks a device id.
pub(super) fn parse_device_id(text: &str) -> Result<DeviceId, Refusal> {
    DeviceId::new(text)
        .map_err(|error| Refusal::invalid(vec![FieldError::new("deviceId", error.to_string())]))
}
