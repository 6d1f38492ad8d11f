//! A page that many ask for is rendered once.
//!
//! What the server renders of jobs is the same for everybody: it follows from the address and what the console knows. So
//! a wall of screens, or a whole team that reloads at once, shares a rendering for a quarter of a second at most. Nobody
//! sees less for it: whoever changes something here gets pages rendered after the change, and a page's event stream goes
//! on from the place in the store at which the page was read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;
use moka::future::Cache;

use crate::security;

/// How long a rendering is shared. A change that comes through another server, or through the hub, is as late as this
/// in a page that is asked for anew.
const SHARED: Duration = Duration::from_millis(250);
/// Renderings kept at once; more addresses than these are rendered again.
const PAGES: u64 = 64;
/// Nothing renders a larger page; one that did would not be shared.
const MAX_PAGE: usize = 16 * 1024 * 1024;

/// The renderings that are shared at the moment.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    /// By address, and by how many changes came before.
    shared: Cache<(u64, String), Arc<Page>>,
    changes: Arc<AtomicU64>,
}

/// A rendering without its nonce, which must be another in every answer.
#[derive(Debug)]
struct Page {
    headers: HeaderMap,
    /// What stands between the places of the nonce.
    pieces: Vec<String>,
}

/// An answer that is not shared: a redirect, a refusal, something that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotShared;

impl Pages {
    /// With nothing rendered yet.
    pub(crate) fn new() -> Self {
        let shared = Cache::builder().max_capacity(PAGES).time_to_live(SHARED).build();
        Self { shared, changes: Arc::default() }
    }
}

/// Counts a change when it is dropped, so also when whoever asked for it is gone before it is answered.
struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Answers from a shared rendering where there may be one.
pub(crate) async fn share(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() {
        let _changing = Changing(&pages.changes);
        return next.run(request).await;
    }
    if request.method() != Method::GET || !is_shared(request.uri().path()) {
        return next.run(request).await;
    }
    let address = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let key = (pages.changes.load(Ordering::Relaxed), address);
    let (head, _) = request.into_parts();
    let mut own = None;
    let shared = pages
        .shared
        .try_get_with(key, async {
            let response = next.clone().run(Request::from_parts(head.clone(), Body::empty())).await;
            match Page::of(response).await {
                Ok(page) => Ok(Arc::new(page)),
                Err(response) => {
                    own = Some(response);
                    Err(NotShared)
                }
            }
        })
        .await;
    match (shared, own) {
        (Ok(page), _) => page.answer(),
        (Err(_), Some(response)) => response,
        // Waited for a rendering that cannot be shared.
        (Err(_), None) => next.run(Request::from_parts(head, Body::empty())).await,
    }
}

/// The list of jobs and the job pages. The form for a new job is its reader's own, and what is shown of devices is no
/// older than the request.
fn is_shared(path: &str) -> bool {
    path == "/jobs" || path.strip_prefix("/jobs/").is_some_and(|id| id != "new" && !id.contains('/'))
}

impl Page {
    /// Takes a page apart, or gives an answer back as it was.
    async fn of(response: Response) -> Result<Self, Response> {
        let nonce = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(security::nonce);
        let Some(nonce) = nonce.filter(|_| response.status() == StatusCode::OK) else { return Err(response) };
        let nonce = nonce.to_owned();
        let (head, body) = response.into_parts();
        let read = body::to_bytes(body, MAX_PAGE).await.map(|bytes| String::from_utf8(bytes.into()));
        match read {
            Ok(Ok(text)) => {
                let pieces = text.split(&nonce).map(str::to_owned).collect();
                Ok(Self { headers: head.headers, pieces })
            }
            Ok(Err(error)) => Err(Response::from_parts(head, Body::from(error.into_bytes()))),
            Err(error) => {
                tracing::error!(%error, "a page broke off while it was rendered");
                Err(Response::builder()
                    .status(StatusCode::INTERNAL_SERVER_ERROR)
                    .body(Body::empty())
                    .expect("a status and no body are an answer"))
            }
        }
    }

