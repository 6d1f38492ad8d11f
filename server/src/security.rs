//! What guards every answer: who may call, and what a page may load.
//!
//! There is no sign-in yet, so the server listens on this machine only, and two checks keep other sites' pages in the
//! same browser out: the `Host` must be this machine's (a name that was pointed here is refused), and a request that
//! changes something must come from our own pages or from a program, not from another site's page.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Refusal;

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

/// Policy of everything that is not a page: it may do nothing at all.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Headers of every answer.
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

/// Lets a request through or says why not.
pub(crate) async fn check_origin(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(reason) => {
            tracing::warn!(reason, "request refused");
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

fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host =
        text(header::HOST).or_else(|| uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
    if !is_this_machine(host) {
        return Some("The Host header does not name this machine; use http://127.0.0.1 or http://localhost.");
    }
    if method.is_safe() {
        return None;
    }
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return (!matches!(site, "same-origin" | "none"))
            .then_some("A page of another site tried to change something here.");
    }
    let origin = text(header::ORIGIN)?;
    let is_own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host);
    (!is_own).then_some("A page of another site tried to change something here.")
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, headers: &[(&str, &str)], allowed: bool) {
        let map = headers
            .iter()
            .map(|(name, value)| {
                (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect();
        let refused = refusal(method, &Uri::from_static("/api/v1/jobs"), &map);
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
        check(&Method::GET, &[own, ("sec-fetch-site", "cross-site")], true);
    }
}
