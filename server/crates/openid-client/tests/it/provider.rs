//! A provider of OpenID Connect for tests. It signs everybody in at once, keeps the rules of the code flow (a code is good for
//! one exchange, with the verifier of its challenge), and makes the mistakes that a test asks for.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

/// What the provider calls the console.
pub const CLIENT_ID: &str = "fleetcast";
/// Characters that a client has to encode in its credentials.
pub const CLIENT_SECRET: &str = "s3cret:/+ of the client";

/// What is wrong with the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Its time is over.
    Expired,
    /// Changed after it was signed.
    Tampered,
    /// Signed with a key that the provider does not publish.
    UnknownKey,
    /// Not signed at all.
    Unsigned,
    /// For another client.
    OtherAudience,
    /// For this client and another one.
    SecondAudience,
    /// Of another provider.
    OtherIssuer,
    /// Of another sign-in.
    OtherNonce,
    /// For another access token.
    OtherAccessToken,
    /// There is none.
    NoToken,
}

/// A code that was given out.
struct Code {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

/// The provider's state, to read and to change.
pub struct Inside {
    pub fault: Fault,
    /// Claims of the ID token, besides those of the protocol.
    pub claims: Value,
    /// What the user info has.
    pub user_info: Value,
    /// How often the keys were read.
    pub keys_read: u32,
    /// Reports this error in place of a code.
    pub reports: Option<&'static str>,
    key: Key,
    codes: HashMap<String, Code>,
    codes_made: u32,
    issuer: String,
}

struct Key {
    id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let text = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, text.as_ref(), &random).unwrap();
        Self { id: id.to_owned(), pair }
    }

    /// As the provider publishes it.
    fn published(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": x, "y": y})
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.id});
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64.encode(signature.as_ref()))
    }
}

type Shared = Arc<Mutex<Inside>>;

pub struct TestProvider {
    address: SocketAddr,
    inside: Shared,
    server: JoinHandle<()>,
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl TestProvider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside {
            fault: Fault::None,
            claims: json!({"name": "Mara Lindqvist", "preferred_username": "mara", "roles": ["operator"]}),
            user_info: json!({}),
            keys_read: 0,
            reports: None,
            key: Key::new("first"),
            codes: HashMap::new(),
            codes_made: 0,
            issuer: format!("http://{address}"),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(Arc::clone(&inside));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inside, server }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }
}

impl Inside {
    /// From now on the provider signs with another key.
    pub fn change_key(&mut self) {
        self.key = Key::new("second");
    }

    fn id_token(&self, nonce: &str, access_token: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let access_hash = |token: &str| BASE64.encode(&Sha256::digest(token)[..16]);
        let mut claims = json!({"iss": self.issuer, "sub": "1234", "aud": CLIENT_ID, "nonce": nonce,
            "iat": now, "exp": now + 300, "at_hash": access_hash(access_token)});
        for (name, value) in self.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        match self.fault {
            Fault::Expired => claims["exp"] = (now - 10).into(),
            Fault::OtherAudience => claims["aud"] = "another".into(),
            Fault::SecondAudience => claims["aud"] = json!([CLIENT_ID, "another"]),
            Fault::OtherIssuer => claims["iss"] = "http://127.0.0.1:1".into(),
            Fault::OtherNonce => claims["nonce"] = "another".into(),
            Fault::OtherAccessToken => claims["at_hash"] = access_hash("another").into(),
            _ => {}
        }
        match self.fault {
            Fault::UnknownKey => Key::new("unknown").sign(&claims),
            Fault::Unsigned => {
                let header = BASE64.encode(json!({"alg": "none"}).to_string());
                format!("{header}.{}.", BASE64.encode(claims.to_string()))
            }
            Fault::Tampered => {
                let token = self.key.sign(&claims);
                claims["roles"] = json!(["administrator"]);
                let [header, _, signature]: [&str; 3] =
                    token.split('.').collect::<Vec<_>>().try_into().unwrap();
                format!("{header}.{}.{signature}", BASE64.encode(claims.to_string()))
            }
            _ => self.key.sign(&claims),
        }
    }
}

async fn configuration(State(inside): State<Shared>) -> Json<Value> {
    let issuer = inside.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "end_session_endpoint": format!("{issuer}/end"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys(State(inside): State<Shared>) -> Json<Value> {
    let mut inside = inside.lock().unwrap();
    inside.keys_read += 1;
    Json(json!({"keys": [inside.key.published()]}))
}

async fn authorize(State(inside): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let mut inside = inside.lock().unwrap();
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    assert_eq!((get("response_type").as_str(), get("client_id").as_str()), ("code", CLIENT_ID));
    assert_eq!(get("code_challenge_method"), "S256");
    assert!(get("scope").split(' ').any(|scope| scope == "openid"), "{query:?}");
    let (redirect_uri, state) = (get("redirect_uri"), get("state"));
    if let Some(error) = inside.reports {
        return Redirect::to(&format!("{redirect_uri}?error={error}&state={state}")).into_response();
    }
    inside.codes_made += 1;
    let code = format!("code-{}", inside.codes_made);
    let given =
        Code { nonce: get("nonce"), challenge: get("code_challenge"), redirect_uri: redirect_uri.clone() };
    inside.codes.insert(code.clone(), given);
    Redirect::to(&format!("{redirect_uri}?code={code}&state={state}")).into_response()
}

async fn token(
    State(inside): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut inside = inside.lock().unwrap();
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    if !is_client(&headers) {
        return refuse("invalid_client");
    }
    // A code is good once.
    let Some(code) = inside.codes.remove(&form["code"]) else { return refuse("invalid_grant") };
    let challenge = BASE64.encode(Sha256::digest(&form["code_verifier"]));
    if challenge != code.challenge || form["redirect_uri"] != code.redirect_uri {
        return refuse("invalid_grant");
    }
    let access_token = "an-access-token";
    let mut answer = json!({"access_token": access_token, "token_type": "Bearer", "expires_in": 300});
    if inside.fault != Fault::NoToken {
        answer["id_token"] = inside.id_token(&code.nonce, access_token).into();
    }
    Json(answer).into_response()
}

/// Whether the client has proved who it is (RFC 6749, 2.3.1).
fn is_client(headers: &HeaderMap) -> bool {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(encoded) = basic.and_then(|value| value.strip_prefix("Basic ")) else { return false };
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap();
    text == format!("{CLIENT_ID}:s3cret%3A%2F%2B+of+the+client")
}

async fn user_info(State(inside): State<Shared>, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer an-access-token") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut info = inside.lock().unwrap().user_info.clone();
    if info.get("sub").is_none() {
        info["sub"] = "1234".into();
    }
    Json(info).into_response()
}
