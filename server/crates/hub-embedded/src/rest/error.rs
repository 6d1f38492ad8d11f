//! The one place that turns a refusal into an HTTP status and the wire's error body.
//!
//! A handler's [`Refusal`] travels as a status and an extension of the response; [`render`] writes the body in the middleware,
//! where the request id and the time are known. Framework refusals (unknown path, wrong verb, panic) go the same way.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hub_wire::{
    Timestamp,
    error::{ERROR_CODE_HEADERS, ErrorBody, ErrorCode, NestedError},
};

use crate::{auth::Unauthorized, domain::RequestError, error::HubError};

/// Which of the contract's error bodies is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Envelope {
    /// `{"Message":"ErrorCode:…;…","ExceptionMessage":"…"}`: nearly everything.
    A,
    /// `{"errorCode":409301,"message":"…",…}`: a module that exists.
    B,
    /// B as text inside A: direct methods.
    BInA,
}

/// A call that is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    code: ErrorCode,
    text: String,
    envelope: Envelope,
}

impl Refusal {
    /// A refusal with a text for the caller.
    pub(super) fn new(code: ErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), envelope: Envelope::A }
    }

    /// A member or header with a value that the hub does not take.
    pub(super) fn argument(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::ArgumentInvalid, text)
    }

    /// Something of the real hub that this one does not do.
    pub(super) fn not_implemented(what: &str) -> Self {
        let text = format!("{what} are not part of the embedded hub, see docs/hub-differences.md");
        Self::new(ErrorCode::NotImplemented, text)
    }

    /// In the envelope of direct methods. Node finds no code in it, so an unknown device keeps envelope A, which Node
    /// turns into its `DeviceNotFoundError`.
    pub(super) fn of_method(self) -> Self {
        let envelope = if self.code == ErrorCode::DeviceNotFound { Envelope::A } else { Envelope::BInA };
        Self { envelope, ..self }
    }

    /// The hub's name for it.
    pub(super) const fn code(&self) -> ErrorCode {
        self.code
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn body(&self, tracking_id: &str, at: Timestamp) -> Response {
        let nested = || NestedError::new(self.code, self.text.as_str(), tracking_id, at);
        match self.envelope {
            Envelope::A => Json(ErrorBody::new(self.code, &self.text, tracking_id, at)).into_response(),
            Envelope::B => Json(nested()).into_response(),
            Envelope::BInA => Json(ErrorBody::nesting(&nested())).into_response(),
        }
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        if error.is_fault() {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "call failed");
        }
        let envelope = match error.code() {
            ErrorCode::ModuleAlreadyExistsOnDevice => Envelope::B,
            _ => Envelope::A,
        };
        Self { code: error.code(), text: error.caller_text(), envelope }
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        HubError::from(error).into()
    }
}

impl From<Unauthorized> for Refusal {
    fn from(error: Unauthorized) -> Self {
        match error {
            Unauthorized::Store(error) => error.into(),
            error => Self::new(ErrorCode::IotHubUnauthorizedAccess, format!("Unauthorized, {error}")),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body and the headers of a refusal; other responses pass untouched.
pub(super) fn render(mut response: Response, request_id: &str, at: Timestamp) -> Response {
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    let mut rendered = refusal.body(request_id, at);
    *rendered.status_mut() = response.status();
    let headers = rendered.headers_mut();
    headers.extend(response.headers().get(header::ALLOW).map(|allow| (header::ALLOW, allow.clone())));
    name_error(headers, refusal.code());
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        // A live hub sends no Retry-After and closes.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    rendered
}

/// The body of a refusal that no handler writes: content type and text.
pub(crate) fn too_busy(refusal: http_serve::Refusal) -> (&'static str, String) {
    let code = match refusal {
        http_serve::Refusal::Full | http_serve::Refusal::FullForAddress => ErrorCode::ServiceUnavailable,
        http_serve::Refusal::BodyTooSlow => ErrorCode::GenericBadRequest,
    };
    let tracking_id = uuid::Uuid::new_v4().simple().to_string();
    let body = ErrorBody::new(code, refusal.sentence(), &tracking_id, std::time::SystemTime::now().into());
    ("application/json; charset=utf-8", serde_json::to_string(&body).unwrap_or_default())
}

/// Names the error in both headers: C#'s client reads a failed bulk request's result only when the second says
/// `BulkRegistryOperationFailure`.
pub(super) fn name_error(headers: &mut HeaderMap, code: ErrorCode) {
    for header in ERROR_CODE_HEADERS {
        headers.insert(HeaderName::from_static(header), HeaderValue::from_static(code.name()));
    }
}
