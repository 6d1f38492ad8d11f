//! Responses of the pages' server functions (`/fn/…`): their status, and where they redirect.
//!
//! Leptos answers every refusal with 500, and a form with a redirect to the page that the `Referer` header names. Here a
//! refusal has the status of its problem, and a response redirects only to a page that the function chose.

use axum::{
    body::{self, Body},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use console_wire::problem::{CONTENT_TYPE, Problem};
use serde_json::Value;

use crate::{audit::ProblemKind, request_context::request_id};

/// Marks Leptos' refusals.
const REFUSAL: &str = leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
/// Most bytes of a refusal.
const MAX_REFUSAL: usize = 1024 * 1024;

/// Corrects responses of server functions.
pub(crate) async fn answer(mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/fn/") {
        return next.run(request).await;
    }
    // Otherwise Leptos would redirect a form to the Referer.
    let headers = request.headers_mut();
    headers.remove(header::REFERER);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let mut response = next.run(request).await;
    if response.headers().contains_key(REFUSAL) {
        response = refused(response).await;
    }
    // The result belongs to this moment, and may be a refusal.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Gives a refusal the status and the request's id that belong to it. A redirect keeps its status: the page that it
/// leads to shows the refusal. A plain form gets a page instead, see [`crate::refusal_page`].
async fn refused(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let text = body::to_bytes(body, MAX_REFUSAL).await.unwrap_or_default();
    let Ok(Value::Object(mut problem)) = serde_json::from_slice(&text) else {
        return Response::from_parts(head, Body::from(text));
    };
    if problem.get("requestId").is_none_or(|id| id == "") {
        problem.insert("requestId".into(), request_id().into());
    }
    if let Some(kind) = problem.get("type").and_then(Value::as_str) {
        head.extensions.insert(ProblemKind(kind.into()));
    }
    let text = Value::Object(problem.clone()).to_string();
    if head.status.is_redirection() {
        head.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(head, Body::from(text));
    }
    let problem = serde_json::from_value::<Problem>(Value::Object(problem)).ok();
    let status = problem.and_then(|problem| StatusCode::from_u16(problem.status).ok());
    head.status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    head.headers.remove(header::LOCATION);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(text))
}
