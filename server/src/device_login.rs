//! Device authorisation, RFC 8628: `POST /api/device-authorization` and `POST /api/token`.
//!
//! Form fields in, JSON out, errors as RFC 6749 has them, section 5.2: other command lines than ours may use it.

use app::addresses as paths;
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::post,
};
use console::{ConsoleError, PollRefusal};
use console_wire::access::{
    CLIENT_ID, DEVICE_LOGIN_LIFE, DeviceAuthorization, GRANT_TYPE, GrantError, GrantedToken, POLL_INTERVAL,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{problem::Refusal, refusal_log, request_context, state::AppState};

/// Largest body: a code and a few words.
const MAX_BODY: usize = 4 * 1024;

/// Whether browsers reach the server over TLS.
#[derive(Debug, Clone, Copy)]
struct IsSecure(bool);

/// Both routes.
pub(crate) fn router(is_secure: bool) -> Router<AppState> {
    Router::new()
        .route("/api/device-authorization", post(begin))
        .route("/api/token", post(poll))
        .layer(Extension(IsSecure(is_secure)))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Section 3.1. `machine` is ours: what the person is shown.
#[derive(Debug, Deserialize)]
struct BeginRequest {
    client_id: Option<String>,
    #[serde(default)]
    machine: String,
}

/// Section 3.4. Its code is a secret, so it is never printed.
#[derive(Deserialize)]
struct PollRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    device_code: Option<String>,
}

/// Begins: answers with both codes.
async fn begin(
    State(state): State<AppState>,
    Extension(is_secure): Extension<IsSecure>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let request: BeginRequest = form(&body)?;
    check_client(request.client_id.as_deref())?;
    let address = request_context::client().map(|address| address.to_string());
    let now = std::time::SystemTime::now().into();
    let begun = state.console.begin_device_login(&request.machine, address.as_deref(), now).await;
    let Some(codes) = begun? else {
        let sentence = "Too many command lines ask to sign in. Try again in a minute.";
        return Err(refused(StatusCode::TOO_MANY_REQUESTS, "slow_down", sentence));
    };
    let verification_uri = format!("{}{}", origin(is_secure, &uri, &headers), paths::ACTIVATE);
    Ok(answer(DeviceAuthorization {
        device_code: codes.device_code.expose_secret().to_owned(),
        verification_uri_complete: format!("{verification_uri}?user_code={}", codes.user_code),
        user_code: codes.user_code.to_string(),
        verification_uri,
        expires_in: DEVICE_LOGIN_LIFE.as_secs(),
        interval: POLL_INTERVAL.as_secs(),
    }))
}

/// Answers a poll: the token, once a person has allowed it.
async fn poll(State(state): State<AppState>, body: Bytes) -> Result<Response, Refused> {
    let request: PollRequest = form(&body)?;
    check_client(request.client_id.as_deref())?;
    if request.grant_type.as_deref() != Some(GRANT_TYPE) {
        let sentence = format!("grant_type has to be {GRANT_TYPE}.");
        return Err(refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", sentence));
    }
    let Some(device_code) = request.device_code.filter(|code| !code.is_empty()) else {
        return Err(refused(StatusCode::BAD_REQUEST, "invalid_request", "device_code is missing."));
    };
    let now = std::time::SystemTime::now().into();
    match state.console.poll_device_login(&device_code, now).await? {
        Ok(granted) => Ok(answer(GrantedToken {
            access_token: granted.token,
            token_type: "Bearer".to_owned(),
            expires_in: granted.life.as_secs(),
        })),
        Err(refusal) => {
            let (error, sentence) = error_of(refusal);
            Err(refused(StatusCode::BAD_REQUEST, error, sentence))
        }
    }
}

/// The RFC's word, and a sentence.
const fn error_of(refusal: PollRefusal) -> (&'static str, &'static str) {
    match refusal {
        PollRefusal::Pending => ("authorization_pending", "The code has not been confirmed yet."),
        PollRefusal::SlowDown => ("slow_down", "Poll 5 seconds less often from now on."),
        PollRefusal::Denied => ("access_denied", "The login was denied. Begin again."),
        PollRefusal::Expired => {
            ("expired_token", "The code was not confirmed within 10 minutes. Begin again.")
        }
        PollRefusal::Unknown => {
            ("invalid_grant", "There is no such code, or its token was issued already. Begin again.")
        }
        PollRefusal::TooManyTokens => {
            ("access_denied", "The account has as many tokens as it may have. Revoke one that is not used.")
        }
    }
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_urlencoded::from_bytes(body).map_err(|error| {
        let sentence = format!("The form cannot be read: {error}.");
        refused(StatusCode::BAD_REQUEST, "invalid_request", sentence)
    })
}

fn check_client(client_id: Option<&str>) -> Result<(), Refused> {
    if client_id == Some(CLIENT_ID) {
        return Ok(());
    }
    let sentence = format!("client_id has to be {CLIENT_ID}.");
    Err(refused(StatusCode::UNAUTHORIZED, "invalid_client", sentence))
}

/// Where the client reaches this server. The client itself named the host, and only the client is answered with it.
fn origin(IsSecure(is_secure): IsSecure, uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
    format!("{}://{host}", if is_secure { "https" } else { "http" })
}

fn answer(value: impl serde::Serialize) -> Response {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (no_store, Json(value)).into_response()
}

/// Why there is neither a code nor a token.
#[derive(Debug)]
enum Refused {
    /// By the RFC's word.
    Grant { status: StatusCode, error: &'static str, sentence: String },
    /// The console failed.
    Failed(Refusal),
}

fn refused(status: StatusCode, error: &'static str, sentence: impl Into<String>) -> Refused {
    Refused::Grant { status, error, sentence: sentence.into() }
}

impl From<ConsoleError> for Refused {
    fn from(error: ConsoleError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Failed(refusal) => refusal.into_response(),
            Self::Grant { status, error, sentence } => {
                // A poll before the answer is no refusal worth a line.
                if error != "authorization_pending" {
                    refusal_log::refused(error, &sentence);
                }
                let body = GrantError { error: error.to_owned(), error_description: sentence };
                (status, answer(body)).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_led_to_the_host_that_the_client_called() {
        for (is_secure, uri, host, expected) in [
            (false, "/api/device-authorization", Some("127.0.0.1:3000"), "http://127.0.0.1:3000"),
            (true, "/api/device-authorization", Some("fleet.example"), "https://fleet.example"),
            (true, "https://fleet.example:8443/api/device-authorization", None, "https://fleet.example:8443"),
        ] {
            let host = host.map(|host| (header::HOST, HeaderValue::from_static(host)));
            let headers = HeaderMap::from_iter(host);
            assert_eq!(origin(IsSecure(is_secure), &uri.parse().unwrap(), &headers), expected);
        }
    }
}
