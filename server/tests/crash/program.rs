//! The real program: started, killed, started again on the same folder.

use std::{net::SocketAddr, path::Path, process::Stdio};

use hub_client::{HubClient, HubClientOptions, RetryPolicy};
use hub_wire::connection_string::ServiceConnectionString;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout},
    task::JoinHandle,
    time::timeout,
};

use crate::{PATIENCE, support::fleetcast};

/// A process that has been started, and may not serve yet.
pub(crate) struct Program {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// The addresses of a program that serves.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// The console, with scheme.
    pub(crate) console: String,
    /// The hub's REST, with scheme.
    pub(crate) rest: String,
    /// The hub's MQTT.
    pub(crate) mqtt: SocketAddr,
}

/// A program that serves.
pub(crate) struct Serving {
    pub(crate) endpoints: Endpoints,
    child: Child,
    /// Read to its end, for a full pipe would stop the program.
    log: JoinHandle<Vec<String>>,
}

impl Program {
    /// Starts it on a folder, without simulated devices.
    pub(crate) fn spawn(folder: &Path) -> Self {
        let mut child = fleetcast()
            .args([
                "--listen",
                "127.0.0.1:0",
                "--simulated-devices",
                "0",
                "--log-format",
                "json",
                "--data-dir",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, log, stdout }
    }

    /// Kills it at once.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Waits until it serves.
    pub(crate) async fn serve(mut self) -> Serving {
        let mut lines = Vec::new();
        let (rest, mqtt) = loop {
            let line = timeout(PATIENCE, self.log.next_line()).await.expect("a line in time").expect("text");
            let Some(line) = line else { panic!("the program ended: {lines:#?}") };
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "embedded hub listening" {
                let address = |name: &str| event[name].as_str().expect(name).to_owned();
                break (address("rest"), address("mqtt").parse().expect("an address"));
            }
            lines.push(line);
        };
        let log = tokio::spawn(async move {
            while let Ok(Some(line)) = self.log.next_line().await {
                lines.push(line);
            }
            lines
        });
        let line = timeout(PATIENCE, self.stdout.next_line()).await.expect("a line in time").expect("text");
        let console = line.as_deref().and_then(|line| line.strip_prefix("console listening on "));
        let Some(console) = console else { panic!("the program ended: {:#?}", log.await) };
        let endpoints = Endpoints { console: console.to_owned(), rest: format!("http://{rest}"), mqtt };
        Serving { endpoints, child: self.child, log }
    }
}

impl Serving {
    /// Kills it at once, as the system does when memory is out.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Stops it in order and returns its whole log.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        let pid = self.child.id().expect("running").to_string();
        let signalled = tokio::process::Command::new("kill").args(["-INT", &pid]).status().await;
        assert!(signalled.expect("kill runs").success());
        let status = timeout(PATIENCE, self.child.wait()).await.expect("stops in time").expect("waited for");
        let log = self.log.await.expect("read");
        assert!(status.success(), "{status}: {log:#?}");
        log
    }
}

impl Endpoints {
    /// A client of the hub that does not repeat: the effect of a kill must show.
    pub(crate) fn hub(&self, connection: &ServiceConnectionString) -> HubClient {
        let options = HubClientOptions {
            endpoint: Some(self.rest.clone()),
            retry: RetryPolicy::NEVER,
            ..HubClientOptions::default()
        };
        HubClient::new(connection.clone(), options).expect("a client")
    }

    /// Creates a job at the console; none when the connection broke and the result is unknown.
    pub(crate) async fn submit(&self, http: &Client, job: &Value) -> Option<StatusCode> {
        let sent = http.post(format!("{}/api/v1/jobs", self.console)).json(job).send().await;
        sent.ok().map(|response| response.status())
    }

    /// The console's answer to a path; none when the connection broke, 404 is null.
    pub(crate) async fn read(&self, http: &Client, path: &str) -> Option<Value> {
        let response = http.get(format!("{}{path}", self.console)).send().await.ok()?;
        match response.status() {
            StatusCode::OK => response.json().await.ok(),
            StatusCode::NOT_FOUND => Some(Value::Null),
            // A console that is starting or stopping answers 5xx.
            status => {
                assert!(status.is_server_error(), "{path}: {status}");
                None
            }
        }
    }
}
