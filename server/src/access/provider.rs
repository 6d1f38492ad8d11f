//! Signing in at the provider of OpenID Connect, and out again: the routes that the browser is sent through.
//!
//! 1. `GET /sign-in/provider` notes the sign-in, gives the browser a cookie and sends it to the provider.
//! 2. `GET /sign-in/callback` is where the provider sends it back to. State and cookie have to be those of one sign-in, which
//!    is used up; then the code is exchanged, the token checked, and a session begins.
//! 3. `GET /sign-in/ended` follows a sign-out here: it sends the browser to the provider, to end the session there.
//!
//! All three are links, not forms: the policy of our pages forbids forms that lead to another site.

use std::{fmt, sync::Arc};

use app::{SessionCookie, addresses as paths};
use axum::{
    extract::{Extension, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri::Authority},
    response::{Html, IntoResponse, Redirect, Response},
};
use console::{ConsoleError, PROVIDER_SIGN_IN_LIFE, ProviderIdentity, RoleClaim, SignInFrom};
use openid_client::{Identity, OpenIdError, Provider};
use serde::Deserialize;

use crate::{
    config::OpenIdConfig, extract::Parameters, problem::Refusal, refusal_log, refusal_page, state::AppState,
};

/// Characters of the cookie's value.
const TOKEN_LENGTH: usize = 43;
/// Longest code or state that is read, in bytes.
const MAX_PARAMETER: usize = 4096;
/// Errors that a provider may report (RFC 6749, OpenID Connect Core): others are not repeated.
const KNOWN_ERRORS: [&str; 11] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// The provider and what its claim means here.
pub(crate) struct SignInProvider {
    provider: Provider,
    roles: RoleClaim,
}

impl fmt::Debug for SignInProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignInProvider({})", self.name())
    }
}

impl SignInProvider {
    /// Sends nothing yet.
    pub(crate) fn new(config: OpenIdConfig) -> Result<Arc<Self>, OpenIdError> {
        let OpenIdConfig { settings, roles } = config;
        Ok(Arc::new(Self { provider: Provider::new(settings)?, roles }))
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        self.provider.settings().name()
    }
}

/// The page to go on with.
#[derive(Deserialize)]
pub(crate) struct Begin {
    #[serde(default)]
    next: String,
}

/// Sends the browser to the provider.
pub(crate) async fn begin(
    State(state): State<AppState>,
    Extension(access): Extension<app::RequestAccess>,
    uri: Uri,
    headers: HeaderMap,
    Parameters(Begin { next }): Parameters<Begin>,
) -> Result<Response, Refusal> {
    let provider = provider(&state)?;
    let redirect_uri = address(access.cookie, &uri, &headers, CALLBACK)?;
    let now = std::time::SystemTime::now().into();
    let pending = state.console.begin_at_provider(paths::next_page(&next), now).await?;
    let provider = &provider.provider;
    let address =
        provider.authorize_url(&redirect_uri, &pending.state, &pending.nonce, &pending.verifier).await;
    let address = address.map_err(|error| refused(&error))?;
    let cookie = Cookie(access.cookie).keep(&pending.browser)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Begins the session of a person who comes back from the provider.
pub(crate) async fn callback(
    State(state): State<AppState>,
    Extension(access): Extension<app::RequestAccess>,
    uri: Uri,
    headers: HeaderMap,
    Parameters(returned): Parameters<Returned>,
) -> Result<Response, Refusal> {
    let known = provider(&state)?;
    let now = std::time::SystemTime::now().into();
    let cookie = Cookie(access.cookie);
    let expired = || Refusal::from(ConsoleError::SignInExpired);
    let browser = cookie.value(&headers).ok_or_else(expired)?;
    if returned.state.len() > MAX_PARAMETER {
        return Err(expired());
    }
    let begun = state.console.take_from_provider(&returned.state, &browser, now).await?;
    if returned.iss.as_ref().is_some_and(|issuer| !known.provider.is_issuer(issuer)) {
        return Err(not_valid("the answer names another issuer"));
    }
    let code = match (returned.code, returned.error) {
        (Some(code), None) if code.len() <= MAX_PARAMETER => code,
        (_, error) => return Err(reported(error.as_deref().unwrap_or_default())),
    };
    let redirect_uri = address(access.cookie, &uri, &headers, CALLBACK)?;
    let identity = known.provider.redeem(code, &redirect_uri, &begun.nonce, begun.verifier).await;
    let from =
        SignInFrom { address: access.address, user_agent: access.user_agent, session_id: access.session_id };
    let identity = account(identity.map_err(|error| refused(&error))?);
    let signed_in = state.console.sign_in_from_provider(identity, &known.roles, &from, now).await?;
    let next = if begun.next.is_empty() { paths::OVERVIEW } else { &begun.next };
    let mut response = Redirect::to(next).into_response();
    let session = access.cookie.keep(signed_in.expose_token()).ok_or_else(internal)?;
    for cookie in [session, cookie.forget()?] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Sends the browser to the end of its session at the provider, after a sign-out here. Not by a redirect: it would belong to
/// the form of the sign-out, which may lead to our own pages only.
pub(crate) async fn ended(
    State(state): State<AppState>,
    Extension(access): Extension<app::RequestAccess>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let provider = provider(&state)?;
    let back_to = address(access.cookie, &uri, &headers, paths::SIGN_IN)?;
    // Whoever cannot be signed out there is signed out here all the same.
    let end = provider.provider.end_session_url(&back_to).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the provider has no end of sessions now");
        None
    });
    let Some(end) = end else { return Ok(Redirect::to(paths::SIGN_IN).into_response()) };
    let refresh = HeaderValue::try_from(format!("0; url={end}")).map_err(|_| internal())?;
    let headers = [(header::REFRESH, refresh), (header::CONTENT_SECURITY_POLICY, refusal_page::POLICY)];
    Ok((headers, Html(refusal_page::leaving(provider.name(), &end))).into_response())
}

