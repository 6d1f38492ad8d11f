//! What can go wrong at the provider.

use openidconnect::ClaimsVerificationError;

/// A sign-in that the provider did not complete.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    /// The provider was not reached, or did not answer as a provider of OpenID Connect does.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// The provider did not exchange the code: it was used, is too old, or belongs to another client.
    #[error("the provider did not take the code: {0}")]
    CodeRefused(String),
    /// The provider sent no ID token.
    #[error("the provider sent no ID token")]
    NoIdToken,
    /// The ID token is not to be trusted.
    #[error("the ID token is not valid")]
    TokenNotValid(#[source] ClaimsVerificationError),
    /// The access token does not belong to the ID token.
    #[error("the access token does not belong to the ID token")]
    AccessTokenNotValid,
    /// The provider lacks what the code flow needs.
    #[error("the provider cannot be used: {0}")]
    Unusable(String),
}
