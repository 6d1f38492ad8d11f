//! Refusals become responses here, and only here: problem details (RFC 9457) with the request's id.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use console::ConsoleError;
use console_wire::problem::{CONTENT_TYPE, FieldError, Problem};
use utoipa::{
    IntoResponses,
    openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder},
};

use crate::{audit::ProblemKind, refusal_log, request_context::request_id};

/// A refusal, as problem details.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Problem>);

impl Refusal {
    pub(crate) fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            request_id: request_id(),
            retryable: status == StatusCode::SERVICE_UNAVAILABLE,
            errors: Vec::new(),
        }))
    }

    /// Fields at fault; the same texts whether the console or the HTTP layer refuses them.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        ConsoleError::Invalid(errors).into()
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here", detail)
    }
}

impl From<ConsoleError> for Refusal {
    fn from(error: ConsoleError) -> Self {
        let problem = error.problem(&request_id());
        if problem.status >= 500 {
            tracing::error!(error = &error as &dyn std::error::Error, kind = problem.kind, "request failed");
        } else {
            refusal_log::refused(&problem.kind, &problem.detail);
        }
        Self(Box::new(problem))
    }
}

/// How the description of the API shows refusals: the same for every operation.
impl IntoResponses for Refusal {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            ResponseBuilder::new().description("A refusal.").content(CONTENT_TYPE, content).build();
        BTreeMap::from([("default".to_owned(), response.into())])
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = ProblemKind(self.0.kind.as_str().into());
        let mut response = (status, Json(self.0)).into_response();
        response.extensions_mut().insert(kind);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body is not read, so the connection ends here. Without this header a client that is still
            // sending keeps the connection for its next request, which then fails.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Content type and body of the response to a connection that reaches no handler.
pub(crate) fn too_busy(refusal: http_serve::Refusal) -> (&'static str, String) {
    let (kind, title) = match refusal {
        http_serve::Refusal::Full | http_serve::Refusal::FullForAddress => {
            ("too-many-connections", "Too many connections")
        }
        http_serve::Refusal::BodyTooSlow => ("body-too-slow", "The request did not arrive in time"),
    };
    let Refusal(mut problem) = Refusal::new(refusal.status(), kind, title, refusal.sentence());
    problem.retryable = true;
    (CONTENT_TYPE, serde_json::to_string(&problem).unwrap_or_default())
}
