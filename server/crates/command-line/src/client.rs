//! Requests to the server, and its answers and refusals.

use std::{io::Write, time::Duration};

use console_wire::{
    access::{GrantError, TokenText},
    problem::Problem,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, arguments::ConnectionArgs, credentials::Target};

/// What a path's segment keeps as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Longest wait for an answer: a direct method may wait for its device.
const TIMEOUT: Duration = Duration::from_secs(330);

/// Longest that a stream of events is read before it is opened again.
const LONGEST_STREAM: Duration = Duration::from_hours(24);

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: String,
    token: Option<TokenText>,
}

/// Whether an address is one of this machine, so that no other machine reads what is sent.
fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Text as a segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

impl Client {
    /// By arguments, environment and the file of logins.
    pub(crate) fn new(connection: &ConnectionArgs) -> Result<Self, Error> {
        Self::to(Target::of(connection)?)
    }

    pub(crate) fn to(target: Target) -> Result<Self, Error> {
        let Target { server, token } = target;
        let url = reqwest::Url::parse(&server).map_err(|_| Error::Address(server.clone()))?;
        if token.is_some() && url.scheme() == "http" && !is_this_machine(&url) {
            return Err(Error::Unencrypted { server });
        }
        let tls = match url.scheme() {
            "https" => hub_client::tls::client_config(None),
            "http" => hub_client::tls::without_trust(),
            _ => return Err(Error::Address(server)),
        };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.map_err(|error| Error::Client(error.into()))?)
            .user_agent(concat!("fleetcast/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| Error::Client(error.into()))?;
        Ok(Self { http, server, token })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    /// Sends a form of device authorisation. A refusal by the RFC's words is [`Error::Grant`].
    pub(crate) async fn grant<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<T, Error> {
        let request = self.http.post(format!("{}{path}", self.server)).form(fields);
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|source| self.unreachable(source))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| self.not_fleetcast(status.as_u16()));
        }
        if let Ok(GrantError { error, error_description }) = serde_json::from_slice(&body) {
            return Err(Error::Grant { error, sentence: error_description });
        }
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if problem.status == 404 => Error::SignInOff { server: self.server.clone() },
            Ok(problem) => Error::Refused(Box::new(problem)),
            Err(_) => self.not_fleetcast(status.as_u16()),
        })
    }

    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, Error> {
        self.json(self.request(Method::GET, path).query(query)).await
    }

    /// Sends a body.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.json(self.request(method, path).json(body)).await
    }

    /// Copies an answer as it arrives.
    pub(crate) async fn download(
        &self,
        path: &str,
        query: &[(&str, String)],
        to: &mut impl Write,
    ) -> Result<(), Error> {
        let mut response = self.answer(self.request(Method::GET, path).query(query)).await?;
        while let Some(chunk) = response.chunk().await.map_err(|source| self.unreachable(source))? {
            to.write_all(&chunk).map_err(Error::Output)?;
        }
        to.flush().map_err(Error::Output)
    }

    /// Opens a stream of events, which may last as long as the server runs.
    pub(crate) async fn open(&self, path: &str, query: &[(&str, String)]) -> Result<Response, Error> {
        self.answer(self.request(Method::GET, path).query(query).timeout(LONGEST_STREAM)).await
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = self.answer(request).await?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|source| self.unreachable(source))?;
        serde_json::from_slice(&body).map_err(|_| self.not_fleetcast(status))
    }

    /// The answer, if it is no refusal.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|source| self.unreachable(source))?;
        Err(match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if status == 401 => Error::SignedOut {
                server: self.server.clone(),
                reason: self.token.is_some().then_some(problem.detail),
            },
            Ok(problem) => Error::Refused(Box::new(problem)),
            Err(_) => self.not_fleetcast(status),
        })
    }

    fn unreachable(&self, source: reqwest::Error) -> Error {
        Error::Unreachable { server: self.server.clone(), source: source.without_url() }
    }

    fn not_fleetcast(&self, status: u16) -> Error {
        Error::NotFleetcast { server: self.server.clone(), status }
    }
}