/// Where the provider sends the browser back to.
const CALLBACK: &str = "/sign-in/callback";

fn provider(state: &AppState) -> Result<&SignInProvider, Refusal> {
    state.provider.as_deref().ok_or_else(|| Refusal::not_found("There is nothing at this address."))
}

/// The address of one of our pages, as the browser reaches it: the provider compares it with those that were registered.
fn address(cookie: SessionCookie, uri: &Uri, headers: &HeaderMap, path: &str) -> Result<String, Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has the host in the address.
    let host = host.or_else(|| uri.authority().map(Authority::as_str)).ok_or_else(internal)?;
    let scheme = if cookie.is_secure { "https" } else { "http" };
    Ok(format!("{scheme}://{host}{path}"))
}

fn account(identity: Identity) -> ProviderIdentity {
    let Identity { issuer, subject, name, user_name, roles } = identity;
    ProviderIdentity { issuer, subject, name, user_name, roles }
}

/// A sign-in that the provider did not complete. What it says is in the log; it may be about the set-up.
fn refused(error: &OpenIdError) -> Refusal {
    tracing::warn!(error = error as &dyn std::error::Error, "sign-in at the provider failed");
    match error {
        OpenIdError::Unreachable(_) => Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "provider-unreachable",
            "The provider does not answer",
            "Sign-in there does not work now. Try again in a moment, or sign in with a password of this console.",
        ),
        OpenIdError::Unusable(_) => Refusal::new(
            StatusCode::BAD_GATEWAY,
            "provider-unusable",
            "The provider cannot be used",
            "Its answer was not understood. The reason is in the log of this console: ask an administrator.",
        ),
        OpenIdError::CodeRefused(_) => not_valid("it did not take the code"),
        OpenIdError::NoIdToken => not_valid("it sent no ID token"),
        OpenIdError::TokenNotValid(_) => not_valid("its ID token is not valid"),
        OpenIdError::AccessTokenNotValid => not_valid("its access token is not valid"),
    }
}

fn not_valid(reason: &str) -> Refusal {
    refusal_log::refused("provider-answer-not-valid", reason);
    let detail =
        format!("The provider's answer cannot be trusted: {reason}. You are not signed in; begin again.");
    Refusal::new(StatusCode::FORBIDDEN, "provider-answer-not-valid", "You could not be signed in", detail)
}

/// The provider reports an error in place of a code. Anyone can request this address, so only known errors are repeated.
fn reported(error: &str) -> Refusal {
    let known = KNOWN_ERRORS.into_iter().find(|known| *known == error);
    refusal_log::refused("provider-refused", known.unwrap_or("an unknown error"));
    let detail = match known {
        Some(known) => format!("The provider did not sign you in. It reports: {known}. Begin again."),
        None => "The provider did not sign you in and gave no known reason. Begin again.".to_owned(),
    };
    Refusal::new(StatusCode::FORBIDDEN, "provider-refused", "You could not be signed in", detail)
}

fn internal() -> Refusal {
    let detail =
        "The address of this console is not known. Try again; if it stays so, report the request id.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", detail)
}

/// The cookie by which a browser that comes back is known again. Like the session's, but for ten minutes.
#[derive(Clone, Copy)]
struct Cookie(SessionCookie);

impl Cookie {
    const fn name(self) -> &'static str {
        if self.0.is_secure { "__Host-fleetcast_provider" } else { "fleetcast_provider" }
    }

    fn keep(self, value: &str) -> Result<HeaderValue, Refusal> {
        self.header(value, PROVIDER_SIGN_IN_LIFE.as_secs())
    }

    fn forget(self) -> Result<HeaderValue, Refusal> {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: u64) -> Result<HeaderValue, Refusal> {
        let (name, secure) = (self.name(), if self.0.is_secure { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        let mut header = HeaderValue::try_from(text).map_err(|_| internal())?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn value(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(self.name())?.strip_prefix('='))
            .find(|value| value.len() == TOKEN_LENGTH)
            .map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let token = "a".repeat(TOKEN_LENGTH);
        for (is_secure, cookies, is_found) in [
            (false, format!("fleetcast=1; fleetcast_provider={token}"), true),
            (true, format!("__Host-fleetcast_provider={token}"), true),
            (true, format!("fleetcast_provider={token}"), false),
            (false, "fleetcast_provider=short".to_owned(), false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookies.clone()).unwrap())]);
            let found = Cookie(SessionCookie { is_secure }).value(&headers);
            assert_eq!(found, is_found.then(|| token.clone()), "{cookies}");
        }
        let kept = Cookie(SessionCookie { is_secure: true }).keep("t").unwrap();
        let expected = "__Host-fleetcast_provider=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure";
        assert_eq!(kept.to_str().unwrap(), expected);
    }

    #[test]
    fn only_known_errors_are_repeated() {
        for (error, part) in
            [("access_denied", "access_denied"), ("<script>", "no known reason"), ("", "no known reason")]
        {
            let text = format!("{:?}", reported(error));
            assert!(text.contains(part) && !text.contains("script"), "{text}");
        }
    }
}
