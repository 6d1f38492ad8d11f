//! Refusals become answers here, and only here: problem details (RFC 9457) with the request's id.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use console::ConsoleError;
use console_wire::problem::{CONTENT_TYPE, FieldError, Problem};

tokio::task_local! {
    /// The id of the request that this task answers; set by the router's outermost layer.
    pub(crate) static REQUEST_ID: String;
}

/// The id of the request being answered; empty outside one.
pub(crate) fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// A refusal on its way out.
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

    /// Fields at fault; the same words whether the console or the door found them.
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
            tracing::info!(kind = problem.kind, detail = problem.detail, "request refused");
        }
        Self(Box::new(problem))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body is not read, so the connection ends here: said aloud, or a client that is still
            // sending keeps the connection for its next request, which then fails.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
