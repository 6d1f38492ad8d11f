//! The list of everything that is served.

use std::time::Duration;

use app::{App, Build, PlainFormResults, RequestId, shell};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, DefaultOnResponse, OnResponse, TraceLayer},
};

use crate::{
    access::{self, Access},
    api, assets,
    build::BUILD,
    client_errors, device_login,
    form_token::{self, FormTokens},
    functions, metrics,
    pages::{self, Pages},
    problem::Refusal,
    refusal_page,
    render_threads::{self, RenderThreads},
    request_context::{self, MakeId, request_id},
    security,
    state::AppState,
    traces, wall_streams,
};

/// Largest request body: a twin patch with tags and desired properties at their limits, in generous JSON.
const MAX_BODY: usize = 512 * 1024;
/// Longest time until a response begins: the longest direct method (300 s to connect and to answer) and a bit.
const MAX_REQUEST: Duration = Duration::from_secs(330);

/// How the server is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    /// Whether a request may name any host: behind TLS or a proxy the server has the names that people give it.
    pub(crate) any_host: bool,
    /// How many trusted proxies are in front.
    pub(crate) proxies: u8,
}

/// The whole server.
pub(crate) fn router(state: AppState, access: Access, reach: Reach) -> Router {
    let console = state.console.clone();
    let pool = api::simulator::page_access(state.pool.clone());
    let form_results = PlainFormResults::default();
    let page_context = move || {
        provide_context(console.clone());
        provide_context(pool.clone());
        provide_context(form_results.clone());
        provide_context(RequestId(request_id()));
        provide_context(Build(BUILD.clone()));
        set_page_policy();
    };
    let tokens = FormTokens::new(access.cookie.is_secure);
    let document = || shell(assets::site_files());

    Router::<AppState>::new()
        .leptos_routes_with_context(&state, generate_route_list(App), page_context.clone(), document)
        .fallback(leptos_axum::render_app_to_stream_with_context(page_context, document))
        .layer(middleware::from_fn_with_state(RenderThreads::new(), render_threads::render))
        .merge(api::router())
        .merge(client_errors::router())
        .merge(device_login::router(access.cookie.is_secure))
        .route("/pkg/{*path}", get(site_file))
        .route("/fonts/{*path}", get(site_file))
        .route("/favicon.svg", get(site_file))
        .route("/hub-ca.pem", get(api::connections::certificate_authority))
        .route("/wall/events", get(wall_streams::follow))
        .route("/sign-in/provider", get(access::provider::begin))
        .route("/sign-in/callback", get(access::provider::callback))
        .route("/sign-in/ended", get(access::provider::ended))
        .route("/healthz", get(api::health::alive))
        .route("/readyz", get(api::health::ready))
        .route("/metrics", get(metrics::render))
        .layer(middleware::from_fn(functions::answer))
        .layer(middleware::from_fn_with_state(Pages::new(), pages::share))
        .layer(middleware::from_fn_with_state(tokens.clone(), form_token::provide))
        .layer(middleware::from_fn_with_state(tokens, form_token::check))
        .layer(middleware::from_fn(limit_body))
        .layer(middleware::from_fn_with_state(access, access::guard))
        .layer(middleware::from_fn(security::check_path))
        .layer(middleware::from_fn_with_state(reach.any_host, security::check_origin))
        .layer(middleware::from_fn(security::check_target))
        .layer(middleware::from_fn(metrics::record))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, MAX_REQUEST))
        .layer(middleware::from_fn(refusal_page::show))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(security::headers))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(answered)
                .on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)),
        )
        .layer(middleware::from_fn_with_state(reach.proxies, request_context::provide))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeId))
        .layer(middleware::map_request(request_context::remove_client_id))
        .with_state(state)
}

/// What `--metrics-listen` serves: the metrics and nothing else, to whoever reaches it.
pub(crate) fn metrics_router(state: AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics::render))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(middleware::from_fn(security::headers))
        .with_state(state)
}

/// Requests of pages may hold a list of devices; other routes raise the limit themselves.
async fn limit_body(mut request: Request, next: Next) -> Response {
    let max = if request.uri().path().starts_with("/fn/") { api::MAX_LIST_BODY } else { MAX_BODY };
    DefaultBodyLimit::max(max).apply(&mut request);
    next.run(request).await
}

/// A file of the site; its path is its address.
async fn site_file(uri: Uri, headers: HeaderMap) -> Response {
    assets::file(uri.path().trim_start_matches('/'), &headers)
}

/// Pages get the policy that allows their own scripts; everything else keeps the one that allows none.
fn set_page_policy() {
    let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Some(policy) = security::page_policy(&nonce) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn span(request: &Request) -> tracing::Span {
    let span = tracing::info_span!("request", id = request_id(), verb = %request.method(), path = request.uri().path());
    traces::describe(&span, request);
    span
}

fn answered(response: &Response, latency: Duration, span: &tracing::Span) {
    traces::answered(span, response);
    DefaultOnResponse::new().on_response(response, latency, span);
}

fn panicked() -> Response {
    let detail =
        "The server made a mistake and has logged it. Nothing else is affected; trying again may work.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
        .into_response()
}
