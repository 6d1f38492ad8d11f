//! The hub's REST side: [`router`] is the contract's contents page, and each file below has one resource.
//!
//! A call passes the [`rim`] (request id, version, error bodies, log), then its handler: the right of the caller
//! first ([`extract::Authorized`]), then path, headers and body. Handlers hold no rules; they ask the store or the
//! gateway and pass on what a connected device is to be told.
//!
//! Source: Microsoft's Swagger file of API version 2021-04-12, corrected by what live hubs answer.

mod answer;
mod bulk;
mod devices;
mod direct_methods;
mod error;
mod extract;
mod jobs;
mod messages;
mod modules;
mod not_here;
mod query;
mod rim;
mod serve;
mod telemetry;
mod twins;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State, WebSocketUpgrade},
    middleware,
    routing::{any, delete, get, post},
};
use hub_wire::{DeviceId, ModuleId, error::ErrorCode};

use self::error::Refusal;
pub(crate) use self::serve::serve;
use crate::{
    auth::Auth,
    backend::Gatekeeper,
    clock::Clock,
    domain::Target,
    mqtt::{CloseReason, Connections, Door, websocket},
    store::Store,
    telemetry::TelemetryLog,
    throttles::Throttles,
};

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// What handlers work with; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    /// Identities, twins, jobs.
    pub(crate) store: Store,
    /// Who may call.
    pub(crate) auth: Auth,
    /// Connected devices.
    pub(crate) connections: Connections,
    /// What devices sent lately.
    pub(crate) telemetry: TelemetryLog,
    /// Where the time comes from.
    pub(crate) clock: Arc<dyn Clock>,
    /// What a tier imposes.
    pub(crate) throttles: Throttles,
    /// Most active jobs, when a tier is imposed.
    pub(crate) max_active_jobs: Option<u64>,
}

impl Rest {
    /// Closes the connections of a device that was disabled or deleted, and of its modules.
    fn revoke(&self, device_id: &DeviceId, modules: impl Iterator<Item = ModuleId>) {
        let device = Target::device(device_id.clone());
        let modules = modules.map(|module_id| Target::module(device_id.clone(), module_id));
        for target in std::iter::once(device).chain(modules) {
            self.connections.disconnect(&target, CloseReason::Revoked);
        }
    }
}

/// Every call of the hub. SDKs write the list's path with and without a slash at its end.
#[rustfmt::skip]
pub(crate) fn router(rest: Rest, door: Door<Gatekeeper>) -> Router {
    Router::new()
        .route("/devices", get(devices::list).post(bulk::apply))
        .route("/devices/", get(devices::list).post(bulk::apply))
        .route("/devices/{device_id}", get(devices::get).put(devices::put).delete(devices::delete).post(query::run))
        .route("/devices/{device_id}/modules", get(modules::list))
        .route("/devices/{device_id}/modules/{module_id}",
            get(modules::get).put(modules::put).delete(modules::delete))
        .route("/devices/{device_id}/commands", delete(messages::purge))
        .route("/statistics/devices", get(devices::statistics))
        .route("/statistics/service", get(devices::service_statistics))
        .route("/twins/{device_id}", get(twins::get).patch(twins::patch).put(twins::replace))
        .route("/twins/{device_id}/modules/{module_id}",
            get(twins::get).patch(twins::patch).put(twins::replace))
        .route("/twins/{device_id}/methods", post(direct_methods::invoke))
        .route("/twins/{device_id}/modules/{module_id}/methods", post(direct_methods::invoke))
        .route("/fleetcast/v1/devices/{device_id}/telemetry", get(telemetry::list))
        .route("/fleetcast/v1/devices/{device_id}/modules/{module_id}/telemetry", get(telemetry::list))
        .route("/jobs/v2/query", get(jobs::list))
        .route("/jobs/v2/{job_id}", get(jobs::get).put(jobs::create))
        .route("/jobs/v2/{job_id}/cancel", post(jobs::cancel))
        .route("/jobs", get(not_here::no_import_export_jobs))
        .route("/jobs/create", post(not_here::import_export))
        .route("/jobs/{job_id}",
            get(not_here::no_import_export_job).delete(not_here::no_import_export_job))
        .route("/configurations", any(not_here::configurations))
        .route("/configurations/{*rest}", any(not_here::configurations))
        .route("/devices/{device_id}/applyConfigurationContent", any(not_here::configurations))
        .route("/digitaltwins/{*rest}", any(not_here::digital_twins))
        .route("/devices/{device_id}/files", any(not_here::file_upload))
        .route("/devices/{device_id}/files/{*rest}", any(not_here::file_upload))
        .route("/devices/{device_id}/messages/deviceBound", post(messages::send))
        .route("/devices/{device_id}/messages/devicebound", post(messages::send))
        .route("/messages/serviceBound/feedback", get(messages::feedback))
        .route("/messages/serviceBound/feedback/{lock_token}", delete(messages::complete_feedback))
        .route("/messages/serviceBound/feedback/{lock_token}/abandon", post(messages::abandon_feedback))
        .route("/messages/{*rest}", any(not_here::messages))
        .route("/$iothub/websocket", get(open_websocket).with_state(door))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_verb)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(rest.clone(), rim::rim))
        .with_state(rest)
}

async fn unknown_path() -> Refusal {
    Refusal::new(ErrorCode::GenericNotFound, "there is no such path")
}

async fn wrong_verb() -> Refusal {
    Refusal::new(ErrorCode::GenericMethodNotAllowed, "the path does not take this verb")
}

/// MQTT over WebSocket. The device's token comes with its CONNECT, so nothing is asked here.
async fn open_websocket(
    State(door): State<Door<Gatekeeper>>,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response {
    websocket::upgrade(door, upgrade)
}
