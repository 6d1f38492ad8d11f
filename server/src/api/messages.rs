//! `/api/v1/devices/{id}/messages`: messages to a device; `/api/v1/compare-twins`, and twins before and after
//! a job.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use console::CallRequester;
use console_wire::{
    compare::{CompareQuery, TwinChange, TwinComparison},
    device_call::CallOrigin,
    message::{DeviceMessage, NewMessage},
    page::{Page, PageQuery},
    problem::FieldError,
};
use hub_wire::DeviceId;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    extract::{Body, Caller, Parameters, parse_device_id, visible_device},
    problem::Refusal,
    state::AppState,
};

/// Sends a message to a device. It waits at the hub until the device takes it or it expires.
///
/// It is written down before it is sent. The answer says that the hub has it (`pending`); `GET` on its address says later
/// what became of it. When the hub's answer got lost the state is `unknown`, and the message may arrive.
#[utoipa::path(
    post,
    path = "/devices/{device_id}/messages",
    operation_id = "sendMessage",
    tag = "messages",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    request_body = NewMessage,
    responses((status = 201, description = "Sent.", body = DeviceMessage, headers(("location" = String, description = "The address of the message."))), Refusal)
)]
pub(super) async fn send(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Body(message): Body<NewMessage>,
) -> Result<Response, Refusal> {
    let id = parse_device_id(&id)?;
    let requester = CallRequester { origin: CallOrigin::Api, actor };
    let sent = state.console.send_message(&id, message, requester).await?;
    let segment = utf8_percent_encode(id.as_str(), NON_ALPHANUMERIC);
    let address = format!("/api/v1/devices/{segment}/messages/{}", sent.message_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, address)], Json(sent)).into_response())
}

/// The messages that this console sent to the device, newest first, with what became of them.
///
/// The newest 200 of a device are kept, and the newest 10,000 of all devices, for 30 days.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/messages",
    operation_id = "listMessages",
    tag = "messages",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), PageQuery),
    responses((status = 200, description = "Done.", body = Page<DeviceMessage>), Refusal)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Parameters(page): Parameters<PageQuery>,
) -> Result<Json<Page<DeviceMessage>>, Refusal> {
    let id = visible_device(&state.console, &id, &actor).await?;
    Ok(Json(state.console.messages(&id, page.cursor.as_deref(), page.limit).await?))
}

/// One message, with what became of it.
#[utoipa::path(
    get,
    path = "/devices/{device_id}/messages/{message_id}",
    operation_id = "getMessage",
    tag = "messages",
    params(("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one."), ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, description = "Done.", body = DeviceMessage), Refusal)
)]
pub(super) async fn get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Json<DeviceMessage>, Refusal> {
    Ok(Json(state.console.message(&visible_device(&state.console, &id, &actor).await?, &message_id).await?))
}

/// Two devices' twins, compared value by value: those that differ first.
///
/// A device outside of the scope of the caller is not found, like an unknown one.
#[utoipa::path(
    get,
    path = "/compare-twins",
    operation_id = "compareTwins",
    tag = "devices",
    params(CompareQuery),
    responses((status = 200, description = "Done.", body = TwinComparison), Refusal)
)]
pub(super) async fn compare(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<CompareQuery>,
) -> Result<Json<TwinComparison>, Refusal> {
    let id = |field: &str, text: &str| {
        DeviceId::new(text).map_err(|error| Refusal::invalid(vec![FieldError::new(field, error.to_string())]))
    };
    let (left, right) = (id("left", &query.left)?, id("right", &query.right)?);
    Ok(Json(state.console.compare_twins(&left, &right, &actor).await?))
}

/// What a twin job changed on a device: before, as the job sets it, and now.
///
/// The values before are kept of jobs that begin at once on at most 1,000 devices, with a real hub 100; not of reruns.
#[utoipa::path(
    get,
    path = "/jobs/{job_id}/devices/{device_id}/twin-change",
    operation_id = "getTwinChange",
    tag = "results",
    params(("job_id" = String, Path, description = "The job."), ("device_id" = String, Path, description = "The device. One outside of the scope of the caller is not found, like an unknown one.")),
    responses((status = 200, description = "Done.", body = TwinChange), Refusal)
)]
pub(super) async fn twin_change(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((job_id, device_id)): Path<(String, String)>,
) -> Result<Json<TwinChange>, Refusal> {
    Ok(Json(
        state
            .console
            .twin_change(&job_id, &visible_device(&state.console, &device_id, &actor).await?)
            .await?,
    ))
}
