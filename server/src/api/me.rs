//! `/api/v1/me`: who sends the request.

use app::RequestAccess;
use axum::{Extension, Json};
use console_wire::access::Me;

use crate::{extract::Caller, problem::Refusal};

/// Who sends this request, with the role that counts for it.
#[utoipa::path(
    get,
    path = "/me",
    operation_id = "getMe",
    tag = "accounts",
    responses((status = 200, description = "Done.", body = Me), Refusal)
)]
pub(super) async fn get(
    Caller(actor): Caller,
    Extension(access): Extension<RequestAccess>,
) -> Result<Json<Me>, Refusal> {
    let person = match actor {
        console_wire::access::Actor::Person(person) => Some(person),
        console_wire::access::Actor::LocalOperator | console_wire::access::Actor::Wall(_) => None,
    };
    Ok(Json(Me { person, token: access.token }))
}
