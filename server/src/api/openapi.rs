//! `GET /api/v1/openapi.json`: the API's description, in OpenAPI 3.1.

use std::sync::Arc;

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use console_wire::problem::Problem;
use utoipa::{OpenApi, openapi};

use crate::problem::Refusal;

/// What the description says besides the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fleetcast",
        version = "1",
        description = "Jobs on an Azure IoT Hub fleet: schedule them, follow them, and read every device's result. Times \
                       are ISO 8601 UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Head;

/// The description as JSON.
#[derive(Clone)]
pub(super) struct Description(Arc<str>);

impl Description {
    /// Describes operations that are served below a prefix.
    pub(super) fn new(prefix: &str, operations: openapi::OpenApi) -> Self {
        let document = Head::openapi().nest(prefix, operations);
        Self(document.to_pretty_json().expect("a description is plain data").into())
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getDescription",
    tag = "description",
    responses((status = 200, description = "An OpenAPI document.", body = Object, content_type = "application/json"), Refusal)
)]
pub(super) async fn document(Extension(description): Extension<Description>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], description.0.to_string()).into_response()
}