    /// The page under a nonce of its own.
    fn answer(&self) -> Response {
        let nonce = Nonce::new();
        let mut response = Response::new(Body::from(self.pieces.join(&nonce)));
        *response.headers_mut() = self.headers.clone();
        if let Some(policy) = security::page_policy(&nonce) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use axum::{Router, middleware, response::IntoResponse, routing::get};
    use tokio::sync::Semaphore;
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn what_is_shared() {
        for (path, shared) in [
            ("/jobs", true),
            ("/jobs/lock-1", true),
            ("/jobs/new", false),
            ("/jobs/lock-1/more", false),
            ("/devices", false),
            ("/api/v1/jobs", false),
        ] {
            assert_eq!(is_shared(path), shared, "{path}");
        }
    }

    /// A page that counts how often it was rendered, and waits for leave to be.
    struct Rendered {
        times: AtomicUsize,
        leave: Semaphore,
    }

    fn site(leave: usize) -> (Router, Arc<Rendered>) {
        let rendered = Arc::new(Rendered { times: AtomicUsize::default(), leave: Semaphore::new(leave) });
        let page = {
            let rendered = Arc::clone(&rendered);
            move || async move {
                rendered.leave.acquire().await.unwrap().forget();
                let time = rendered.times.fetch_add(1, Ordering::Relaxed) + 1;
                let nonce = Nonce::new();
                let policy = security::page_policy(&nonce).unwrap();
                let text = format!("<script nonce=\"{nonce}\">{time}</script><i nonce=\"{nonce}\">");
                ([(header::CONTENT_SECURITY_POLICY, policy)], text)
            }
        };
        let missing = {
            let rendered = Arc::clone(&rendered);
            move || async move {
                rendered.times.fetch_add(1, Ordering::Relaxed);
                (StatusCode::NOT_FOUND, "no such job").into_response()
            }
        };
        let router = Router::new()
            .route("/jobs", get(page.clone()).post(|| async { "changed" }))
            .route("/jobs/new", get(page))
            .route("/jobs/missing", get(missing))
            .layer(middleware::from_fn_with_state(Pages::new(), share));
        (router, rendered)
    }

    async fn ask(router: &Router, method: Method, path: &str) -> (StatusCode, String, String) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(security::nonce);
        let nonce = policy.unwrap_or_default().to_owned();
        let status = response.status();
        let text = body::to_bytes(response.into_body(), MAX_PAGE).await.unwrap();
        (status, nonce, String::from_utf8(text.into()).unwrap())
    }

    #[tokio::test]
    async fn those_who_ask_together_get_one_rendering_each_under_its_own_nonce() {
        let (router, rendered) = site(0);
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let router = router.clone();
                tokio::spawn(async move { ask(&router, Method::GET, "/jobs?tab=all").await })
            })
            .collect();
        rendered.leave.add_permits(20);
        let mut nonces = std::collections::HashSet::new();
        for asked in asked {
            let (status, nonce, text) = asked.await.unwrap();
            assert_eq!(status, StatusCode::OK);
            assert_eq!(text, format!("<script nonce=\"{nonce}\">1</script><i nonce=\"{nonce}\">"));
            assert!(nonce.len() >= 16 && nonces.insert(nonce), "no nonce twice");
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn who_changes_something_sees_it() {
        let (router, _) = site(9);
        for time in 1..4 {
            assert!(ask(&router, Method::GET, "/jobs").await.2.contains(&format!(">{time}<")));
            assert_eq!(ask(&router, Method::POST, "/jobs").await.2, "changed");
        }
    }

    #[tokio::test]
    async fn forms_refusals_and_other_addresses_are_not_shared() {
        let (router, rendered) = site(9);
        for path in ["/jobs/new", "/jobs/new", "/jobs?q=a", "/jobs?q=b"] {
            assert_eq!(ask(&router, Method::GET, path).await.0, StatusCode::OK);
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 4);
        for _ in 0..2 {
            let (status, _, text) = ask(&router, Method::GET, "/jobs/missing").await;
            assert_eq!((status, text.as_str()), (StatusCode::NOT_FOUND, "no such job"));
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 6);
    }
}
