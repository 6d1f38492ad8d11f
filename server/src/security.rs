//! Checks of every request (host, origin), and the security headers of every response.
//!
//! Without sign-in the server listens on this machine only, and these checks keep other sites' pages in the same browser
//! out. With sign-in they go on:
//!
//! - A request names one host. Without TLS or a proxy it is this machine's: a name that was pointed here is refused.
//! - A request that changes something comes from our own pages or from a program, not from another site's page. One that
//!   shows an API token says by it who sends it, and no browser adds it by itself; from where it comes does not matter.
//! - Another site may link to a page and nothing else: neither frame it, nor load or download data. So it cannot find out
//!   what exists here by how a load ends.
//! - What markup alone can send (a form, a ping) changes something only with a token that we rendered; `form_token`.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;

use crate::{access, problem::Refusal, refusal_log};

/// The content policy of pages. Scripts run only with the page's nonce (and what they load); WASM may be compiled;
/// nothing comes from elsewhere. Style attributes are allowed as bars carry their share in one.
///
/// `None` for a nonce that cannot stand in a header.
pub(crate) fn page_policy(nonce: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

/// The nonce of a page's policy; none in the policy of everything else.
pub(crate) fn nonce(policy: &HeaderValue) -> Option<&str> {
    let (_, rest) = policy.to_str().ok()?.split_once("'nonce-")?;
    rest.split_once('\'').map(|(nonce, _)| nonce)
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const FOREIGN_CHANGE: &str = "A page of another site tried to change something here.";

/// Policy of everything that is not a page: nothing is allowed.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Headers of every response.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_CONTENT_POLICY));
    response
}

/// Refuses requests whose target is ambiguous: which resource of which host.
pub(crate) async fn check_target(request: Request, next: Next) -> Response {
    match unclear_target(request.method(), request.uri(), request.version(), request.headers()) {
        None => next.run(request).await,
        Some(reason) => {
            refusal_log::refused("unclear-target", reason);
            Refusal::new(StatusCode::BAD_REQUEST, "unclear-target", "The request is not clear", reason)
                .into_response()
        }
    }
}

fn unclear_target(method: &Method, uri: &Uri, version: Version, headers: &HeaderMap) -> Option<&'static str> {
    if method == Method::CONNECT {
        return Some("This server is not a proxy: it does not take CONNECT.");
    }
    if !uri.path().starts_with('/') {
        return Some("The address does not begin with /.");
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Some("There is more than one Host header; send one.");
    }
    let Some(host) = host else {
        let is_named = uri.authority().is_some() && version >= Version::HTTP_2;
        return (version >= Version::HTTP_11 && !is_named).then_some("There is no Host header; send one.");
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    let Some(host) = host.filter(|host| !host.as_str().contains('@')) else {
        return Some("The Host header is not a host name with an optional port.");
    };
    let is_other = uri.authority().is_some_and(|named| *named != host);
    is_other.then_some("The address and the Host header name different hosts.")
}

/// Refuses addresses whose path is not text: no page can show such an id, and server and browser would read it differently.
pub(crate) async fn check_path(request: Request, next: Next) -> Response {
    if percent_decode_str(request.uri().path()).decode_utf8().is_ok() {
        return next.run(request).await;
    }
    let detail = "The address has characters after % that are not UTF-8.";
    refusal_log::refused("not-found", detail);
    let title =
        if request.uri().path().starts_with("/api/") { "There is nothing here" } else { "Page not found" };
    Refusal::new(StatusCode::NOT_FOUND, "not-found", title, detail).into_response()
}

/// Refuses requests that come from another site, and requests for another machine unless it may have any name.
pub(crate) async fn check_origin(State(any_host): State<bool>, request: Request, next: Next) -> Response {
    match refusal(request.method(), request.uri(), request.headers(), any_host) {
        None => next.run(request).await,
        Some(reason) => {
            refusal_log::refused("foreign-origin", reason);
            Refusal::new(
                StatusCode::FORBIDDEN,
                "foreign-origin",
                "The request comes from another site",
                reason,
            )
            .into_response()
        }
    }
}

fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap, any_host: bool) -> Option<&'static str> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
    if !any_host && !is_this_machine(host) {
        return Some("The Host header does not name this machine; use http://127.0.0.1 or http://localhost.");
    }
    if access::has_token(uri, headers) {
        return None;
    }
    let is_from_elsewhere =
        headers.get_all(SEC_FETCH_SITE).iter().any(|site| site != "same-origin" && site != "none");
    if method.is_safe() {
        let is_link = headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate")
            && headers.get(SEC_FETCH_DEST).is_some_and(|dest| dest == "document")
            && !uri.path().starts_with("/api/")
            && !uri.path().starts_with("/fn/");
        return (is_from_elsewhere && !is_link)
            .then_some("A page of another site tried to load something here; it may only link to a page.");
    }
    if is_from_elsewhere {
        return Some(FOREIGN_CHANGE);
    }
    if headers.contains_key(SEC_FETCH_SITE) {
        return None;
    }
    let is_own = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host)
    };
    headers.get_all(header::ORIGIN).iter().any(|origin| !is_own(origin)).then_some(FOREIGN_CHANGE)
}

