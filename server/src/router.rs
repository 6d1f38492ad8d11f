//! Everything that is served, in one place: the contents page.

use std::time::Duration;

use app::{App, Programs, RequestId, shell};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, TraceLayer},
};
use uuid::Uuid;

use crate::{
    api, assets, metrics,
    pages::{self, Pages},
    problem::{REQUEST_ID, Refusal, request_id},
    security,
    state::AppState,
};

/// Largest request body: a twin patch with tags and desired properties at their limits, in generous JSON.
const MAX_BODY: usize = 512 * 1024;
/// Longest an answer may take to begin: the longest direct method (300 s to connect and to answer) and a bit.
const MAX_REQUEST: Duration = Duration::from_secs(330);

/// The whole server.
pub(crate) fn router(state: AppState) -> Router {
    let console = state.console.clone();
    let pool = api::simulator::door(state.pool.clone());
    let programs = programs();
    let page_context = move || {
        provide_context(programs.clone());
        provide_context(console.clone());
        provide_context(pool.clone());
        provide_context(RequestId(request_id()));
        set_page_policy();
    };
    let options = state.leptos.clone();
    let document = move || shell(options.clone());

    Router::<AppState>::new()
        .leptos_routes_with_context(&state, generate_route_list(App), page_context.clone(), document.clone())
        .nest("/api/v1", api::router())
        .route("/pkg/{*path}", get(site_file))
        .route("/fonts/{*path}", get(site_file))
        .route("/favicon.svg", get(site_file))
        .route("/healthz", get(api::health::alive))
        .route("/readyz", get(api::health::ready))
        .route("/metrics", get(metrics::render))
        .fallback(leptos_axum::render_app_to_stream_with_context(page_context, document))
        .layer(middleware::from_fn_with_state(Pages::new(), pages::share))
        .layer(middleware::from_fn(limit_body))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(security::check_origin))
        .layer(middleware::from_fn(metrics::record))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, MAX_REQUEST))
        .layer(middleware::from_fn(security::headers))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)),
        )
        .layer(middleware::from_fn(identify))
        .with_state(state)
}

/// What pages send may hold a list of devices; what else there is says so itself.
async fn limit_body(mut request: Request, next: Next) -> Response {
    let max = if request.uri().path().starts_with("/fn/") { api::MAX_LIST_BODY } else { MAX_BODY };
    DefaultBodyLimit::max(max).apply(&mut request);
    next.run(request).await
}

/// What the build says each page consists of.
fn programs() -> Programs {
    let Some(list) = assets::Site::get("pkg/pages.json") else { return Programs::default() };
    Programs::read(&list.data).unwrap_or_else(|error| {
        tracing::warn!(%error, "pages.json of the site cannot be read: pages load a little later");
        Programs::default()
    })
}

/// A file of the site stands under the address that asks for it.
async fn site_file(uri: Uri, headers: HeaderMap) -> Response {
    assets::file(uri.path().trim_start_matches('/'), &headers)
}

/// Pages get the policy that lets their own scripts run; everything else keeps the one that lets nothing run.
fn set_page_policy() {
    let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Some(policy) = security::page_policy(&nonce) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Gives every request an id, on the answer, in the log and in every problem; one that the caller sent is not trusted.
async fn identify(mut request: Request, next: Next) -> Response {
    const HEADER: HeaderName = HeaderName::from_static("x-request-id");
    let id = Uuid::new_v4().simple().to_string();
    let value = HeaderValue::from_str(&id).expect("hexadecimal digits are a header value");
    request.headers_mut().insert(HEADER, value.clone());
    let mut response = REQUEST_ID.scope(id, next.run(request)).await;
    response.headers_mut().insert(HEADER, value);
    response
}

fn span(request: &Request) -> tracing::Span {
    tracing::info_span!("request", id = request_id(), verb = %request.method(), path = request.uri().path())
}

fn panicked() -> Response {
    let detail =
        "The server made a mistake and has logged it. Nothing else is affected; trying again may work.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
        .into_response()
}
