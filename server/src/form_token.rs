//! CSRF tokens: without one a plain form changes nothing.
//!
//! Markup that gets into a page from elsewhere cannot run scripts, but it can hold a form, or a link with a ping, and such
//! a request comes from our own origin. So every form that we render carries a token, and a request that markup can send
//! is taken only with it. The token belongs to the browser that the page was rendered for, and to the function that the
//! form calls, so that a foreign button in one of our forms cannot send it elsewhere. It is a MAC of both, with a key that
//! this process makes when it starts, so whoever writes the markup cannot compute it.
//!
//! Scripts and programs need no token: other sites cannot make them send the requests that they send; see
//! [`security::is_sent_by_markup`]. Nor does a request that shows an API token: the token says who sends it, not the browser.

use std::sync::Arc;

use app::{FORM_TOKEN, FormToken, PlainForm};
use axum::{
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{access, api::MAX_LIST_BODY, assets::hexadecimal, problem::Refusal, refusal_log, security};

/// Name of the cookie by which a browser is known again. It holds a random number and gives no rights.
const COOKIE: &str = "fleetcast_forms";
/// Hexadecimal digits in the cookie.
const COOKIE_LENGTH: usize = 32;

/// Makes and checks tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FormTokens {
    key: Arc<Hmac<Sha256>>,
    /// Whether browsers send the cookie over TLS only.
    is_secure: bool,
}

impl FormTokens {
    /// With a new key: pages that an earlier process rendered have to be loaded again before their forms are taken.
    pub(crate) fn new(is_secure: bool) -> Self {
        let key = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        Self { key: Arc::new(Hmac::new_from_slice(&key).expect("a key may have any length")), is_secure }
    }

    fn mac(&self, browser: &str, path: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::clone(&self.key);
        // A browser's name has one length, so the two cannot be cut differently.
        mac.update(browser.as_bytes());
        mac.update(path.as_bytes());
        mac
    }

    fn token(&self, browser: String) -> FormToken {
        let tokens = self.clone();
        FormToken(Arc::new(move |path| hexadecimal(&tokens.mac(&browser, path).finalize().into_bytes())))
    }

    fn is_token(&self, browser: &str, path: &str, token: &[u8]) -> bool {
        bytes_of(token).is_some_and(|tag| self.mac(browser, path).verify_slice(&tag).is_ok())
    }
}

/// Reads two hexadecimal digits a byte.
fn bytes_of(digits: &[u8]) -> Option<Vec<u8>> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.is_ascii() && digits.len() == 64)?;
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

