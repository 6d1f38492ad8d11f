//! Starts the real program on free ports with a folder of its own, and stops it.

#![allow(dead_code, reason = "each test program uses its share")]

mod description;
pub(crate) mod team;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    sync::OnceCell,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

pub(crate) use self::description::Description;

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) http: Client,
    /// What it has printed before it listened.
    pub(crate) announced: Vec<String>,
    /// The session of requests that name none, such as the one for the API's description.
    pub(crate) session: OnceCell<String>,
    child: Child,
    log: JoinHandle<String>,
    folder: Option<TempDir>,
    description: OnceCell<Description>,
}

/// The program, without settings from the environment.
pub(crate) fn fleetcast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetcast"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FLEETCAST_")) {
        command.env_remove(name);
    }
    command.kill_on_drop(true);
    command
}

impl Server {
    /// A server with so many simulated devices in a new folder, ready to schedule.
    pub(crate) async fn start(devices: usize) -> Self {
        Self::start_in(TempDir::new().expect("a folder"), devices, &[]).await
    }

    /// The same in a folder that may hold an earlier server's data.
    pub(crate) async fn start_in(folder: TempDir, devices: usize, flags: &[&str]) -> Self {
        Self::start_as(fleetcast(), folder, devices, flags).await
    }

    /// A server without devices none of whose files may grow beyond so many blocks of 1,024 bytes.
    pub(crate) async fn start_limited(blocks: u32) -> Self {
        let program = fleetcast();
        let mut shell = Command::new("bash");
        // Without the trap the system would end the program instead of failing the write.
        let script = format!("trap '' XFSZ; ulimit -Sf {blocks}; exec \"$0\" \"$@\"");
        shell.arg("-c").arg(script).arg(program.as_std().get_program()).kill_on_drop(true);
        for (name, _) in program.as_std().get_envs() {
            shell.env_remove(name);
        }
        Self::start_as(shell, TempDir::new().expect("a folder"), 0, &[]).await
    }

    /// Lets the files of a running server grow again.
    pub(crate) fn lift_file_limit(&self) {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())).expect("it runs");
        let unlimited = Rlimit { current: None, maximum: None };
        prlimit(Some(pid), Resource::Fsize, unlimited).expect("the limit is lifted");
    }

    /// The same with a program that was made ready otherwise.
    pub(crate) async fn start_as(
        mut program: Command,
        folder: TempDir,
        devices: usize,
        flags: &[&str],
    ) -> Self {
        let mut child = program
            .args(["--listen", "127.0.0.1:0", "--simulated-devices", &devices.to_string(), "--data-dir"])
            .arg(folder.path())
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut errors = child.stderr.take().expect("piped");
        let log = tokio::spawn(async move {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text).await;
            text
        });
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let deadline = Instant::now() + PATIENCE;
        let mut announced = Vec::new();
        let base = loop {
            let line =
                timeout_at(deadline, lines.next_line()).await.expect("announced in time").expect("text");
            let Some(line) = line else { panic!("the server ended: {}", log.await.unwrap_or_default()) };
            if let Some(address) = line.strip_prefix("console listening on ") {
                break address.to_owned();
            }
            announced.push(line);
        };
        // The client is built without a TLS provider of its own; a second test in this process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Self {
            base,
            http: client(),
            announced,
            session: OnceCell::new(),
            child,
            log,
            folder: Some(folder),
            description: OnceCell::new(),
        };
        server
            .until("the server is ready", async || server.get("/readyz").await.status() == StatusCode::OK)
            .await;
        server
    }

    /// A server whose devices are all connected.
    pub(crate) async fn start_connected(devices: usize) -> Self {
        let server = Self::start(devices).await;
        server.until_connected(devices).await;
        server
    }

    pub(crate) async fn until_connected(&self, devices: usize) {
        let preview = async || self.post("/api/v1/targets/preview", &json!({"queryCondition": "*"})).await;
        self.until("all devices are connected", async || {
            let preview: Value = preview().await.json().await.unwrap_or_default();
            preview["connectedCount"] == json!(devices)
        })
        .await;
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.folder.as_ref().expect("not stopped").path()
    }

    /// How the API describes itself.
    pub(crate) async fn description(&self) -> &Description {
        let load = async || {
            let request = self.http.get(format!("{}/api/v1/openapi.json", self.base));
            let session = self.session.get().cloned().unwrap_or_default();
            let response = request.header(header::COOKIE, session).send().await;
            Description::new(response.expect("an answer").json().await.expect("JSON"))
        };
        self.description.get_or_init(load).await
    }

    /// Sends a request. An answer of the API must be as the API describes it.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Response {
        let (http, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = http.execute(request).await.expect("the server answers");
        if path.starts_with("/api/v1/") {
            self.description().await.check_response(&method, &path, response).await
        } else {
            response
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    pub(crate) async fn get_json(&self, path: &str) -> Value {
        self.get(path).await.json().await.expect("JSON")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(self.http.put(format!("{}{path}", self.base)).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Response {
        self.send(self.http.patch(format!("{}{path}", self.base)).json(body)).await
    }

    /// Creates a job and returns it.
    pub(crate) async fn create_job(&self, body: &Value) -> Value {
        let response = self.post("/api/v1/jobs", body).await;
        let status = response.status();
        let job: Value = response.json().await.expect("JSON");
        assert_eq!(status, StatusCode::CREATED, "{job}");
        job
    }

    /// Waits until a job has ended and returns it, checking each time that its counts sum.
    pub(crate) async fn until_ended(&self, job_id: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let job = self.get_json(&format!("/api/v1/jobs/{job_id}")).await;
            assert_sums(&job);
            if matches!(job["status"].as_str(), Some("completed" | "failed" | "cancelled")) {
                return job;
            }
            assert!(Instant::now() < deadline, "the job has not ended: {job}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Polls until a condition holds.
    pub(crate) async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills the process as the system does when memory is out. Returns the folder.
    pub(crate) async fn kill(mut self) -> TempDir {
        self.child.kill().await.expect("killed");
        self.folder.take().expect("not stopped")
    }

    /// Stops it as Ctrl-C does; returns the folder and the whole log.
    pub(crate) async fn stop(mut self) -> (TempDir, String) {
        let pid = self.child.id().expect("running");
        let stopped =
            Command::new("kill").args(["-INT", &pid.to_string()]).status().await.expect("kill runs");
        assert!(stopped.success());
        let status = timeout_at(Instant::now() + PATIENCE, self.child.wait())
            .await
            .expect("stops in time")
            .expect("waited for");
        let log = self.log.await.expect("read");
        assert!(status.success(), "{status}: {log}");
        (self.folder.take().expect("not stopped"), log)
    }
}

/// A client that trusts any certificate: those of servers with TLS are made by the tests.
fn client() -> Client {
    Client::builder().danger_accept_invalid_certs(true).build().expect("a client")
}

/// At every instant the states of a job sum to its targets, in both splits.
pub(crate) fn assert_sums(job: &Value) {
    let statistics = &job["deviceJobStatistics"];
    let count = |name: &str| statistics[name].as_u64().unwrap_or_else(|| panic!("{name} in {job}"));
    let sum = count("pendingCount") + count("runningCount") + count("succeededCount") + count("failedCount");
    assert_eq!(sum, count("deviceCount"), "{job}");
    let outcomes: u64 =
        job["outcomes"].as_object().expect("outcomes").values().filter_map(Value::as_u64).sum();
    assert_eq!(outcomes, count("deviceCount"), "{job}");
}

/// Text for an address.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
