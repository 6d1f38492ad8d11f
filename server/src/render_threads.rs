//! Renders each page on one thread.
//!
//! A signal of Leptos drops a write without an error while another thread reads it. When the tasks of one page ran on
//! several threads, the end of a read was lost that way now and then, and the page waited for it for ever. So a page's
//! tasks share a thread, and pages are spread over as many threads as there are processors.

use std::{num::NonZero, panic, thread};

use axum::{
    body::{self, Body},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio_util::task::{AbortOnDropHandle, LocalPoolHandle};
use tracing::Instrument;

use crate::request_context;

/// Most bytes of a page.
pub(crate) const MAX_PAGE: usize = 16 * 1024 * 1024;

/// The threads. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RenderThreads(LocalPoolHandle);

impl RenderThreads {
    /// One per processor.
    pub(crate) fn new() -> Self {
        Self(LocalPoolHandle::new(thread::available_parallelism().map_or(1, NonZero::get)))
    }
}

/// Answers with a page that was rendered completely on one thread. Server functions render nothing and stay where they are.
pub(crate) async fn render(State(threads): State<RenderThreads>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/fn/") {
        return next.run(request).await;
    }
    let context = request_context::current();
    let span = tracing::Span::current();
    let rendering = move || {
        let page = async move {
            let (head, body) = next.run(request).await.into_parts();
            Some(Response::from_parts(head, Body::from(body::to_bytes(body, MAX_PAGE).await.ok()?)))
        };
        context.scope(page).instrument(span)
    };
    match AbortOnDropHandle::new(threads.0.spawn_pinned(rendering)).await {
        Ok(Some(page)) => page,
        Ok(None) => {
            tracing::error!("a page broke off while it was rendered, or is too large");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(error) => match error.try_into_panic() {
            Ok(payload) => panic::resume_unwind(payload),
            // The server is shutting down.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn thread_of_a_task() -> thread::ThreadId {
        tokio::spawn(async { thread::current().id() }).await.unwrap()
    }

    /// Answers how many threads its tasks ran on.
    async fn page() -> String {
        let mut threads = vec![thread::current().id()];
        for _ in 0..200 {
            threads.push(thread_of_a_task().await);
            tokio::task::yield_now().await;
            threads.push(thread::current().id());
        }
        threads.dedup();
        threads.len().to_string()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn the_tasks_of_a_page_share_a_thread() {
        let router = Router::new()
            .route("/jobs", get(page))
            .layer(middleware::from_fn_with_state(RenderThreads::new(), render));
        let loads: Vec<_> = (0..8)
            .map(|_| {
                let router = router.clone();
                tokio::spawn(async move {
                    let request = Request::builder().uri("/jobs").body(Body::empty()).unwrap();
                    let response = router.oneshot(request).await.unwrap();
                    body::to_bytes(response.into_body(), MAX_PAGE).await.unwrap()
                })
            })
            .collect();
        for load in loads {
            assert_eq!(load.await.unwrap(), "1");
        }
    }

    async fn broken() {
        panic!("broken");
    }

    #[tokio::test]
    async fn a_panic_reaches_the_layer_that_answers_it() {
        let router = Router::new()
            .route("/jobs", get(broken))
            .layer(middleware::from_fn_with_state(RenderThreads::new(), render))
            .layer(tower_http::catch_panic::CatchPanicLayer::new());
        let request = Request::builder().uri("/jobs").body(Body::empty()).unwrap();
        assert_eq!(router.oneshot(request).await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
