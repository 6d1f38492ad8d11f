//! The provider: its addresses and keys, and one sign-in.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, IdToken,
    IdTokenClaims, IdTokenFields, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse as _,
    UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;
use tracing::{debug, info};

use crate::{
    OpenIdError, Settings,
    claims::OtherClaims,
    http::{self, HttpError},
};

/// Keys are read again for an unknown one this often at most.
const REREAD_AFTER: Duration = Duration::from_mins(1);
/// A provider that was away is asked again after this.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How the provider may sign its tokens: with a key of which it publishes the other half.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Token =
    IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
type UserInfo = UserInfoClaims<OtherClaims, CoreGenderClaim>;
type Tokens = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
/// The library's client with our claims, of a provider whose addresses are known.
type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who has signed in, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The issuer.
    pub issuer: String,
    /// The person at this issuer: never changes and is never used again.
    pub subject: String,
    /// What others call the person, if the provider says so.
    pub name: Option<String>,
    /// What the person is called in the provider's directory: a preferred user name, or a mail address.
    pub user_name: Option<String>,
    /// The values of the role claim; `None` when the claim is not there.
    pub roles: Option<Vec<String>>,
}

/// A provider. Shared by all requests.
pub struct Provider {
    settings: Settings,
    http: reqwest::Client,
    cache: Mutex<Cache>,
    clock: Clock,
}

/// The time, for how often keys are read.
type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.settings.issuer.as_str())
    }
}

/// What was read of the provider.
#[derive(Debug, Default)]
struct Cache {
    metadata: Option<Arc<ProviderMetadataWithLogout>>,
    /// When it was last read, or could not be read.
    read_at: Option<Instant>,
}

impl Provider {
    /// A client of the provider; sends nothing yet.
    ///
    /// # Errors
    /// [`OpenIdError::Unusable`] when there is no trust in certificates on this machine.
    pub fn new(settings: Settings) -> Result<Self, OpenIdError> {
        Self::with_clock(settings, Instant::now)
    }

