//! The hub's REST API: [`router`] lists all calls, and each file below has one resource.
//!
//! A call passes [`middleware`] (request id, version, error bodies, log) and [`path`] (verb and path in the form that is
//! routed), then its handler: the caller's permission first
//! ([`extract::Authorized`]), then path, headers and body. Handlers hold no rules; they call the store or the gateway and
//! notify connected devices.
//!
//! Source: Microsoft's Swagger file of API version 2021-04-12, corrected by what live hubs answer.

mod answer;
mod bulk;
mod connections;
mod devices;
mod direct_methods;
mod error;
mod extract;
mod jobs;
mod keys;
mod messages;
mod middleware;
mod modules;
mod path;
mod query;
mod telemetry;
mod twins;
mod unsupported;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Request, State, WebSocketUpgrade},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, delete, get, post},
};
use hub_wire::{DeviceId, ModuleId, error::ErrorCode};

pub(crate) use self::error::too_busy;
use self::{error::Refusal, path::Paths};
use crate::{
    auth::Auth,
    backend::HubBackend,
    clock::Clock,
    connection_history::ConnectionHistory,
    domain::Target,
    mqtt::{
        CloseReason, Connections, GatewayHandle,
        websocket::{self, NoWebSocket},
    },
    refusal_log::RefusalLog,
    store::Store,
    telemetry::TelemetryLog,
    throttles::Throttles,
};

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// State of the handlers; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    /// Identities, twins, jobs.
    pub(crate) store: Store,
    /// Checks credentials of callers.
    pub(crate) auth: Auth,
    /// Connected devices.
    pub(crate) connections: Connections,
    /// Recent messages from devices.
    pub(crate) telemetry: TelemetryLog,
    /// Recent connection events.
    pub(crate) history: ConnectionHistory,
    /// Logs refusals, rate-limited.
    pub(crate) refusals: RefusalLog,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The throttles of the tier.
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

/// Every call of the hub, with paths as normalised by [`path`].
#[rustfmt::skip]
fn routes(gateway: GatewayHandle<HubBackend>) -> Vec<(&'static str, MethodRouter<Rest>)> {
    vec![
        ("/devices", get(devices::list).post(bulk::apply)),
        ("/devices/{device_id}", get(devices::get).put(devices::put).delete(devices::delete).post(query::run)),
        ("/devices/keys/regenerate", post(keys::regenerate)),
        ("/devices/{device_id}/modules", get(modules::list)),
        ("/devices/{device_id}/modules/{module_id}",
            get(modules::get).put(modules::put).delete(modules::delete)),
        ("/devices/{device_id}/commands", delete(messages::purge)),
        ("/statistics/devices", get(devices::statistics)),
        ("/statistics/service", get(devices::service_statistics)),
        ("/twins/{device_id}", get(twins::get).patch(twins::patch).put(twins::replace)),
        ("/twins/{device_id}/modules/{module_id}",
            get(twins::get).patch(twins::patch).put(twins::replace)),
        ("/twins/{device_id}/methods", post(direct_methods::invoke)),
        ("/twins/{device_id}/modules/{module_id}/methods", post(direct_methods::invoke)),
        ("/fleetcast/v1/telemetry", get(telemetry::follow)),
        ("/fleetcast/v1/devices/{device_id}/telemetry", get(telemetry::list)),
        ("/fleetcast/v1/devices/{device_id}/modules/{module_id}/telemetry", get(telemetry::list)),
        ("/fleetcast/v1/devices/{device_id}/connections", get(connections::list)),
        ("/fleetcast/v1/devices/{device_id}/modules/{module_id}/connections", get(connections::list)),
        ("/fleetcast/v1/refusals", get(connections::refusals)),
        ("/jobs/v2/query", get(jobs::list)),
        ("/jobs/v2/{job_id}", get(jobs::get).put(jobs::create)),
        ("/jobs/v2/{job_id}/cancel", post(jobs::cancel)),
        ("/jobs", get(unsupported::no_import_export_jobs)),
        ("/jobs/create", post(unsupported::import_export)),
        ("/jobs/{job_id}",
            get(unsupported::no_import_export_job).delete(unsupported::no_import_export_job)),
        ("/configurations", any(unsupported::configurations)),
        ("/configurations/{*rest}", any(unsupported::configurations)),
        ("/devices/{device_id}/applyConfigurationContent", any(unsupported::configurations)),
        ("/digitaltwins/{*rest}", any(unsupported::digital_twins)),
        ("/devices/{device_id}/files", any(unsupported::file_upload)),
        ("/devices/{device_id}/files/{*rest}", any(unsupported::file_upload)),
        ("/devices/{device_id}/messages/deviceBound", post(messages::send)),
        ("/messages/serviceBound/feedback", get(messages::feedback)),
        ("/messages/serviceBound/feedback/{lock_token}", delete(messages::complete_feedback)),
        ("/messages/serviceBound/feedback/{lock_token}/abandon", post(messages::abandon_feedback)),
        ("/messages/{*rest}", any(unsupported::messages)),
        (websocket::PATH, any(open_websocket).with_state(gateway)),
    ]
}

pub(crate) fn router(rest: Rest, gateway: GatewayHandle<HubBackend>) -> Router {
    let routes = routes(gateway);
    let paths = Paths::new(routes.iter().map(|(path, _)| *path));
    let inner = routes
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_verb)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(rest.clone());
    // A router of its own, since a layer of the inner one would run after routing.
    Router::new()
        .fallback_service(inner)
        .layer(from_fn_with_state(paths, path::normalise))
        .layer(from_fn_with_state(rest, middleware::wrap))
}

async fn unknown_path() -> Refusal {
    Refusal::new(ErrorCode::GenericNotFound, "there is no such path")
}

async fn wrong_verb() -> Refusal {
    Refusal::new(ErrorCode::GenericMethodNotAllowed, "the path does not take this verb")
}

/// MQTT over WebSocket. The device's token comes with its CONNECT, so nothing is checked here but the handshake.
async fn open_websocket(State(gateway): State<GatewayHandle<HubBackend>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let client = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|client| client.0);
    let begins = websocket::pick_protocol(&mut parts.headers);
    let upgrade = match (begins, WebSocketUpgrade::from_request_parts(&mut parts, &()).await) {
        (Ok(()), Ok(upgrade)) => Ok(websocket::upgrade(gateway, upgrade, client)),
        (Err(refused), Ok(_)) => Err(refused),
        (_, Err(rejection)) => Err(NoWebSocket::NoHandshake(rejection.body_text())),
    };
    upgrade.unwrap_or_else(|refused| {
        let code = match refused {
            NoWebSocket::Amqp => ErrorCode::NotImplemented,
            NoWebSocket::NotOffered(_) | NoWebSocket::NoHandshake(_) => ErrorCode::GenericBadRequest,
        };
        Refusal::new(code, refused.to_string()).into_response()
    })
}
