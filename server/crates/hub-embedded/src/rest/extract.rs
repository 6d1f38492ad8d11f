//! What handlers take from a request: the caller's right, the target in the path, the etag, the JSON body.

use std::{marker::PhantomData, net::SocketAddr, time::Duration};

use axum::{
    body::Bytes,
    extract::{self, ConnectInfo, FromRequest, FromRequestParts, RawPathParams, Request},
};
use http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use hub_wire::{DeviceId, ModuleId, envelope, error::ErrorCode};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::{Rest, error::Refusal};
use crate::{
    auth::{Need, Unauthorized},
    domain::{IfMatch, Target, tier::Operation},
    error::HubError,
    refusal_log::{Kind, Source},
};

/// Longest wait for a request's body.
const BODY_TIMEOUT: Duration = Duration::from_mins(1);

/// Proof that the caller's token grants what the call needs. The first argument of every handler, so that nothing
/// else of the request is read before.
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
        let checked = rest.auth.service(header, &path, N::NEED, rest.clock.now());
        checked.inspect_err(|reason| log_unauthorized(rest, parts, reason))?;
        Ok(Self(PhantomData))
    }
}

/// The caller gets the reason too, but the operator of the hub may not be the caller.
fn log_unauthorized(rest: &Rest, parts: &Parts, reason: &Unauthorized) {
    let client = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|client| client.0);
    let source = Source::Address(client.map(|client| client.ip()));
    rest.refusals.refused(Kind::CallUnauthorized, source, &reason.to_string(), |reason| {
        tracing::warn!(client = client.map(tracing::field::display), %reason, "call unauthorized");
    });
}

/// Waits for the tier's throttle of an operation. Placed behind [`Authorized`], so that unauthorised calls use no tokens.
#[derive(Debug)]
pub(super) struct Throttled<O>(PhantomData<O>);

/// An [`Operation`] as a type.
pub(super) trait ThrottledOperation: Send {
    /// The throttled operation.
    const OPERATION: Operation;
}

macro_rules! operations {
    ($($name:ident),*) => {$(
        #[doc = concat!("[`Operation::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub(super) struct $name;
        impl ThrottledOperation for $name {
            const OPERATION: Operation = Operation::$name;
        }
    )*};
}
operations!(CloudToDevice, Job, Query, Registry, TwinRead, TwinUpdate);

impl<O: ThrottledOperation> FromRequestParts<Rest> for Throttled<O> {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, rest: &Rest) -> Result<Self, Refusal> {
        rest.throttles.acquire(O::OPERATION).await?;
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

/// A JSON body, whatever its content type says: SDKs always send the right one, curl does not.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Rest> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, rest: &Rest) -> Result<Self, Refusal> {
        let RawBody(bytes) = RawBody::from_request(request, rest).await?;
        let read = envelope::read(&bytes).map_err(HubError::from)?;
        Ok(Self(read.content))
    }
}

/// The parameters of the query string. Names match in any case, as the service's framework has it; the first of two
/// counts.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads an address.
    pub(super) fn of(uri: &Uri) -> Result<Self, Refusal> {
        let extract::Query(parameters) = extract::Query::try_from_uri(uri)
            .map_err(|rejection| Refusal::argument(rejection.body_text()))?;
        Ok(Self(parameters))
    }

    /// A parameter's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, text)| text.as_str())
    }

    /// A value of an enumeration; none when it is absent or empty, the value itself when it is one of `others`, literals of
    /// the contract that the type does not have.
    pub(super) fn enum_value<T: DeserializeOwned>(
        &self,
        name: &str,
        others: &'static [&'static str],
    ) -> Result<Option<EnumValue<T>>, Refusal> {
        let Some(text) = self.text(name).map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        if others.iter().any(|other| other.eq_ignore_ascii_case(text)) {
            return Ok(Some(EnumValue::Other));
        }
        let value = envelope::read_enum(text);
        value
            .map(|value| Some(EnumValue::Known(value)))
            .map_err(|error| Refusal::argument(format!("{name}: {error}")))
    }
}

/// A value of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnumValue<T> {
    /// One that this hub uses.
    Known(T),
    /// One that it does not.
    Other,
}

impl FromRequestParts<Rest> for Parameters {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Rest) -> Result<Self, Refusal> {
        Self::of(&parts.uri)
    }
}