    /// The same with a clock, which tests move.
    ///
    /// # Errors
    /// As [`Provider::new`].
    pub fn with_clock(
        settings: Settings,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Result<Self, OpenIdError> {
        let http = http::client(settings.issuer.url().scheme() == "https")?;
        Ok(Self { settings, http, cache: Mutex::default(), clock: Box::new(clock) })
    }

    /// Whether less than a span has passed since a time.
    fn is_recent(&self, since: Option<Instant>, span: Duration) -> bool {
        since.is_some_and(|since| (self.clock)().saturating_duration_since(since) < span)
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The address at which a person signs in. The provider sends the browser back to `redirect_uri`, with `state` as it is
    /// here. `verifier` has 43 to 128 unreserved characters; the provider learns its SHA-256.
    ///
    /// # Errors
    /// `Unreachable` and `Unusable`.
    pub async fn authorize_url(
        &self,
        redirect_uri: &str,
        state: &str,
        nonce: &str,
        verifier: &str,
    ) -> Result<String, OpenIdError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata, redirect_uri)?;
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let (state, nonce) = (CsrfToken::new(state.to_owned()), Nonce::new(nonce.to_owned()));
        let (address, ..) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.into())
    }

    /// Whether an answer that names its issuer comes from this provider (RFC 9207).
    pub fn is_issuer(&self, issuer: &str) -> bool {
        self.settings.issuer.as_str() == issuer
    }

    /// Exchanges a code, and checks who has signed in. What is missing in the ID token is read from the provider's user info,
    /// where it has that.
    ///
    /// # Errors
    /// [`OpenIdError`]; no person is signed in then.
    pub async fn redeem(
        &self,
        code: String,
        redirect_uri: &str,
        nonce: &str,
        verifier: String,
    ) -> Result<Identity, OpenIdError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata, redirect_uri)?;
        let http = |request| http::send(self.http.clone(), request);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| OpenIdError::Unusable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&http)
            .await
            .map_err(code_error)?;
        let token = tokens.id_token().ok_or(OpenIdError::NoIdToken)?;
        let nonce = Nonce::new(nonce.to_owned());
        let claims = match verify(&client, token, &tokens, &nonce) {
            Err(OpenIdError::TokenNotValid(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ))) => {
                let metadata = self.read_again(&metadata).await?;
                verify(&self.client(&metadata, redirect_uri)?, token, &tokens, &nonce)?
            }
            other => other?,
        };
        let mut identity = self.identity(&claims);
        if identity.roles.is_none() || identity.name.is_none() {
            self.complete(&client, &tokens, &claims, &mut identity).await;
        }
        Ok(identity)
    }

    /// The address that ends the person's session at the provider and leads back; `None` where the provider has none.
    ///
    /// # Errors
    /// `Unreachable`.
    pub async fn end_session_url(&self, back_to: &str) -> Result<Option<String>, OpenIdError> {
        let metadata = self.metadata().await?;
        let Some(endpoint) = metadata.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let back_to = PostLogoutRedirectUrl::new(back_to.to_owned())
            .map_err(|error| OpenIdError::Unusable(error.to_string()))?;
        let request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(back_to);
        Ok(Some(request.http_get_url().into()))
    }

    fn client(
        &self,
        metadata: &ProviderMetadataWithLogout,
        redirect_uri: &str,
    ) -> Result<Client, OpenIdError> {
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let redirect_uri = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|error| OpenIdError::Unusable(error.to_string()))?;
        let client_id = ClientId::new(self.settings.client_id.clone());
        Ok(Client::from_provider_metadata(metadata.clone(), client_id, secret).set_redirect_uri(redirect_uri))
    }

    /// The provider's addresses and keys, read when they are first needed.
    async fn metadata(&self) -> Result<Arc<ProviderMetadataWithLogout>, OpenIdError> {
        let mut cache = self.cache.lock().await;
        if let Some(metadata) = &cache.metadata {
            return Ok(Arc::clone(metadata));
        }
        if self.is_recent(cache.read_at, RETRY_AFTER) {
            return Err(OpenIdError::Unreachable("it was away a moment ago".to_owned()));
        }
        self.read(&mut cache).await
    }

    /// Reads addresses and keys again, unless another caller has done so since, or it is too soon.
    async fn read_again(
        &self,
        known: &Arc<ProviderMetadataWithLogout>,
    ) -> Result<Arc<ProviderMetadataWithLogout>, OpenIdError> {
        let mut cache = self.cache.lock().await;
        let is_recent = self.is_recent(cache.read_at, REREAD_AFTER);
        match &cache.metadata {
            Some(newer) if is_recent || !Arc::ptr_eq(newer, known) => Ok(Arc::clone(newer)),
            _ => self.read(&mut cache).await,
        }
    }

    async fn read(&self, cache: &mut Cache) -> Result<Arc<ProviderMetadataWithLogout>, OpenIdError> {
        let http = |request: HttpRequest| http::send(self.http.clone(), request);
        cache.read_at = Some((self.clock)());
        let read = ProviderMetadataWithLogout::discover_async(self.settings.issuer.clone(), &http).await;
        let metadata = Arc::new(read.map_err(|error| OpenIdError::Unreachable(chain(&error)))?);
        info!(issuer = self.settings.issuer.as_str(), "provider of sign-in read");
        cache.metadata = Some(Arc::clone(&metadata));
        Ok(metadata)
    }

    fn identity(&self, claims: &Claims) -> Identity {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let preferred = claims.preferred_username().and_then(|name| text(name));
        Identity {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            name: claims.name().and_then(|name| name.get(None)).and_then(|name| text(name)),
            user_name: preferred.or_else(|| claims.email().and_then(|mail| text(mail))),
            roles: claims.additional_claims().values(&self.settings.role_claim),
        }
    }

    /// Adds what only the provider's user info has. Without it the sign-in goes on with what there is.
    async fn complete(&self, client: &Client, tokens: &Tokens, claims: &Claims, identity: &mut Identity) {
        let http = |request| http::send(self.http.clone(), request);
        // The library checks that it is about the same person.
        let request = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
        let Ok(request) = request else { return };
        let info: UserInfo = match request.request_async(&http).await {
            Ok(info) => info,
            Err(error) => {
                debug!(error = chain(&error), "the provider's user info could not be read");
                return;
            }
        };
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let name = || info.name().and_then(|name| name.get(None)).and_then(|name| text(name));
        identity.name = identity.name.take().or_else(name);
        let user_name = || {
            let preferred = info.preferred_username().and_then(|name| text(name));
            preferred.or_else(|| info.email().and_then(|mail| text(mail)))
        };
        identity.user_name = identity.user_name.take().or_else(user_name);
        let roles = || info.additional_claims().values(&self.settings.role_claim);
        identity.roles = identity.roles.take().or_else(roles);
    }
}

/// Checks an ID token: signature, issuer, audience, time, nonce, and that the access token belongs to it.
fn verify(client: &Client, token: &Token, tokens: &Tokens, nonce: &Nonce) -> Result<Claims, OpenIdError> {
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
    let claims = token.claims(&verifier, nonce).map_err(OpenIdError::TokenNotValid)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|_| OpenIdError::AccessTokenNotValid)?;
        let key = token.signing_key(&verifier).map_err(|_| OpenIdError::AccessTokenNotValid)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|_| OpenIdError::AccessTokenNotValid)?;
        if actual != *expected {
            return Err(OpenIdError::AccessTokenNotValid);
        }
    }
    Ok(claims.clone())
}

fn code_error(
    error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> OpenIdError {
    match error {
        RequestTokenError::ServerResponse(answer) => OpenIdError::CodeRefused(answer.to_string()),
        RequestTokenError::Request(error) => OpenIdError::Unreachable(chain(&error)),
        // The answer may hold tokens, so it is not part of the text.
        RequestTokenError::Parse(error, _) => OpenIdError::Unusable(error.to_string()),
        RequestTokenError::Other(text) => OpenIdError::Unusable(text),
    }
}

/// An error with its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
