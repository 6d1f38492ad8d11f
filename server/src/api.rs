//! The HTTP API, `/api/v1`: JSON in, JSON or problem details out. Its description is made from the attributes above the
//! handlers and from the types of `console-wire`.

mod audit;
pub(crate) mod connections;
mod devices;
mod download;
mod groups;
pub(crate) mod health;
mod hub;
mod identities;
mod jobs;
mod me;
mod messages;
mod modules;
mod openapi;
mod overview;
mod registry;
mod results;
mod rollouts;
mod schedules;
mod service_accounts;
pub(crate) mod simulator;
mod targets;
mod templates;
mod tokens;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use self::openapi::Description;
use crate::{event_streams, problem::Refusal, state::AppState, telemetry_streams};

/// Largest body with a list of devices: a hundred thousand of the longest ids, in JSON or as a form.
pub(crate) const MAX_LIST_BODY: usize = 16 * 1024 * 1024;
/// Where all of it is.
const PREFIX: &str = "/api/v1";

/// The API, below its prefix.
pub(crate) fn router() -> Router<AppState> {
    let (router, paths) = described_routes().split_for_parts();
    let description = Description::new(PREFIX, paths);
    let router = router
        .layer(Extension(description))
        .fallback(async |uri: Uri| {
            Refusal::not_found(format!("No resource {}; GET /api/v1/openapi.json lists them.", uri.path()))
        })
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            let detail = format!(
                "{} does not take {method}; GET /api/v1/openapi.json says what it takes.",
                uri.path()
            );
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-verb", "Method not allowed", detail)
        });
    Router::new().nest(PREFIX, router)
}

/// Every route with its description. A route without one does not compile here.
fn described_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(jobs::list, jobs::create).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(jobs::list_csv))
        .routes(routes!(jobs::list_json))
        .routes(routes!(jobs::get, jobs::edit).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::rerun))
        .routes(routes!(jobs::reruns))
        .routes(routes!(results::devices))
        .routes(routes!(results::devices_csv))
        .routes(routes!(results::devices_json))
        .routes(routes!(results::devices_txt))
        .routes(routes!(results::compare))
        .routes(routes!(results::causes))
        .routes(routes!(results::landing))
        .routes(routes!(results::landing_cell))
        .routes(routes!(results::latency))
        .routes(routes!(results::desired_sync))
        .routes(routes!(event_streams::one_job))
        .routes(routes!(event_streams::all_jobs))
        .routes(routes!(targets::preview).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(templates::list))
        .routes(routes!(templates::get, templates::put, templates::delete))
        .routes(routes!(devices::list, identities::create))
        .routes(routes!(devices::export_csv))
        .routes(routes!(devices::export_json))
        .routes(routes!(devices::get, identities::delete))
        .routes(routes!(devices::jobs))
        .routes(routes!(devices::calls))
        .routes(routes!(devices::telemetry))
        .routes(routes!(connections::of_device))
        .routes(routes!(connections::of_module))
        .routes(routes!(connections::refusals))
        .routes(routes!(connections::create_token))
        .routes(routes!(modules::list))
        .routes(routes!(modules::get))
        .routes(routes!(modules::patch_twin))
        .routes(routes!(modules::invoke_method))
        .routes(routes!(telemetry_streams::of_device))
        .routes(routes!(telemetry_streams::of_group))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(messages::get))
        .routes(routes!(messages::compare))
        .routes(routes!(messages::twin_change))
        .routes(routes!(devices::patch_twin))
        .routes(routes!(devices::invoke_method))
        .routes(routes!(hub::get))
        .routes(routes!(simulator::get, simulator::change))
        .routes(routes!(openapi::document))
        .routes(routes!(audit::list))
        .routes(routes!(audit::list_csv))
        .routes(routes!(audit::list_json))
        .routes(routes!(me::get))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(service_accounts::list, service_accounts::create))
        .routes(routes!(groups::list, groups::create).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(groups::get, groups::put, groups::delete).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(groups::count))
        .routes(routes!(rollouts::get))
        .routes(routes!(rollouts::pause))
        .routes(routes!(rollouts::resume))
        .routes(routes!(rollouts::next_wave))
        .routes(routes!(rollouts::approve))
        .routes(routes!(rollouts::reject))
        .routes(routes!(rollouts::approvals))
        .routes(routes!(rollouts::estimate))
        .routes(routes!(overview::get))
        .routes(routes!(overview::history))
        .routes(routes!(overview::matrix))
        .routes(routes!(schedules::list, schedules::create).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(schedules::preview))
        .routes(
            routes!(schedules::get, schedules::put, schedules::delete)
                .layer(DefaultBodyLimit::max(MAX_LIST_BODY)),
        )
        .routes(routes!(schedules::pause))
        .routes(routes!(schedules::resume))
        .routes(routes!(schedules::run_now))
        .routes(routes!(schedules::runs))
        .routes(routes!(schedules::next))
        .routes(routes!(identities::get))
        .routes(routes!(identities::set_status))
        .routes(routes!(identities::rotate_key))
        .routes(routes!(identities::connection_string))
        .routes(routes!(registry::list, registry::create).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(registry::preview).layer(DefaultBodyLimit::max(MAX_LIST_BODY)))
        .routes(routes!(registry::get))
        .routes(routes!(registry::devices))
        .routes(routes!(registry::cancel))
        .routes(routes!(registry::undo))
        .routes(routes!(registry::rerun))
}

/// Every operation of the API: verb and route.
#[cfg(test)]
pub(crate) fn operations() -> Vec<(String, String)> {
    let paths = serde_json::to_value(described_routes().into_openapi().paths).expect("a description");
    let paths = paths.as_object().expect("paths");
    let verbs = paths.iter().flat_map(|(path, item)| {
        let verbs = item.as_object().expect("a path").keys();
        verbs.map(move |verb| (verb.to_uppercase(), format!("{PREFIX}{path}")))
    });
    verbs.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Axum lists its routes only in what `Debug` prints: `"/jobs": RouteId(1)`.
    fn routes(router: &Router<AppState>) -> BTreeSet<String> {
        let printed = format!("{router:?}");
        let below_prefix = |text: &&str| text.starts_with("/api/v1/") && !text.contains("__private");
        printed.split('"').filter(below_prefix).map(str::to_owned).collect()
    }

    /// The other direction, that every described route exists, is tested on the running server.
    #[test]
    fn every_route_is_described() {
        let described = described_routes().into_openapi().paths.paths.into_keys();
        let described: BTreeSet<_> = described.map(|path| format!("{PREFIX}{path}")).collect();
        assert!(described.len() > 25, "{described:?}");
        assert_eq!(routes(&router()), described);
    }
}
