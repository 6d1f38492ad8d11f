//! The fake hub's refusals.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hub_wire::error::{ERROR_CODE_HEADER, ErrorBody, ErrorCode};

use super::now;

pub(super) fn refuse(code: ErrorCode, text: &str) -> Response {
    let status = StatusCode::from_u16(code.http_status()).unwrap();
    (status, [(ERROR_CODE_HEADER, code.name())], Json(ErrorBody::new(code, text, "1", now()))).into_response()
}
