//! The client at a provider that keeps the rules, and at one that does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]
#![allow(unreachable_pub, reason = "the modules of a test program are its own")]

mod provider;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use openid_client::{Identity, OpenIdError, Provider, Settings};
use reqwest::{Client, Url, redirect::Policy};
use serde_json::json;

use self::provider::{CLIENT_ID, CLIENT_SECRET, Fault, TestProvider};

const BACK: &str = "http://localhost:3000/sign-in/callback";
/// As long as the rules want it.
const VERIFIER: &str = "a-verifier-of-43-characters-0123456789-abcde";

fn settings(issuer: &str) -> Settings {
    // The test's own client is built without a TLS provider; a second test finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let scopes = ["profile".to_owned()];
    Settings::new(issuer, CLIENT_ID, Some(CLIENT_SECRET.into()), "roles", "", &scopes).unwrap()
}

fn client(issuer: &str) -> Provider {
    Provider::new(settings(issuer)).unwrap()
}

/// Goes to the provider as a browser does; returns the code that it comes back with.
async fn code(provider: &Provider, nonce: &str) -> String {
    let address = provider.authorize_url(BACK, "a-state", nonce, VERIFIER).await.unwrap();
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let answer = http.get(address).send().await.unwrap();
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(BACK), "{back}");
    let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(value("state"), "a-state");
    value("code")
}

async fn sign_in(provider: &Provider) -> Result<Identity, OpenIdError> {
    let code = code(provider, "a-nonce").await;
    provider.redeem(code, BACK, "a-nonce", VERIFIER.to_owned()).await
}

#[tokio::test]
async fn a_person_signs_in() {
    let server = TestProvider::start().await;
    let provider = client(&server.issuer());
    let expected = Identity {
        issuer: server.issuer(),
        subject: "1234".into(),
        name: Some("Mara Lindqvist".into()),
        user_name: Some("mara".into()),
        roles: Some(vec!["operator".into()]),
    };
    assert_eq!(sign_in(&provider).await.unwrap(), expected);
    sign_in(&provider).await.unwrap();
    assert_eq!(server.inside().keys_read, 1, "the keys are kept");
    assert!(provider.is_issuer(&server.issuer()) && !provider.is_issuer("http://127.0.0.1:1"));
    let end = provider.end_session_url("http://localhost:3000/sign-in").await.unwrap().unwrap();
    assert!(end.starts_with(&format!("{}/end?client_id=fleetcast&", server.issuer())), "{end}");
    assert!(end.contains("post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fsign-in"), "{end}");
}

#[tokio::test]
async fn a_token_that_cannot_be_trusted_is_refused() {
    let server = TestProvider::start().await;
    let provider = client(&server.issuer());
    for (fault, reason) in [
        (Fault::Expired, "Expired"),
        (Fault::Tampered, "SignatureVerification(CryptoError"),
        (Fault::UnknownKey, "SignatureVerification(NoMatchingKey"),
        (Fault::Unsigned, "SignatureVerification(NoSignature"),
        (Fault::OtherAudience, "InvalidAudience"),
        (Fault::SecondAudience, "InvalidAudience"),
        (Fault::OtherIssuer, "InvalidIssuer"),
        (Fault::OtherNonce, "InvalidNonce"),
        (Fault::OtherAccessToken, "AccessTokenNotValid"),
        (Fault::NoToken, "NoIdToken"),
    ] {
        server.inside().fault = fault;
        let refused = sign_in(&provider).await;
        let text = format!("{refused:?}");
        assert!(refused.is_err() && text.contains(reason), "{fault:?}: {text}");
    }
    server.inside().fault = Fault::None;
    sign_in(&provider).await.unwrap();
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_verifier() {
    let server = TestProvider::start().await;
    let provider = client(&server.issuer());
    let first = code(&provider, "a-nonce").await;
    provider.redeem(first.clone(), BACK, "a-nonce", VERIFIER.to_owned()).await.unwrap();
    let again = provider.redeem(first, BACK, "a-nonce", VERIFIER.to_owned()).await;
    assert!(matches!(again, Err(OpenIdError::CodeRefused(_))), "{again:?}");
    let second = code(&provider, "a-nonce").await;
    let other = format!("{VERIFIER}-another");
    let refused = provider.redeem(second, BACK, "a-nonce", other).await;
    assert!(matches!(refused, Err(OpenIdError::CodeRefused(_))), "{refused:?}");
    // A token of one sign-in is not taken for another.
    let third = code(&provider, "a-nonce").await;
    let replayed = provider.redeem(third, BACK, "another-nonce", VERIFIER.to_owned()).await;
    assert!(format!("{replayed:?}").contains("InvalidNonce"), "{replayed:?}");
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_a_minute() {
    let server = TestProvider::start().await;
    let (begin, passed) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let moved = Arc::clone(&passed);
    let clock = move || begin + Duration::from_secs(moved.load(Ordering::Relaxed));
    let provider = Provider::with_clock(settings(&server.issuer()), clock).unwrap();
    sign_in(&provider).await.unwrap();
    server.inside().change_key();
    // Read a moment ago: whoever sends tokens with made-up keys does not make the client ask each time.
    assert!(sign_in(&provider).await.is_err());
    assert_eq!(server.inside().keys_read, 1);
    passed.store(59, Ordering::Relaxed);
    assert!(sign_in(&provider).await.is_err());
    assert_eq!(server.inside().keys_read, 1);
    passed.store(60, Ordering::Relaxed);
    sign_in(&provider).await.unwrap();
    assert_eq!(server.inside().keys_read, 2);
}

#[tokio::test]
async fn what_the_token_lacks_comes_from_the_user_info() {
    let server = TestProvider::start().await;
    let provider = client(&server.issuer());
    server.inside().claims = json!({});
    let bare = sign_in(&provider).await.unwrap();
    assert_eq!((bare.name, bare.user_name, bare.roles), (None, None, None));
    server.inside().user_info = json!({"name": "Mara L", "email": "mara@example.com", "roles": "viewer"});
    let whole = sign_in(&provider).await.unwrap();
    assert_eq!(
        (whole.name.as_deref(), whole.user_name.as_deref()),
        (Some("Mara L"), Some("mara@example.com"))
    );
    assert_eq!(whole.roles, Some(vec!["viewer".to_owned()]));
    // It is about another person.
    server.inside().user_info = json!({"sub": "9999", "roles": "administrator"});
    assert_eq!(sign_in(&provider).await.unwrap().roles, None);
}

#[tokio::test]
async fn a_provider_that_is_away_is_reported_and_asked_again() {
    let server = TestProvider::start().await;
    let issuer = server.issuer();
    let provider = client(&issuer);
    let other = client("http://127.0.0.1:1");
    let away = other.authorize_url(BACK, "s", "n", VERIFIER).await.unwrap_err();
    assert!(matches!(away, OpenIdError::Unreachable(_)), "{away:?}");
    let soon = other.authorize_url(BACK, "s", "n", VERIFIER).await.unwrap_err().to_string();
    assert!(soon.contains("a moment ago"), "{soon}");
    provider.authorize_url(BACK, "s", "n", VERIFIER).await.unwrap();
}
