//! The server as built, in a process of its own.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use hub_client::HubClient;
use hub_wire::connection_string::ServiceConnectionString;
use reqwest::Client;
use serde_json::Value;

use crate::{
    folder::Folder,
    hub,
    process::{Process, Stop, fleetcast},
};

const PATIENCE: Duration = Duration::from_mins(1);
/// Starts of the server, each on other addresses, before the run ends.
const ATTEMPTS: u32 = 3;

/// A running `fleetcast` without devices of its own.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) url: String,
    pub(crate) http: Client,
    pub(crate) mqtt: String,
    pub(crate) connection: ServiceConnectionString,
    /// A client of its embedded hub.
    pub(crate) hub: HubClient,
    /// From the start of the process to the first page, in seconds.
    pub(crate) ready_in: f64,
}

impl Server {
    /// Starts it on a folder and waits for its first page.
    pub(crate) async fn start(folder: &Folder) -> anyhow::Result<Self> {
        let connection = hub_embedded::connection_string(folder.path(), "localhost").await?;
        let http = Client::new();
        let mut attempt = 1;
        let (rest, mqtt, begin, process, url) = loop {
            let (rest, mqtt) = free_addresses()?;
            let begin = Instant::now();
            let mut command = fleetcast()?;
            command
                .args(["--listen", "127.0.0.1:0", "--simulated-devices", "0"])
                .args(["--hub-listen", &rest, "--mqtt-listen", &mqtt, "--data-dir"])
                .arg(folder.path());
            let mut process = Process::start("fleetcast", &mut command)?;
            match process.line("console listening on ", PATIENCE).await {
                Ok(url) => break (rest, mqtt, begin, process, url),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        };
        get(&http, &format!("{url}/jobs")).await?;
        let ready_in = begin.elapsed().as_secs_f64();
        let hub = hub::client(&connection, &format!("http://{rest}"))?;
        Ok(Self { process, url, http, mqtt, connection, hub, ready_in })
    }

    /// The text at a path; an answer that is not 200 is an error.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<String> {
        get(&self.http, &format!("{}{path}", self.url)).await
    }

    /// Sends JSON to a path; the answer's text. An answer that is no success is an error.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        let request =
            self.http.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let answer =
            request.body(body.to_string()).send().await.with_context(|| format!("cannot post to {path}"))?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        Ok(text)
    }

    /// Ends it as an operator would; how long it took.
    pub(crate) async fn stop(self) -> anyhow::Result<Duration> {
        self.process.stop(Stop::Terminate).await
    }
}

async fn get(http: &Client, url: &str) -> anyhow::Result<String> {
    let answer = http.get(url).send().await.with_context(|| format!("cannot get {url}"))?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{url} answered {status}: {text}");
    Ok(text)
}

/// Two addresses that are free now. A connection may take one before the server does; then the server reports that and exits.
fn free_addresses() -> anyhow::Result<(String, String)> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.to_string(), other.local_addr()?.to_string()))
}
