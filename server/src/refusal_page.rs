//! The page that shows a refusal to a browser that loads a page or sends a form: a person would get JSON otherwise.
//!
//! Scripts and programs keep the problem details: they do not accept `text/html`, or call the API.

use axum::{
    body::{self, Body},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::Response,
};
use console_wire::problem::{CONTENT_TYPE, Problem};
use leptos::prelude::*;

use crate::assets;

/// The page has a style and nothing else.
pub(crate) const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'self'; font-src 'self'; frame-ancestors 'none'");
/// Most bytes of a refusal.
const MAX_REFUSAL: usize = 1024 * 1024;

/// Turns refusals into pages where a page was asked for. Status and other headers stay.
pub(crate) async fn show(request: Request, next: Next) -> Response {
    if !is_page_wanted(request.method(), request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let is_form = !request.method().is_safe();
    let form_page = form_page(request.headers()).filter(|_| is_form);
    let response = next.run(request).await;
    if response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind != CONTENT_TYPE) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let text = body::to_bytes(body, MAX_REFUSAL).await.unwrap_or_default();
    let Ok(problem) = serde_json::from_slice::<Problem>(&text) else {
        return Response::from_parts(head, Body::from(text));
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    head.headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Response::from_parts(head, Body::from(document(&problem, form_page)))
}

/// Whether a person looks at the answer: a browser that loads a page or sends a form accepts HTML, and says so.
fn is_page_wanted(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let accepts_html = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.to_ascii_lowercase().contains("text/html")));
    let path = uri.path();
    // Functions that only read are for our scripts.
    accepts_html && !path.starts_with("/api/") && !(method.is_safe() && path.starts_with("/fn/"))
}

fn document(problem: &Problem, form_page: Option<String>) -> String {
    let back = form_page.map(|address| view! { <p><a class="link" href=address>"Back to the form"</a></p> });
    let faults = problem.errors.iter().map(|fault| format!("{}: {}", fault.field, fault.message));
    let faults: Vec<_> = faults.map(|fault| view! { <li>{fault}</li> }).collect();
    let faults = (!faults.is_empty()).then(|| view! { <ul>{faults}</ul> });
    let sign_in = is_about_sign_in(problem)
        .then(|| view! { <p><a class="link" href=app::addresses::SIGN_IN>"Sign in"</a></p> });
    let request = (!problem.request_id.is_empty()).then(|| {
        view! { <p class="notice__request">"Request " <code>{problem.request_id.clone()}</code></p> }
    });
    let document = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{format!("{} · Fleetcast", problem.title)}</title>
                <link rel="stylesheet" href=assets::site_files().style />
            </head>
            <body>
                <main class="page" id="main">
                    <section class="empty-state" aria-labelledby="refusal-title">
                        <h1 id="refusal-title">{problem.title.clone()}</h1>
                        <p class="empty-state__text" role="alert">{problem.detail.clone()}</p>
                        {faults}
                        {sign_in}
                        {back}
                        <p>
                            <a class="link" href="/jobs">"All jobs"</a>
                            ", "
                            <a class="link" href="/devices">"all devices"</a>
                        </p>
                        {request}
                    </section>
                </main>
            </body>
        </html>
    };
    // Leptos marks the end of a text that is not constant, and a title would show the mark.
    format!("<!DOCTYPE html>{}", document.to_html().replace("<!></title>", "</title>"))
}

/// Whether the person has to sign in, or could not.
fn is_about_sign_in(problem: &Problem) -> bool {
    const KINDS: [&str; 3] = ["sign-in-expired", "no-role", "account-deactivated"];
    problem.status == 401 || KINDS.contains(&problem.kind.as_str()) || problem.kind.starts_with("provider-")
}

/// The page that leads to another site after a sign-out, for a browser that does not go there by itself.
pub(crate) fn leaving(provider: &str, address: &str) -> String {
    let (provider, address) = (provider.to_owned(), address.to_owned());
    let document = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>"Signed out · Fleetcast"</title>
                <link rel="stylesheet" href=assets::site_files().style />
            </head>
            <body>
                <main class="page" id="main">
                    <section class="empty-state" aria-labelledby="ended-title">
                        <h1 id="ended-title">"You are signed out here"</h1>
                        <p class="empty-state__text">
                            <a class="link" href=address>{format!("Sign out at {provider} too")}</a>
                        </p>
                    </section>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", document.to_html())
}

/// Path and query of the page that a form was on, if it is one of ours.
fn form_page(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let referer: Uri = text(header::REFERER)?.parse().ok()?;
    let is_own = referer.authority().is_some_and(|authority| Some(authority.as_str()) == text(header::HOST));
    // A browser takes `//host` for another site.
    let path = referer.path_and_query()?.as_str();
    (is_own && !path.starts_with("//")).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_not_linked() {
        for (referer, page) in [
            ("http://localhost:3000/jobs/new?draft=1", Some("/jobs/new?draft=1")),
            ("http://localhost:3000//attacker.example/", None),
            ("http://attacker.example/jobs", None),
            ("javascript:alert(1)", None),
            ("/jobs", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
            headers.insert(header::REFERER, HeaderValue::from_static(referer));
            assert_eq!(form_page(&headers).as_deref(), page, "{referer}");
        }
    }

    #[test]
    fn who_gets_a_page() {
        const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (method, path, accept, is_page) in [
            (Method::GET, "/jobs/%FF", BROWSER, true),
            (Method::GET, "/jobs/%FF", "*/*", false),
            (Method::POST, "/fn/create-job", BROWSER, true),
            (Method::POST, "/fn/create-job", "application/json", false),
            (Method::GET, "/fn/hub", BROWSER, false),
            (Method::POST, "/api/v1/jobs", BROWSER, false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            let uri = path.parse().unwrap();
            assert_eq!(is_page_wanted(&method, &uri, &headers), is_page, "{method} {path} {accept}");
        }
    }

    #[test]
    fn the_reason_is_text() {
        let problem = Problem {
            kind: "x".into(),
            title: "</title><b>".into(),
            status: 422,
            detail: "<script>".into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        };
        let document = document(&problem, Some("/jobs?q=\"><script>".into()));
        assert!(document.contains("&lt;script&gt;") && !document.contains("<script>"), "{document}");
        assert!(document.contains("<title>&lt;/title&gt;&lt;b&gt; · Fleetcast</title>"), "{document}");
    }
}
