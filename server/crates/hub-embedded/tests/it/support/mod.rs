//! A hub on ports of the system's choice, in a folder that goes with it, and a caller that signs as SDKs do.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test program uses its share of this"
)]

pub mod device;

use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    Timestamp,
    sas::{SasKey, sign_token},
};
use reqwest::{Method, header::HeaderMap};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

/// A running hub and its caller.
pub struct TestHub {
    pub hub: Hub,
    pub http: reqwest::Client,
    pub data_dir: TempDir,
}

/// What the hub answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl TestHub {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut HubConfig)) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), change).await
    }

    /// In a folder that may hold an earlier hub's store.
    pub async fn start_in(data_dir: TempDir, change: impl FnOnce(&mut HubConfig)) -> Self {
        // Another test of this program may have been first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut config = HubConfig::local(data_dir.path());
        change(&mut config);
        let hub = Hub::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { hub, http, data_dir }
    }

    /// Stops it, so that what its end brings to light fails the test; its folder remains.
    pub async fn stop(self) -> TempDir {
        let Self { hub, http, data_dir } = self;
        let addresses = *hub.addresses();
        hub.stop().await;
        drop(http);
        for address in [addresses.rest, addresses.mqtt] {
            tokio::net::TcpStream::connect(address).await.expect_err("the hub stopped, and still listens");
        }
        data_dir
    }

    /// A token of the policy `iothubowner` that is good for an hour.
    pub fn token(&self) -> String {
        let service = self.hub.connection_string();
        token(&service.key, &service.host_name, 3600, Some(&service.policy))
    }

    /// A request with its version and token, as an SDK would make it.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let joint = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}{path}{joint}api-version={}", self.hub.rest_url(), hub_wire::API_VERSION);
        self.http.request(method, url).header("authorization", self.token())
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn put_if(&self, path: &str, etag: &str, body: Value) -> Reply {
        send(self.request(Method::PUT, path).header("if-match", etag).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn patch_if(&self, path: &str, etag: &str, body: Value) -> Reply {
        send(self.request(Method::PATCH, path).header("if-match", etag).json(&body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn delete_if(&self, path: &str, etag: &str) -> Reply {
        send(self.request(Method::DELETE, path).header("if-match", etag)).await
    }

    /// Registers a device and gives its identity.
    pub async fn create(&self, device_id: &str) -> Value {
        let body = serde_json::json!({"deviceId": device_id});
        self.put(&format!("/devices/{device_id}"), body).await.ok()
    }
}

/// A token over an escaped resource, `seconds` from now.
pub fn token(key: &SasKey, resource: &str, seconds: i64, policy: Option<&str>) -> String {
    let now = Timestamp::from(std::time::SystemTime::now()).unix_seconds();
    sign_token(key, resource, now + seconds, policy).expose_secret().to_owned()
}

/// Sends, and checks what every answer of the hub has.
pub async fn send(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let reply = Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    };
    assert!(reply.header("x-ms-request-id").is_some(), "{reply:?}");
    if !reply.text.is_empty() {
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"), "{reply:?}");
    }
    reply
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// Asserts a refusal: status, header and envelope A agree. Gives the text after the code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.header("iothub-errorcode")), (status, Some(code)), "{self:?}");
        let body = self.json();
        let (said, text) = body["Message"].as_str().unwrap().split_once(';').unwrap();
        assert_eq!(said, format!("ErrorCode:{code}"), "{self:?}");
        let tracking = body["ExceptionMessage"].as_str().unwrap();
        let request_id = self.header("x-ms-request-id").unwrap();
        assert!(tracking.starts_with(&format!("Tracking ID:{request_id}-TimeStamp:")), "{tracking}");
        text.to_owned()
    }

    /// Asserts a refusal whose body is envelope B as text inside envelope A, as direct methods have it.
    #[track_caller]
    pub fn method_refused(&self, status: u16, number: u32, code: &str) -> String {
        assert_eq!((self.status, self.header("iothub-errorcode")), (status, Some(code)), "{self:?}");
        let body = self.json();
        assert_eq!(body["ExceptionMessage"], "");
        let nested: Value = serde_json::from_str(body["Message"].as_str().unwrap()).unwrap();
        assert_eq!(nested["errorCode"], number, "{self:?}");
        assert_eq!(nested["info"], Value::Null, "C# reads a map of text to text");
        nested["message"].as_str().unwrap().to_owned()
    }
}

/// Asks again until it is so; a test that waits half a minute has failed. For what comes about without an event that a
/// caller of the hub could wait for.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let so = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), so).await.expect("it comes about in time");
}
