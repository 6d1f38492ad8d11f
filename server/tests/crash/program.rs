//! The real program: started, found, killed, started again on the same folder.

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

/// A process that has been started; whether it serves yet is another matter.
pub(crate) struct Program {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    says: Lines<BufReader<ChildStdout>>,
}

/// Where a program that serves is reached.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    /// The console, with scheme.
    pub(crate) console: String,
    /// The hub's REST, with scheme.
    pub(crate) rest: String,
    /// The hub's MQTT.
    pub(crate) mqtt: SocketAddr,
}

/// A program that serves.
pub(crate) struct Serving {
    pub(crate) doors: Doors,
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
        let says = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, log, says }
    }

    /// Kills it wherever it stands.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Waits until it serves.
    pub(crate) async fn serve(mut self) -> Serving {
        let mut told = Vec::new();
        let (rest, mqtt) = loop {
            let line = timeout(PATIENCE, self.log.next_line()).await.expect("told in time").expect("text");
            let Some(line) = line else { panic!("the program ended: {told:#?}") };
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "embedded hub listening" {
                let address = |name: &str| event[name].as_str().expect(name).to_owned();
                break (address("rest"), address("mqtt").parse().expect("an address"));
            }
            told.push(line);
        };
        let log = tokio::spawn(async move {
            while let Ok(Some(line)) = self.log.next_line().await {
                told.push(line);
            }
            told
        });
        let line = timeout(PATIENCE, self.says.next_line()).await.expect("told in time").expect("text");
        let console = line.as_deref().and_then(|line| line.strip_prefix("console listening on "));
        let Some(console) = console else { panic!("the program ended: {:#?}", log.await) };
        let doors = Doors { console: console.to_owned(), rest: format!("http://{rest}"), mqtt };
        Serving { doors, child: self.child, log }
    }
}

impl Serving {
    /// Kills it wherever it stands, as the system does when memory is out.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Stops it in order and gives the log of its whole life.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        let pid = self.child.id().expect("running").to_string();
        let asked = tokio::process::Command::new("kill").args(["-INT", &pid]).status().await;
        assert!(asked.expect("kill runs").success());
        let status = timeout(PATIENCE, self.child.wait()).await.expect("stops in time").expect("waited for");
        let log = self.log.await.expect("read");
        assert!(status.success(), "{status}: {log:#?}");
        log
    }
}

impl Doors {
    /// A client of the hub that does not repeat: what a kill does is to be seen.
    pub(crate) fn hub(&self, connection: &ServiceConnectionString) -> HubClient {
        let options = HubClientOptions {
            endpoint: Some(self.rest.clone()),
            retry: RetryPolicy::NEVER,
            ..HubClientOptions::default()
        };
        HubClient::new(connection.clone(), options).expect("a client")
    }

    /// Puts a job at the console's door; none when the connection broke, so that nobody knows.
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
            // A console that is starting or stopping says so.
            status => {
                assert!(status.is_server_error(), "{path}: {status}");
                None
            }
        }
    }
}
