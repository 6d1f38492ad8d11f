//! What handlers take from a request: the caller's right, the target in the path, the etag, the JSON body.

use std::{marker::PhantomData, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use hub_wire::{DeviceId, ModuleId, error::ErrorCode};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::{Rest, error::Refusal};
use crate::{
    auth::Need,
    domain::{IfMatch, Target, tier::Operation},
};

/// Longest wait for a request's body.
const BODY_TIMEOUT: Duration = Duration::from_mins(1);

/// Proof that the caller's token grants what the call needs. The first argument of every handler, so that nothing
/// else of the request is looked at before.
#[derive(Debug)]
pub(super) struct Authorized<N>(PhantomData<N>);

/// A [`Need`] as a type.
pub(super) trait Needed: Send {
    /// What the call needs.
    const NEED: Need;
}

macro_rules! needed {
    ($($name:ident),*) => {$(
        #[doc = concat!("[`Need::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub(super) struct $name;
        impl Needed for $name {
            const NEED: Need = Need::$name;
        }
    )*};
}
needed!(RegistryRead, RegistryWrite, ServiceConnect, Jobs);

impl<N: Needed> FromRequestParts<Rest> for Authorized<N> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, rest: &Rest) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        rest.auth.service(header, &path, N::NEED, rest.clock.now())?;
        Ok(Self(PhantomData))
    }
}

/// Leave to do what the tier counts, waited for where that is due. Stands behind [`Authorized`]: a call that is refused
/// there uses nothing up.
#[derive(Debug)]
pub(super) struct Counted<O>(PhantomData<O>);

/// An [`Operation`] as a type.
pub(super) trait Counts: Send {
    /// What the call counts as.
    const OPERATION: Operation;
}

macro_rules! counted {
    ($($name:ident),*) => {$(
        #[doc = concat!("[`Operation::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub(super) struct $name;
        impl Counts for $name {
            const OPERATION: Operation = Operation::$name;
        }
    )*};
}
counted!(CloudToDevice, Job, Query, Registry, TwinRead, TwinUpdate);

impl<O: Counts> FromRequestParts<Rest> for Counted<O> {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, rest: &Rest) -> Result<Self, Refusal> {
        rest.throttles.pass(O::OPERATION).await?;
        Ok(Self(PhantomData))
    }
}

/// The device, or the module on it, that the path names.
#[derive(Debug)]
pub(super) struct PathTarget(pub(super) Target);

impl FromRequestParts<Rest> for PathTarget {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, rest: &Rest) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, rest)
            .await
            .map_err(|rejection| Refusal::argument(rejection.to_string()))?;
        let find =
            |wanted: &str| params.iter().find_map(|(name, value)| (name == wanted).then(|| value.to_owned()));
        let invalid = |error: hub_wire::InvalidId| Refusal::argument(error.to_string());
        let device_id = DeviceId::new(find("device_id").unwrap_or_default()).map_err(invalid)?;
        let module_id = find("module_id").map(ModuleId::new).transpose().map_err(invalid)?;
        Ok(Self(Target { device_id, module_id }))
    }
}

/// The `If-Match` header; none when it is missing or empty.
#[derive(Debug)]
pub(super) struct IfMatchHeader(pub(super) Option<IfMatch>);

impl FromRequestParts<Rest> for IfMatchHeader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Rest) -> Result<Self, Refusal> {
        Ok(Self(text_header(&parts.headers, header::IF_MATCH.as_str())?.and_then(IfMatch::parse)))
    }
}

/// A header's text.
pub(super) fn text_header<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refusal> {
    headers
        .get(name)
        .map(|value| value.to_str().map_err(|_| Refusal::argument(format!("header {name} is not readable"))))
        .transpose()
}

/// A body as it came.
#[derive(Debug)]
pub(super) struct RawBody(pub(super) Bytes);

impl FromRequest<Rest> for RawBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, rest: &Rest) -> Result<Self, Refusal> {
        tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, rest))
            .await
            .map_err(|_| Refusal::new(ErrorCode::IotHubFormatError, "the body did not arrive in time"))?
            .map(Self)
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
                    ErrorCode::MessageTooLarge,
                    format!("the body is larger than {} bytes", super::MAX_BODY),
                ),
                _ => Refusal::new(ErrorCode::IotHubFormatError, rejection.body_text()),
            })
    }
}

/// A JSON body, whatever its content type says: SDKs always send the right one, people with curl do not.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Rest> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, rest: &Rest) -> Result<Self, Refusal> {
        let RawBody(bytes) = RawBody::from_request(request, rest).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| unreadable(&error))
    }
}

/// Bad JSON, a missing member and a bad value have codes of their own on live hubs.
fn unreadable(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let code = if !error.is_data() {
        ErrorCode::IotHubFormatError
    } else if text.starts_with("missing field") {
        ErrorCode::ArgumentNull
    } else {
        ErrorCode::ArgumentInvalid
    };
    Refusal::new(code, format!("BadRequest: {text}"))
}

#[cfg(test)]
mod tests {
    use hub_wire::query::QueryRequest;

    use super::*;

    #[test]
    fn unreadable_bodies_say_where() {
        for (body, code, text) in [
            ("{", "IotHubFormatError", "EOF while parsing an object at line 1 column 1"),
            ("", "IotHubFormatError", "EOF while parsing a value at line 1 column 0"),
            ("{}", "ArgumentNull", "missing field `query` at line 1 column 2"),
            (
                r#"{"query":5}"#,
                "ArgumentInvalid",
                "invalid type: integer `5`, expected a string at line 1 column 10",
            ),
        ] {
            let refusal = unreadable(&serde_json::from_str::<QueryRequest>(body).unwrap_err());
            assert_eq!(refusal.code().name(), code, "{body}");
            assert!(format!("{refusal:?}").contains(text), "{refusal:?}");
        }
    }
}
