//! Shares a page's rendering between requests.
//!
//! The pages of jobs are the same for every request of a person: they depend on the address, on the console's store, and on
//! who asks. So many requests for a page at once share a rendering, for a quarter of a second at most. No user sees an outdated page for long:
//! a change through this server starts new renderings, and a page's event stream resumes from the sequence number that the
//! page was rendered with. What differs between responses is filled in at the end: the nonce of the content policy, and
//! the token of the browser's forms.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use app::{FormToken, RequestAccess};
use axum::{
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;
use moka::future::Cache;
use uuid::Uuid;

use crate::{form_token, render_threads::MAX_PAGE, security};

/// How long a rendering is shared. A change through another server, or through the hub, shows in a reloaded page after
/// at most this time.
const SHARED: Duration = Duration::from_millis(250);
/// Renderings kept at once; more addresses than these are rendered again.
const PAGES: u64 = 64;

/// The renderings that are shared at the moment.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    /// By address, by who asks, and by how many changes came before.
    shared: Cache<(u64, String, String), Arc<Page>>,
    changes: Arc<AtomicU64>,
}

/// A rendering without its nonce, which must be another in every answer, and without its form token, which is the
/// browser's own.
#[derive(Debug)]
struct Page {
    headers: HeaderMap,
    /// The text between the nonces.
    pieces: Vec<Piece>,
}

/// A part of a page, split at its form tokens.
#[derive(Debug)]
struct Piece {
    first: String,
    /// The path that a form posts to, and the text after its token.
    rest: Vec<(String, String)>,
}

/// Stands for a form token in a shared rendering: text that no user can predict, so that it is nowhere else in the page,
/// and the path that the form posts to.
#[derive(Debug, Clone)]
struct Placeholder(String);

impl Placeholder {
    const END: char = '!';

    fn new() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    fn token(&self) -> FormToken {
        let begin = self.0.clone();
        FormToken(Arc::new(move |path| format!("{begin}{path}{}", Self::END)))
    }

    fn cut(&self, text: &str) -> Piece {
        let mut parts = text.split(&self.0);
        let first = parts.next().unwrap_or_default().to_owned();
        let after = |part: &str| {
            let (path, text) = part.split_once(Self::END).unwrap_or_default();
            (path.to_owned(), text.to_owned())
        };
        Piece { first, rest: parts.map(after).collect() }
    }
}

impl Piece {
    fn with(&self, token: &FormToken) -> String {
        let mut text = self.first.clone();
        for (path, after) in &self.rest {
            text.push_str(&(token.0)(path));
            text.push_str(after);
        }
        text
    }
}

/// A response that is not shared: a redirect, a refusal, not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotShared;

impl Pages {
    /// With nothing rendered yet.
    pub(crate) fn new() -> Self {
        let shared = Cache::builder().max_capacity(PAGES).time_to_live(SHARED).build();
        Self { shared, changes: Arc::default() }
    }
}

/// Counts a change when it is dropped, so also when the client disconnects before the response.
struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Responds with a shared rendering where that is allowed.
pub(crate) async fn share(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() {
        let _changing = Changing(&pages.changes);
        return next.run(request).await;
    }
    if request.method() != Method::GET || !is_shared(request.uri().path()) {
        return next.run(request).await;
    }
    let address = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let asked_by =
        request.extensions().get::<RequestAccess>().map_or_else(String::new, RequestAccess::page_key);
    let key = (pages.changes.load(Ordering::Relaxed), address, asked_by);
    let (mut head, _) = request.into_parts();
    let token = head.extensions.get().cloned().unwrap_or_else(|| FormToken(Arc::new(|_| String::new())));
    let placeholder = Placeholder::new();
    let mut own = None;
    let shared = pages
        .shared
        .try_get_with(key, async {
            let mut shared = head.clone();
            shared.extensions.insert(placeholder.token());
            let response = next.clone().run(Request::from_parts(shared, Body::empty())).await;
            match Page::of(response, &placeholder).await {
                Ok(page) => Ok(Arc::new(page)),
                Err(response) => {
                    own = Some(response);
                    Err(NotShared)
                }
            }
        })
        .await;
    match (shared, own) {
        (Ok(page), _) => page.answer(&token),
        (Err(_), Some(response)) => with_token(response, &placeholder, &token).await,
        // Waited for a rendering that cannot be shared.
        (Err(_), None) => {
            head.extensions.insert(token);
            next.run(Request::from_parts(head, Body::empty())).await
        }
    }
}

/// The overview, the list of jobs and the job pages. The form for a new job belongs to its user, and pages of devices are no
/// older than the request.
fn is_shared(path: &str) -> bool {
    path == "/"
        || path == "/jobs"
        || path.strip_prefix("/jobs/").is_some_and(|id| id != "new" && !id.contains('/'))
}

