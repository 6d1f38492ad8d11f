//! What handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use console::Console;
use device_pool::Pool;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::live::Feed;

/// Cheap to clone; one for the whole server.
#[derive(Clone)]
pub(crate) struct AppState {
    /// The one way to jobs and devices.
    pub(crate) console: Console,
    /// The simulated devices, when they run here.
    pub(crate) pool: Option<Arc<Pool>>,
    /// The event streams' common source.
    pub(crate) feed: Feed,
    /// Figures for Prometheus.
    pub(crate) metrics: PrometheusHandle,
    /// How pages are rendered.
    pub(crate) leptos: LeptosOptions,
    /// Cancelled when the server stops: streams end by it.
    pub(crate) stopping: CancellationToken,
}

/// Leptos' routes ask for their options alone.
impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