/// The browser's cookie, if it is one of ours.
fn browser(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .find(|value| value.len() == COOKIE_LENGTH && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Gives every page the token of the browser that loads it, and a browser that has none its cookie.
pub(crate) async fn provide(State(tokens): State<FormTokens>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = browser(request.headers()).map(str::to_owned);
    let is_new = known.is_none();
    let browser = known.unwrap_or_else(|| Uuid::new_v4().simple().to_string());
    request.extensions_mut().insert(tokens.token(browser.clone()));
    let mut response = next.run(request).await;
    if is_new && is_page(response.headers()) {
        // Lax, not Strict: a link from elsewhere would come without the cookie and replace it, and with it the tokens of
        // all open pages.
        let secure = if tokens.is_secure { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Whether an answer is a page.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Refuses a change that markup sent without the token; marks one with it as a plain form.
pub(crate) async fn check(State(tokens): State<FormTokens>, request: Request, next: Next) -> Response {
    let has_token = access::has_token(request.uri(), request.headers());
    if request.method().is_safe() || has_token || !security::is_sent_by_markup(request.headers()) {
        return next.run(request).await;
    }
    let Some(browser) = browser(request.headers()).filter(|_| request.uri().path().starts_with("/fn/"))
    else {
        return refusal();
    };
    let browser = browser.to_owned();
    let (head, body) = request.into_parts();
    let Ok(body) = body::to_bytes(body, MAX_LIST_BODY).await else {
        let detail = format!("A form may send {MAX_LIST_BODY} bytes. Nothing was changed.");
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The form is too large", detail)
            .into_response();
    };
    if !token_of(&body).is_some_and(|token| tokens.is_token(&browser, head.uri.path(), token)) {
        return refusal();
    }
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(PlainForm);
    next.run(request).await
}

/// The token in a form's fields. It is made of hexadecimal digits, so it is sent as it is.
fn token_of(form: &[u8]) -> Option<&[u8]> {
    form.split(|byte| *byte == b'&')
        .find_map(|field| field.strip_prefix(FORM_TOKEN.as_bytes())?.strip_prefix(b"="))
}

fn refusal() -> Response {
    let reason = "a plain form came without the token of a page of this server";
    refusal_log::refused("unconfirmed-form", reason);
    let detail = "Nothing was changed: the form is not from a page that this server rendered for this browser since it \
                  was started. Go back, load the page again, and send it once more. Programs: send JSON, and do not \
                  accept text/html.";
    Refusal::new(StatusCode::FORBIDDEN, "unconfirmed-form", "The form could not be confirmed", detail)
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::HeaderName, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    fn site(tokens: &FormTokens) -> Router {
        let page = async |request: Request| {
            let token = (request.extensions().get::<FormToken>().unwrap().0)("/fn/cancel-job");
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], token)
        };
        let change = async |request: Request| {
            if request.extensions().get::<PlainForm>().is_some() { "form" } else { "script" }
        };
        Router::new()
            .route("/jobs", get(page))
            .route("/fn/cancel-job", axum::routing::post(change))
            .route("/fn/create-job", axum::routing::post(change))
            .route("/api/v1/jobs", axum::routing::post(change))
            .layer(middleware::from_fn_with_state(tokens.clone(), provide))
            .layer(middleware::from_fn_with_state(tokens.clone(), check))
    }

    async fn load(site: &Router, cookie: Option<&str>) -> (Option<String>, String) {
        let mut request = Request::builder().uri("/jobs");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = site.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let cookie =
            response.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
        let token = body::to_bytes(response.into_body(), 1000).await.unwrap();
        (cookie, String::from_utf8(token.into()).unwrap())
    }

    async fn post(
        site: &Router,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: &str,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(Method::POST).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response =
            site.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status();
        let text = body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(text.into()).unwrap())
    }

    #[tokio::test]
    async fn a_form_needs_the_token_of_its_browser() {
        let site = site(&FormTokens::new(false));
        let (cookie, token) = load(&site, None).await;
        let cookie = cookie.expect("a new browser gets a cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        assert_eq!(load(&site, Some(cookie)).await, (None, token.clone()), "one browser has one token");
        let (other_cookie, other) = load(&site, None).await;
        assert_ne!(other, token);
        let other_cookie = other_cookie.unwrap();

        let html = (header::ACCEPT, "text/html,*/*;q=0.8");
        let good = format!("form_token={token}&job_id=a");
        let accepted = (StatusCode::OK, "form".to_owned());
        let owner = (header::COOKIE, cookie);
        assert_eq!(post(&site, "/fn/cancel-job", &[html.clone(), owner.clone()], &good).await, accepted);
        for (path, headers, body) in [
            ("/fn/cancel-job", vec![html.clone(), owner.clone()], "job_id=a".to_owned()),
            ("/fn/cancel-job", vec![html.clone(), owner.clone()], format!("form_token={other}&job_id=a")),
            ("/fn/cancel-job", vec![html.clone(), owner.clone()], "form_token=&job_id=a".to_owned()),
            ("/fn/cancel-job", vec![html.clone(), owner.clone()], format!("x_form_token={token}")),
            ("/fn/cancel-job", vec![html.clone(), (header::COOKIE, &other_cookie)], good.clone()),
            ("/fn/cancel-job", vec![html.clone()], good.clone()),
            ("/fn/create-job", vec![html.clone(), owner.clone()], good.clone()),
            ("/api/v1/jobs", vec![html.clone(), owner.clone()], good.clone()),
        ] {
            let (status, text) = post(&site, path, &headers, &body).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {headers:?} {body}: {text}");
        }
        let none = (StatusCode::OK, "script".to_owned());
        assert_eq!(post(&site, "/api/v1/jobs", &[(header::ACCEPT, "*/*")], "{}").await, none);
        let script =
            [(HeaderName::from_static("sec-fetch-mode"), "cors"), (header::ACCEPT, "application/json")];
        assert_eq!(post(&site, "/fn/cancel-job", &script, "job_id=a").await, none);
    }
}