/// Puts the token into a page that is not shared.
async fn with_token(response: Response, placeholder: &Placeholder, token: &FormToken) -> Response {
    if !form_token::is_page(response.headers()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    match body::to_bytes(body, MAX_PAGE).await.map(|bytes| String::from_utf8(bytes.into())) {
        Ok(Ok(text)) => Response::from_parts(head, Body::from(placeholder.cut(&text).with(token))),
        Ok(Err(error)) => Response::from_parts(head, Body::from(error.into_bytes())),
        Err(error) => broken_off(&error),
    }
}

fn broken_off(error: &axum::Error) -> Response {
    tracing::error!(%error, "a page broke off while it was rendered");
    Response::builder()
        .status(StatusCode::INTERNAL_SERVER_ERROR)
        .body(Body::empty())
        .expect("a status and no body are an answer")
}

impl Page {
    /// Splits a page at its nonce and tokens; returns any other response unchanged.
    async fn of(response: Response, placeholder: &Placeholder) -> Result<Self, Response> {
        let nonce = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(security::nonce);
        let Some(nonce) = nonce.filter(|_| response.status() == StatusCode::OK) else { return Err(response) };
        let nonce = nonce.to_owned();
        let (head, body) = response.into_parts();
        let read = body::to_bytes(body, MAX_PAGE).await.map(|bytes| String::from_utf8(bytes.into()));
        match read {
            Ok(Ok(text)) => {
                let pieces = text.split(&nonce).map(|piece| placeholder.cut(piece)).collect();
                Ok(Self { headers: head.headers, pieces })
            }
            Ok(Err(error)) => Err(Response::from_parts(head, Body::from(error.into_bytes()))),
            Err(error) => Err(broken_off(&error)),
        }
    }

    /// The page under a nonce of its own, with the token of the browser that it goes to.
    fn answer(&self, token: &FormToken) -> Response {
        let nonce = Nonce::new();
        let pieces: Vec<_> = self.pieces.iter().map(|piece| piece.with(token)).collect();
        let mut response = Response::new(Body::from(pieces.join(&nonce)));
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

    use axum::{
        Extension, Router, middleware,
        response::{Html, IntoResponse},
        routing::get,
    };
    use tokio::sync::Semaphore;
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn what_is_shared() {
        for (path, shared) in [
            ("/", true),
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
            move |Extension(token): Extension<FormToken>| async move {
                rendered.leave.acquire().await.unwrap().forget();
                let time = rendered.times.fetch_add(1, Ordering::Relaxed) + 1;
                let nonce = Nonce::new();
                let policy = security::page_policy(&nonce).unwrap();
                let token = (token.0)("/fn/a");
                let text = format!("<script nonce=\"{nonce}\">{time}</script>{token}<i nonce=\"{nonce}\">");
                ([(header::CONTENT_SECURITY_POLICY, policy)], text)
            }
        };
        let missing = {
            let rendered = Arc::clone(&rendered);
            move |Extension(token): Extension<FormToken>| async move {
                rendered.times.fetch_add(1, Ordering::Relaxed);
                (StatusCode::NOT_FOUND, Html(format!("no such job {}", (token.0)("/fn/b")))).into_response()
            }
        };
        let router = Router::new()
            .route("/jobs", get(page.clone()).post(|| async { "changed" }))
            .route("/jobs/new", get(page))
            .route("/jobs/missing", get(missing))
            .layer(middleware::from_fn_with_state(Pages::new(), share));
        (router, rendered)
    }

    async fn send(router: &Router, method: Method, path: &str) -> (StatusCode, String, String) {
        send_with(router, method, path, "own").await
    }

    async fn send_with(
        router: &Router,
        method: Method,
        path: &str,
        token: &str,
    ) -> (StatusCode, String, String) {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let token = token.to_owned();
        request.extensions_mut().insert(FormToken(Arc::new(move |path| format!("{token}:{path}"))));
        let response = router.clone().oneshot(request).await.unwrap();
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(security::nonce);
        let nonce = policy.unwrap_or_default().to_owned();
        let status = response.status();
        let text = body::to_bytes(response.into_body(), MAX_PAGE).await.unwrap();
        (status, nonce, String::from_utf8(text.into()).unwrap())
    }

    #[tokio::test]
    async fn concurrent_requests_share_a_rendering_each_with_its_own_nonce() {
        let (router, rendered) = site(0);
        let requests: Vec<_> = (0..20)
            .map(|number| {
                let router = router.clone();
                let token = format!("token{number}");
                tokio::spawn(async move {
                    (send_with(&router, Method::GET, "/jobs?tab=all", &token).await, token)
                })
            })
            .collect();
        rendered.leave.add_permits(20);
        let mut nonces = std::collections::HashSet::new();
        for request in requests {
            let ((status, nonce, text), token) = request.await.unwrap();
            assert_eq!(status, StatusCode::OK);
            assert_eq!(
                text,
                format!("<script nonce=\"{nonce}\">1</script>{token}:/fn/a<i nonce=\"{nonce}\">")
            );
            assert!(nonce.len() >= 16 && nonces.insert(nonce), "no nonce twice");
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_change_starts_a_new_rendering() {
        let (router, _) = site(9);
        for time in 1..4 {
            assert!(send(&router, Method::GET, "/jobs").await.2.contains(&format!(">{time}<")));
            assert_eq!(send(&router, Method::POST, "/jobs").await.2, "changed");
        }
    }

    #[tokio::test]
    async fn forms_refusals_and_other_addresses_are_not_shared() {
        let (router, rendered) = site(9);
        for path in ["/jobs/new", "/jobs/new", "/jobs?q=a", "/jobs?q=b"] {
            assert_eq!(send(&router, Method::GET, path).await.0, StatusCode::OK);
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 4);
        for _ in 0..2 {
            let (status, _, text) = send(&router, Method::GET, "/jobs/missing").await;
            assert_eq!((status, text.as_str()), (StatusCode::NOT_FOUND, "no such job own:/fn/b"));
        }
        assert_eq!(rendered.times.load(Ordering::Relaxed), 6);
    }
}
