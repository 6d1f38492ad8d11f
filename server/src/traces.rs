//! Traces by OpenTelemetry: the spans of requests, and below them those of jobs and of calls to the hub, are sent to a collector
//! by OTLP (HTTP, protobuf). Off unless an endpoint is set, and then nothing of this runs.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use axum::{
    extract::{MatchedPath, Request},
    http::Uri,
    response::Response,
};
use hub_client::tls;
use opentelemetry::{
    KeyValue,
    propagation::TextMapPropagator,
    trace::{Status, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter as Export},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The collector has so long to take a batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// At the end of the process what waits is sent within this time, or lost.
const FINISH_WITHIN: Duration = Duration::from_secs(2);
/// The variable that all programs with OpenTelemetry read.
const COMMON_VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Traces that are being sent.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

/// The collector's address: that of the flag, else of the common variable.
pub(crate) fn endpoint(flag: Option<&str>) -> Option<String> {
    let common = || std::env::var(COMMON_VARIABLE).ok();
    flag.map(str::to_owned).or_else(common).filter(|endpoint| !endpoint.is_empty())
}

impl Traces {
    /// Starts a thread that sends spans in batches. Called outside of a runtime.
    ///
    /// # Errors
    /// When the endpoint is not an `http` or `https` address, or TLS cannot be used.
    pub(crate) fn start(endpoint: &str) -> anyhow::Result<Self> {
        let wrong =
            || format!("--otlp-endpoint '{endpoint}' is not an address such as http://127.0.0.1:4318");
        let uri: Uri = endpoint.parse().with_context(wrong)?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        ensure!(is_http && uri.host().is_some_and(|host| !host.is_empty()), wrong());
        let tls =
            if uri.scheme_str() == Some("https") { tls::client_config(None) } else { tls::without_trust() };
        let client = reqwest::blocking::Client::builder()
            .tls_backend_preconfigured(tls.context("traces cannot be sent over TLS")?)
            .timeout(EXPORT_TIMEOUT)
            .no_proxy()
            .build()
            .context("the client for traces cannot be made")?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .context("traces cannot be sent")?;
        let resource = Resource::builder()
            .with_service_name("fleetcast")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Reported { exporter, has_failed: AtomicBool::new(false) })
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    /// What the log's layer sends spans to.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.0.tracer("fleetcast")
    }

    /// Sends what waits. Called outside of a runtime.
    pub(crate) fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FINISH_WITHIN) {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// An exporter that reports when the collector stops taking spans, and when it takes them again.
#[derive(Debug)]
struct Reported {
    exporter: SpanExporter,
    has_failed: AtomicBool,
}

impl Export for Reported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        let failed_before = self.has_failed.swap(result.is_err(), Ordering::Relaxed);
        match (&result, failed_before) {
            (Err(error), false) => {
                tracing::warn!(%error, "the collector does not take traces; they are lost");
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Makes a request's span part of the trace that the caller names (`traceparent`), and names it by OpenTelemetry's conventions.
/// Nothing without traces.
pub(crate) fn describe(span: &Span, request: &Request) {
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
    // Without traces there is nothing to be a part of.
    if span.set_parent(parent).is_err() {
        return;
    }
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    span.set_attribute("http.request.method", request.method().as_str().to_owned());
    span.set_attribute("url.path", request.uri().path().to_owned());
    if let Some(route) = route {
        span.set_attribute("http.route", route);
    }
}

/// Records how a request was answered.
pub(crate) fn answered(span: &Span, response: &Response) {
    span.set_attribute("http.response.status_code", i64::from(response.status().as_u16()));
    if response.status().is_server_error() {
        span.set_status(Status::error(response.status().to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_no_address_is_refused() {
        for endpoint in ["localhost:4318", "ftp://localhost", "http://", "not an address", "/v1/traces"] {
            let error = format!("{:#}", Traces::start(endpoint).unwrap_err());
            assert!(error.contains("--otlp-endpoint") && error.contains(endpoint), "{error}");
        }
    }

    #[test]
    fn the_flag_comes_before_the_common_variable() {
        assert_eq!(endpoint(Some("http://a:4318")).as_deref(), Some("http://a:4318"));
        assert_eq!(endpoint(Some("")), None);
    }
}
