//! `GET /api/v1/openapi.json`: the API's description, in OpenAPI 3.1.

use std::sync::Arc;

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use console_wire::problem::Problem;
use utoipa::{
    OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::problem::Refusal;

/// What the description says besides the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fleetcast",
        version = "1",
        description = "Jobs on an Azure IoT Hub fleet: schedule them, follow them, and read every device's result. Times \
                       are ISO 8601 UTC. Where people sign in, a program sends an API token.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Head;

/// What the description calls an API token.
const TOKEN: &str = "token";

/// The description as JSON.
#[derive(Clone)]
pub(super) struct Description(Arc<str>);

impl Description {
    /// Describes operations that are served below a prefix.
    pub(super) fn new(prefix: &str, operations: openapi::OpenApi) -> Self {
        let mut document = Head::openapi().nest(prefix, operations);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("fct_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(TOKEN, SecurityScheme::Http(token));
        // Without sign-in nothing is needed.
        document.security =
            Some(vec![SecurityRequirement::new::<_, _, &str>(TOKEN, []), SecurityRequirement::default()]);
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
