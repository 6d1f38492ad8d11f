//! `GET /api/v1/openapi.json`.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// The description, kept beside this file; a test compares its paths with the router's.
const DOCUMENT: &str = include_str!("openapi.json");

/// Serves it.
pub(super) async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
