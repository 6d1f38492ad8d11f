//! The state that handlers share.

use std::{path::Path, sync::Arc};

use axum::extract::FromRef;
use console::Console;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    access::provider::SignInProvider, event_feed::Feed, simulator::SimulatedDevices, wall_feed::WallFeed,
};

/// Cheap to clone; one for the whole server.
#[derive(Clone)]
pub(crate) struct AppState {
    /// All access to jobs and devices.
    pub(crate) console: Console,
    /// The simulated devices, when they run here.
    pub(crate) pool: Option<SimulatedDevices>,
    /// Where people can sign in besides here.
    pub(crate) provider: Option<Arc<SignInProvider>>,
    /// The event streams' common source.
    pub(crate) feed: Feed,
    /// The common source of the screens that show the wall.
    pub(crate) wall: WallFeed,
    /// Folder of the stores.
    pub(crate) data_dir: Arc<Path>,
    /// Metrics for Prometheus.
    pub(crate) metrics: PrometheusHandle,
    /// How pages are rendered.
    pub(crate) leptos: LeptosOptions,
    /// Cancelled when the server stops: streams end by it.
    pub(crate) stopping: CancellationToken,
}

/// Leptos' routes need only these options.
impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