/// Whether HTML alone may have sent this request: a form, or a link's ping.
///
/// Browsers say so in `Sec-Fetch-Mode`. For those that do not send it: only navigation accepts `text/html`, and what
/// else markup can send has a content type of forms (or none) and does not accept exactly JSON, as our scripts do.
pub(crate) fn is_sent_by_markup(headers: &HeaderMap) -> bool {
    const PING: [HeaderName; 2] = [HeaderName::from_static("ping-from"), HeaderName::from_static("ping-to")];
    const FORM_TYPES: [&str; 4] =
        ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/ping"];
    let text = |name: HeaderName| {
        headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
    };
    if let Some(mode) = text(SEC_FETCH_MODE) {
        return mode != "cors" && mode != "same-origin";
    }
    let accept = text(header::ACCEPT).unwrap_or_default();
    if accept.contains("text/html") || PING.iter().any(|name| headers.contains_key(name)) {
        return true;
    }
    let is_from_browser = headers.contains_key(header::ORIGIN) || headers.contains_key(header::REFERER);
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let is_form = content_type.is_empty() || FORM_TYPES.contains(&content_type);
    is_from_browser && is_form && accept != "application/json"
}

fn is_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host);
    if !port.is_some_and(|port| port.is_empty() || port.starts_with(':')) {
        return false;
    }
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(headers: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn check(method: &Method, headers: &[(&str, &str)], allowed: bool) {
        let refused = refusal(method, &Uri::from_static("/api/v1/jobs"), &map(headers), false);
        assert_eq!(refused.is_none(), allowed, "{method} {headers:?}: {refused:?}");
    }

    #[test]
    fn a_nonce_is_found_in_its_policy() {
        assert_eq!(page_policy("abc_-9").as_ref().and_then(nonce), Some("abc_-9"));
        assert_eq!(nonce(&HeaderValue::from_static(NO_CONTENT_POLICY)), None);
        assert_eq!(page_policy("two\nlines"), None);
    }

    #[test]
    fn who_may_call() {
        let own = ("host", "127.0.0.1:3000");
        check(&Method::GET, &[own], true);
        check(&Method::GET, &[("host", "localhost")], true);
        check(&Method::GET, &[("host", "[::1]:3000")], true);
        check(&Method::GET, &[("host", "attacker.example:3000")], false);
        check(&Method::GET, &[("host", "127.0.0.1.attacker.example")], false);
        check(&Method::GET, &[], false);
        check(&Method::POST, &[own], true);
        check(&Method::POST, &[own, ("sec-fetch-site", "same-origin")], true);
        check(&Method::POST, &[own, ("sec-fetch-site", "none")], true);
        check(&Method::POST, &[own, ("sec-fetch-site", "same-site")], false);
        check(&Method::POST, &[own, ("sec-fetch-site", "cross-site")], false);
        check(&Method::POST, &[own, ("origin", "http://127.0.0.1:3000")], true);
        check(&Method::POST, &[own, ("origin", "http://127.0.0.1:4000")], false);
        check(&Method::PATCH, &[own, ("origin", "null")], false);
        check(
            &Method::POST,
            &[own, ("origin", "http://127.0.0.1:3000"), ("origin", "http://a.example")],
            false,
        );
        check(&Method::GET, &[("host", "evil@localhost")], false);
        check(&Method::GET, &[("host", "[::1].attacker.example")], false);
    }

    #[test]
    fn a_token_says_who_sends_it() {
        let own = ("host", "127.0.0.1:3000");
        let foreign = ("sec-fetch-site", "cross-site");
        let token = ("authorization", "Bearer fct_abc");
        check(&Method::POST, &[own, foreign, token], true);
        check(&Method::GET, &[own, foreign, token], true);
        check(&Method::POST, &[own, foreign, ("authorization", "Basic YTpi")], false);
        check(&Method::POST, &[("host", "attacker.example"), token], false);
        // A browser asks first, without the header.
        check(&Method::OPTIONS, &[own, foreign], false);
        let page =
            refusal(&Method::POST, &Uri::from_static("/fn/create-job"), &map(&[own, foreign, token]), false);
        assert!(page.is_some(), "pages do not look at tokens");
    }

    #[test]
    fn with_a_name_of_its_own_only_the_origin_counts() {
        for (headers, allowed) in [
            (&[("host", "fleet.example")][..], true),
            (&[("host", "fleet.example"), ("origin", "https://fleet.example")], true),
            (&[("host", "fleet.example"), ("origin", "https://attacker.example")], false),
            (&[("host", "fleet.example"), ("sec-fetch-site", "cross-site")], false),
        ] {
            let refused = refusal(&Method::POST, &Uri::from_static("/fn/sign-in"), &map(headers), true);
            assert_eq!(refused.is_none(), allowed, "{headers:?}: {refused:?}");
        }
    }

    #[test]
    fn other_sites_may_link_to_pages_only() {
        let cross = ("sec-fetch-site", "cross-site");
        let link = [cross, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let frame = [cross, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
        let image = [cross, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
        for (path, headers, allowed) in [
            ("/jobs/lock-1", link, true),
            ("/jobs/lock-1", frame, false),
            ("/jobs/lock-1", image, false),
            ("/api/v1/jobs/lock-1/devices.csv", link, false),
            ("/fn/job?job_id=lock-1", link, false),
            ("/fn/job?job_id=lock-1", frame, false),
        ] {
            let map = map(&[&[("host", "localhost")], &headers[..]].concat());
            let refused = refusal(&Method::GET, &path.parse().unwrap(), &map, false);
            assert_eq!(refused.is_none(), allowed, "{path} {headers:?}: {refused:?}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        for (method, uri, version, headers, refused) in [
            ("GET", "/jobs", Version::HTTP_11, &[("host", "localhost")][..], false),
            ("GET", "http://localhost/jobs", Version::HTTP_11, &[("host", "LOCALHOST")], false),
            ("GET", "/jobs", Version::HTTP_10, &[], false),
            ("GET", "http://localhost/jobs", Version::HTTP_2, &[], false),
            ("GET", "/jobs", Version::HTTP_11, &[], true),
            ("GET", "http://localhost/jobs", Version::HTTP_11, &[], true),
            ("GET", "http://a.example/jobs", Version::HTTP_11, &[("host", "localhost")], true),
            ("GET", "/jobs", Version::HTTP_11, &[("host", "localhost"), ("host", "a.example")], true),
            ("GET", "/jobs", Version::HTTP_11, &[("host", "localhost"), ("host", "localhost")], true),
            ("GET", "/jobs", Version::HTTP_11, &[("host", "")], true),
            ("GET", "/jobs", Version::HTTP_11, &[("host", "a@localhost")], true),
            ("GET", "/jobs", Version::HTTP_11, &[("host", "local host")], true),
            ("OPTIONS", "*", Version::HTTP_11, &[("host", "localhost")], true),
            ("CONNECT", "localhost:22", Version::HTTP_11, &[("host", "localhost:22")], true),
        ] {
            let found =
                unclear_target(&method.parse().unwrap(), &uri.parse().unwrap(), version, &map(headers));
            assert_eq!(found.is_some(), refused, "{method} {uri} {headers:?}: {found:?}");
        }
    }

    #[test]
    fn what_markup_can_send() {
        const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
        const JSON: (&str, &str) = ("content-type", "application/json");
        const OWN: (&str, &str) = ("origin", "http://127.0.0.1:3000");
        const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        for (headers, by_markup) in [
            // curl, with and without a body
            (&[("accept", "*/*")][..], false),
            (&[("accept", "*/*"), FORM], false),
            (&[("accept", "*/*"), JSON], false),
            // scripts of our pages
            (&[("sec-fetch-mode", "cors"), OWN, FORM, ("accept", "application/json")], false),
            (&[OWN, FORM, ("accept", "application/json")], false),
            // forms
            (&[("sec-fetch-mode", "navigate"), OWN, FORM, HTML], true),
            (&[("sec-fetch-mode", "navigate"), OWN, ("content-type", "text/plain"), HTML], true),
            (&[OWN, ("content-type", "text/plain"), HTML], true),
            (&[OWN, ("content-type", "multipart/form-data; boundary=x"), HTML], true),
            // pings
            (&[("sec-fetch-mode", "no-cors"), OWN, ("content-type", "text/ping"), ("accept", "*/*")], true),
            (&[OWN, ("content-type", "text/ping"), ("accept", "*/*")], true),
            (&[("ping-to", "http://127.0.0.1:3000/jobs")], true),
        ] {
            assert_eq!(is_sent_by_markup(&map(headers)), by_markup, "{headers:?}");
        }
    }
}
