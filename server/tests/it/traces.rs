//! Traces arrive at a collector: a request, what it did, and the caller's trace around it.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::any_value::Value,
    trace::v1::Span,
};
use prost::Message;
use reqwest::header;
use serde_json::json;
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

use crate::support::{Server, fleetcast};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector on this machine.
struct Collector {
    address: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    async fn start() -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        let take = move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let of_scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            kept.lock().unwrap().extend(of_scopes.flat_map(|scope| scope.spans));
            async { ExportTraceServiceResponse::default().encode_to_vec() }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, spans }
    }

    /// The first span that is as wanted.
    fn find(&self, is_so: impl Fn(&Span) -> bool) -> Option<Span> {
        self.spans.lock().unwrap().iter().find(|span| is_so(span)).cloned()
    }

    async fn until(&self, server: &Server, what: &str, is_so: impl Fn(&Span) -> bool) -> Span {
        server.until(what, async || self.find(&is_so).is_some()).await;
        self.find(is_so).unwrap()
    }
}

/// An attribute of a span, as text.
fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The program, which sends its spans soon.
fn program() -> Command {
    let mut program = fleetcast();
    program.env("OTEL_BSP_SCHEDULE_DELAY", "50").env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    program
}

#[tokio::test]
async fn a_request_and_its_job_are_in_the_trace_of_the_caller() {
    let collector = Collector::start().await;
    let flags = ["--otlp-endpoint", &collector.address];
    let server = Server::start_as(program(), TempDir::new().unwrap(), 2, &flags).await;
    let job = json!({"jobId": "night", "type": "scheduleUpdateTwin", "queryCondition": "*",
        "updateTwin": {"tags": {"a": 1}}});
    let request = server.http.post(format!("{}/api/v1/jobs", server.base)).json(&job);
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    let response = server.send(request).await;
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();

    let of_request = collector
        .until(&server, "the request is there", |span| {
            attribute(span, "id").as_deref() == Some(request_id.as_str())
        })
        .await;
    assert_eq!(of_request.name, "request");
    assert_eq!(hexadecimal(&of_request.trace_id), TRACE);
    assert_eq!(hexadecimal(&of_request.parent_span_id), CALLER);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/v1/jobs"),
        ("url.path", "/api/v1/jobs"),
        ("http.response.status_code", "201"),
    ] {
        assert_eq!(attribute(&of_request, name).as_deref(), Some(value), "{name}");
    }
    let of_job = collector
        .until(&server, "its job is there", |span| attribute(span, "job_id").as_deref() == Some("night"))
        .await;
    assert_eq!(of_job.name, "create job");
    assert_eq!(of_job.trace_id, of_request.trace_id);
    let of_hub = collector
        .until(&server, "the call to the hub is there", |span| {
            span.name == "hub call" && attribute(span, "operation").as_deref() == Some("create job")
        })
        .await;
    assert_eq!(of_hub.parent_span_id, of_job.span_id);
    server.stop().await;
}

#[tokio::test]
async fn the_common_variable_is_read_and_a_collector_that_is_away_does_no_harm() {
    let collector = Collector::start().await;
    let mut program = program();
    program.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address);
    let server = Server::start_as(program, TempDir::new().unwrap(), 0, &[]).await;
    server.get("/healthz").await;
    let is_health = |span: &Span| attribute(span, "url.path").as_deref() == Some("/healthz");
    collector.until(&server, "a request is there", is_health).await;
    server.stop().await;

    let flags = ["--otlp-endpoint", "http://127.0.0.1:9"];
    let server = Server::start_as(self::program(), TempDir::new().unwrap(), 0, &flags).await;
    let page = server.http.get(format!("{}/jobs", server.base)).header(header::ACCEPT, "text/html");
    assert!(page.send().await.unwrap().status().is_success());
    let (_folder, log) = server.stop().await;
    assert_eq!(log.matches("the collector does not take traces").count(), 1, "{log}");
}
