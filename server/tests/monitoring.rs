//! Debian's Prometheus scrapes a running server: alerts and dashboard use metrics that exist, and the handbook explains
//! them. A program of its own, since it needs Prometheus, which `make test-rust` puts into `target/prometheus`.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "it/support/mod.rs"]
mod support;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use reqwest::Client;
use serde_json::{Value, json};
use support::Server;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn deploy() -> PathBuf {
    root().join("server/deploy")
}

/// A program of Debian's package `prometheus`: unpacked by the Makefile, or installed.
fn program(name: &str) -> Command {
    let unpacked = root().join("target/prometheus/usr/bin").join(name);
    let mut command = Command::new(if unpacked.exists() { unpacked } else { name.into() });
    command.kill_on_drop(true);
    command
}

/// What to do when a program cannot be started.
const MISSING: &str = "Prometheus is missing: run \"make prometheus\", or sudo apt-get install prometheus";

#[tokio::test]
async fn the_alerts_fire_when_they_should() {
    let folder = deploy().join("prometheus");
    for arguments in [
        ["check", "rules", "alerts.yml"],
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts.test.yml"],
    ] {
        let output = program("promtool").args(arguments).current_dir(&folder).output().await.expect(MISSING);
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "promtool {arguments:?}: {}", text.concat());
    }
}

#[tokio::test]
async fn alerts_and_dashboard_use_metrics_that_exist() {
    let server = Server::start_connected(20).await;
    run_jobs(&server).await;
    let prometheus = Prometheus::start(&server.base).await;
    server
        .until("it has scraped some times", async || {
            let scrapes =
                prometheus.query("count_over_time(up{job=\"fleetcast\"}[5m]) >= 4 and up == 1").await;
            !scrapes.as_array().unwrap().is_empty()
        })
        .await;

    let dashboard = std::fs::read_to_string(deploy().join("grafana/fleetcast.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let mut expressions = Vec::new();
    collect(&dashboard, "expr", &mut expressions);
    assert!(expressions.len() > 30, "{}", expressions.len());
    for expression in &expressions {
        let expression = expression.replace("$instance", ".*").replace("$__rate_interval", "1m");
        let series = prometheus.query(&expression).await;
        assert!(!series.as_array().unwrap().is_empty(), "the dashboard shows nothing for {expression}");
    }

    let handbook = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let rules = prometheus.get("rules", &[]).await;
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 15, "{}", rules.len());
    for rule in rules {
        let (name, expression) = (rule["name"].as_str().unwrap(), rule["query"].as_str().unwrap());
        assert!(
            handbook.contains(&format!("### {name}\n")),
            "the handbook does not say what to do about {name}"
        );
        assert_ne!(rule["health"], "err", "{rule}");
        prometheus.query(expression).await;
        let selectors = selectors(expression);
        assert!(!selectors.is_empty(), "{expression}");
        for selector in selectors {
            let series = prometheus.query(&selector).await;
            assert!(
                !series.as_array().unwrap().is_empty(),
                "{name} is about {selector}, which does not exist"
            );
        }
    }

    let metrics = server.get("/metrics").await.text().await.unwrap();
    let names: Vec<_> = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE fleetcast_")).collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let name = format!("fleetcast_{}", name.split(' ').next().unwrap());
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name} has no description");
        assert!(handbook.contains(&format!("`{name}`")), "the handbook does not explain {name}");
    }
    server.stop().await;
}

/// Two jobs, one with failures, and a call, so that there is something to count.
async fn run_jobs(server: &Server) {
    for error_share in [0.0, 0.5] {
        server.patch("/api/v1/simulator", &json!({"errorShare": error_share, "latencyMs": 1})).await;
        let job = json!({"type": "scheduleDeviceMethod", "queryCondition": "*",
            "cloudToDeviceMethod": {"methodName": "lockDoor"}});
        let job = server.create_job(&job).await;
        server.until_ended(job["jobId"].as_str().unwrap()).await;
    }
    let devices = server.get_json("/api/v1/devices?limit=1").await;
    let device = devices["items"][0]["deviceId"].as_str().unwrap();
    server.post(&format!("/api/v1/devices/{device}/methods/lockDoor"), &json!({})).await;
    server.get("/jobs").await;
}

/// A running Prometheus that scrapes a server each second.
struct Prometheus {
    base: String,
    http: Client,
    _process: Child,
    _folder: TempDir,
}

impl Prometheus {
    async fn start(target: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let target = target.strip_prefix("http://").unwrap();
        // JSON is YAML.
        let config = json!({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [deploy().join("prometheus/alerts.yml")],
            "scrape_configs": [{"job_name": "fleetcast", "static_configs": [{"targets": [target]}]}]
        });
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut process = program("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--log.format=json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect(MISSING);
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut text = String::new();
        let address = timeout(PATIENCE, async {
            loop {
                let line = log.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("Prometheus ended: {text}"));
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if event["msg"] == "Listening on" {
                    break event["address"].as_str().unwrap().to_owned();
                }
                text.push_str(&line);
            }
        })
        .await
        .expect("Prometheus listens");
        // Its log is read on, since a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Self { base: format!("http://{address}"), http: Client::new(), _process: process, _folder: folder }
    }

    /// The data of an answer of its API.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let request = self.http.get(format!("{}/api/v1/{path}", self.base)).query(query);
        let answer: Value = request.send().await.unwrap().json().await.unwrap_or_default();
        // It answers 503 while it starts.
        if answer.is_null() {
            return json!({"result": []});
        }
        assert_eq!(answer["status"], "success", "{query:?}: {answer}");
        answer["data"].clone()
    }

    /// The series that an expression selects now.
    async fn query(&self, expression: &str) -> Value {
        self.get("query", &[("query", expression)]).await["result"].clone()
    }
}

/// All texts of a member, anywhere in a document.
fn collect(value: &Value, member: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == member => found.push(text.clone()),
                    value => collect(value, member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, member, found)),
        _ => {}
    }
}

/// The metrics of an expression, each with its labels. A healthy server has no request that failed, so of `status` it is
/// only asked that there is such a label.
fn selectors(expression: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut selectors = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |length| start + length);
        let name = &rest[start..end];
        rest = &rest[end..];
        let labels = rest.starts_with('{').then(|| rest.find('}').unwrap() + 1).map(|end| &rest[..end]);
        rest = &rest[labels.map_or(0, str::len)..];
        let is_metric = name == "up" || name.starts_with("fleetcast_") || name.starts_with("process_");
        assert!(is_metric || labels.is_none(), "{name} is no metric of ours");
        if is_metric {
            let labels = labels.unwrap_or_default();
            let labels = if labels.contains("status=") { "{status!=\"\"}" } else { labels };
            selectors.push(format!("{name}{labels}"));
        }
    }
    selectors
}

#[test]
fn metrics_of_an_expression() {
    for (expression, expected) in [
        ("up{job=\"fleetcast\"} == 0", vec!["up{job=\"fleetcast\"}"]),
        (
            "sum by (job) (rate(fleetcast_a_total{status=~\"5..\"}[5m])) / process_b > 0.05",
            vec!["fleetcast_a_total{status!=\"\"}", "process_b"],
        ),
    ] {
        assert_eq!(selectors(expression), expected);
    }
}
