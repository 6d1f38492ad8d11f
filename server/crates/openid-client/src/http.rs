//! The provider over HTTP: no redirects, limits of time and size.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};

use crate::OpenIdError;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer. Documents of providers have some kilobytes.
const MAX_BODY: usize = 1024 * 1024;

/// A request that did not bring an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// It could not be sent, or the answer did not arrive.
    #[error(transparent)]
    Sent(#[from] reqwest::Error),
    /// The answer is too large.
    #[error("the answer has more than {MAX_BODY} bytes")]
    TooLarge,
    /// The answer cannot be passed on.
    #[error(transparent)]
    Answer(#[from] http::Error),
}

/// A client that follows no redirects and trusts the platform's roots.
pub(crate) fn client(is_encrypted: bool) -> Result<reqwest::Client, OpenIdError> {
    let tls =
        if is_encrypted { hub_client::tls::client_config(None) } else { hub_client::tls::without_trust() };
    let unusable = |error: &dyn std::error::Error| OpenIdError::Unusable(error.to_string());
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.map_err(|error| unusable(&error))?)
        .user_agent(concat!("fleetcast/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .map_err(|error| unusable(&error))
}

/// Sends a request of the library.
pub(crate) async fn send(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut builder = http::Response::builder().status(response.status());
    if let Some(headers) = builder.headers_mut() {
        headers.clone_from(response.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(builder.body(body)?)
}
