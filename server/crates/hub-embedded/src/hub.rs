//! A running hub: start, addresses, stop.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Router, serve::ListenerExt};
use hub_wire::{connection_string::ServiceConnectionString, sas::SasKey};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::Auth,
    backend::HubBackend,
    c2d,
    clock::SystemClock,
    config::HubConfig,
    connection_history::ConnectionHistory,
    domain::tier::{Operation, Tier},
    error::HubError,
    mqtt::{self, Connections, Gateway},
    refusal_log::RefusalLog,
    rest::{self, Rest},
    scheduler::{Scheduler, Settings},
    store::{Policy, Store},
    telemetry,
    throttles::Throttles,
    tls::{DevelopmentTls, TlsError, TlsListener},
};

/// The policy whose connection string is shown; it has all permissions.
const OWNER: &str = "iothubowner";

/// Where a hub listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// REST without TLS.
    pub rest: SocketAddr,
    /// REST over TLS.
    pub rest_tls: Option<SocketAddr>,
    /// MQTT without TLS.
    pub mqtt: SocketAddr,
    /// MQTT over TLS.
    pub mqtt_tls: Option<SocketAddr>,
}

/// Why a hub did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address is taken or not allowed.
    #[error("cannot listen for {what} on {address}")]
    Listen {
        /// `REST`, `REST over TLS`, `MQTT` or `MQTT over TLS`.
        what: &'static str,
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// The store cannot be opened or read.
    #[error("cannot open the hub's store in {}", data_dir.display())]
    Store {
        /// The data folder.
        data_dir: PathBuf,
        /// The cause.
        #[source]
        source: HubError,
    },
    /// The certificates cannot be created or read.
    #[error("cannot set up the hub's certificates in {}", data_dir.display())]
    Tls {
        /// The data folder.
        data_dir: PathBuf,
        /// The cause.
        #[source]
        source: TlsError,
    },
    /// The store has no policy `iothubowner`.
    #[error("the hub's store has no usable policy '{OWNER}'")]
    NoOwner,
}

/// A running hub. Dropping it without [`Hub::stop`] stops its tasks without waiting for them.
#[derive(Debug)]
pub struct Hub {
    addresses: Addresses,
    connection_string: ServiceConnectionString,
    data_dir: PathBuf,
    store: Store,
    scheduler: Scheduler,
    gateway: Gateway<HubBackend>,
    timekeeper: JoinHandle<()>,
    reporter: JoinHandle<()>,
    rest: Vec<JoinHandle<()>>,
    stopping: Stopping,
}

/// Cancellation of the parts, one by one in order; all of them when dropped.
#[derive(Debug, Default)]
struct Stopping {
    rest: CancellationToken,
    scheduler: CancellationToken,
    gateway: CancellationToken,
}

impl Drop for Stopping {
    fn drop(&mut self) {
        self.rest.cancel();
        self.scheduler.cancel();
        self.gateway.cancel();
    }
}

impl Hub {
    /// Opens the store, then listens: when this returns, calls are served.
    ///
    /// # Errors
    /// When the data folder cannot be used or an address is taken; nothing is left running then.
    pub async fn start(config: HubConfig) -> Result<Self, StartError> {
        let sockets = Sockets::bind(&config).await?;
        let addresses = sockets.addresses;
        let (store, policies) = open_store(&config.data_dir, config.clock.clone()).await?;
        let connection_string = owner_string(&config.host_name, &policies)?;
        // The previous process may have been killed while devices were connected.
        store.disconnect_all().await.map_err(|source| store_failed(&config.data_dir, source))?;
        let auth = Auth::new(&config.host_name, policies);
        let connections = Connections::new(config.mqtt_limits.clone());
        let throttles = Throttles::new(config.tier, config.units, config.clock.clone());
        let (telemetry, history) = (telemetry::log(), ConnectionHistory::new());
        let refusals = RefusalLog::new(config.clock.clone());
        let stopping = Stopping::default();

        let gatekeeper = HubBackend {
            store: store.clone(),
            auth: auth.clone(),
            telemetry: telemetry.clone(),
            history: history.clone(),
            refusals: refusals.clone(),
            throttles: throttles.clone(),
            clock: config.clock.clone(),
        };
        let gateway = Gateway::start(
            sockets.mqtt,
            connections.clone(),
            Arc::new(gatekeeper),
            config.clock.clone(),
            stopping.gateway.clone(),
        );
        let scheduler = Scheduler::start(
            store.clone(),
            connections.clone(),
            config.clock.clone(),
            Settings {
                device_operations: config.tier.map(|tier| tier.rate(config.units, Operation::JobDevice)),
                ..Settings::default()
            },
            stopping.scheduler.clone(),
        );
        let timekeeper = tokio::spawn(c2d::run(
            store.clone(),
            connections.clone(),
            config.clock.clone(),
            stopping.scheduler.clone(),
        ));
        let reporter = {
            let (refusals, stop) = (refusals.clone(), stopping.gateway.clone());
            tokio::spawn(async move { refusals.report(stop).await })
        };
        let state = Rest {
            store: store.clone(),
            auth,
            connections,
            telemetry,
            history,
            refusals,
            clock: config.clock.clone(),
            throttles,
            max_active_jobs: config.tier.map(Tier::active_jobs),
        };
        let router = rest::router(state, gateway.handle());
        let rest = serve_rest(sockets.rest, sockets.rest_tls, &router, &config.rest_limits, &stopping.rest);
        tracing::info!(
            rest = %addresses.rest,
            rest_tls = addresses.rest_tls.map(tracing::field::display),
            mqtt = %addresses.mqtt,
            mqtt_tls = addresses.mqtt_tls.map(tracing::field::display),
            "hub listening"
        );
        Ok(Self {
            addresses,
            connection_string,
            data_dir: config.data_dir,
            store,
            scheduler,
            gateway,
            timekeeper,
            reporter,
            rest,
            stopping,
        })
    }

    /// Base URL of REST without TLS, for callers on this machine.
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.addresses.rest)
    }

    /// Where the hub listens; requested port 0 is replaced by the actual port.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Connection string of the policy `iothubowner`.
    pub fn connection_string(&self) -> &ServiceConnectionString {
        &self.connection_string
    }

    /// The remark about a lost store, for the user; none when nothing was lost.
    pub fn remark(&self) -> Option<&str> {
        self.store.remark()
    }

    /// The certificate to trust for the TLS listeners. Exists only when one of them is configured.
    pub fn ca_path(&self) -> PathBuf {
        ca_path(&self.data_dir)
    }

    /// Stops in reverse order: no new calls, calls under way end, jobs pause, devices are disconnected, the store is closed.
    /// No task is left afterwards.
    pub async fn stop(self) {
        self.stopping.rest.cancel();
        for listener in self.rest {
            // The task has ended, or has panicked and logged that.
            listener.await.ok();
        }
        self.stopping.scheduler.cancel();
        self.scheduler.stopped().await;
        self.timekeeper.await.ok();
        self.stopping.gateway.cancel();
        self.gateway.stopped().await;
        self.reporter.await.ok();
        self.store.close().await;
        tracing::info!("hub stopped");
    }
}

fn ca_path(data_dir: &Path) -> PathBuf {
    data_dir.join("tls").join("ca.pem")
}

/// The connection string of the policy `iothubowner` of the hub in a data folder, created when the folder is new. Does
/// not listen.
///
/// # Errors
/// When the data folder cannot be used.
pub async fn connection_string(
    data_dir: &Path,
    host_name: &str,
) -> Result<ServiceConnectionString, StartError> {
    let (store, policies) = open_store(data_dir, Arc::new(SystemClock)).await?;
    store.close().await;
    owner_string(host_name, &policies)
}

async fn open_store(
    data_dir: &Path,
    clock: Arc<dyn crate::clock::Clock>,
) -> Result<(Store, Vec<Policy>), StartError> {
    let store = Store::open(data_dir, clock).await.map_err(|source| store_failed(data_dir, source))?;
    let policies = store.policies().await.map_err(|source| store_failed(data_dir, source))?;
    Ok((store, policies))
}

fn store_failed(data_dir: &Path, source: HubError) -> StartError {
    StartError::Store { data_dir: data_dir.to_owned(), source }
}

fn owner_string(host_name: &str, policies: &[Policy]) -> Result<ServiceConnectionString, StartError> {
    let key = |policy: &Policy| SasKey::to_base64(&policy.primary);
    let owner = policies.iter().find(|policy| policy.name == OWNER).ok_or(StartError::NoOwner)?;
    ServiceConnectionString::new(host_name, OWNER, &key(owner)).map_err(|_| StartError::NoOwner)
}

/// Every listener, bound first so that a used port is reported at once.
struct Sockets {
    addresses: Addresses,
    rest: TcpListener,
    rest_tls: Option<TlsListener>,
    mqtt: Vec<mqtt::Listener>,
}

impl Sockets {
    async fn bind(config: &HubConfig) -> Result<Self, StartError> {
        let (rest, rest_address) = bind("REST", config.listen).await?;
        let rest_tls = bind_if("REST over TLS", config.tls_listen).await?;
        let (mqtt, mqtt_address) = bind("MQTT", config.mqtt_listen).await?;
        let mqtt_tls = bind_if("MQTT over TLS", config.mqtt_tls_listen).await?;
        let addresses = Addresses {
            rest: rest_address,
            rest_tls: rest_tls.as_ref().map(|bound| bound.1),
            mqtt: mqtt_address,
            mqtt_tls: mqtt_tls.as_ref().map(|bound| bound.1),
        };
        let mut sockets = Self { addresses, rest, rest_tls: None, mqtt: vec![mqtt::Listener::Tcp(mqtt)] };
        if rest_tls.is_some() || mqtt_tls.is_some() {
            let tls = DevelopmentTls::open(&config.data_dir, &config.host_name, config.clock.now())
                .map_err(|source| tls_failed(config, source))?;
            if let Some(bound) = rest_tls {
                sockets.rest_tls = Some(secure(config, &tls, "REST over TLS", bound, &[b"http/1.1"])?);
            }
            if let Some(bound) = mqtt_tls {
                let listener = secure(config, &tls, "MQTT over TLS", bound, &[])?;
                sockets.mqtt.push(mqtt::Listener::Tls(listener));
            }
        }
        Ok(sockets)
    }
}

fn secure(
    config: &HubConfig,
    tls: &DevelopmentTls,
    what: &'static str,
    (listener, address): (TcpListener, SocketAddr),
    protocols: &[&[u8]],
) -> Result<TlsListener, StartError> {
    let server = tls.server_config(protocols).map_err(|source| tls_failed(config, source))?;
    TlsListener::new(listener, server, config.max_handshakes).map_err(|source| StartError::Listen {
        what,
        address,
        source,
    })
}

fn tls_failed(config: &HubConfig, source: TlsError) -> StartError {
    StartError::Tls { data_dir: config.data_dir.clone(), source }
}

async fn bind(what: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { what, address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn bind_if(
    what: &'static str,
    address: Option<SocketAddr>,
) -> Result<Option<(TcpListener, SocketAddr)>, StartError> {
    match address {
        Some(address) => bind(what, address).await.map(Some),
        None => Ok(None),
    }
}

fn serve_rest(
    plain: TcpListener,
    tls: Option<TlsListener>,
    router: &Router,
    limits: &http_serve::Limits,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    // Small answers must not wait for the acknowledgement of the previous one.
    let plain = plain.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    let open = http_serve::Connections::default();
    let of = || (router.clone(), limits.clone(), open.clone(), stop.clone());
    let (router, limits, connections, stop) = of();
    let mut tasks = vec![tokio::spawn(http_serve::serve(plain, router, limits, connections, stop))];
    tasks.extend(tls.map(|tls| {
        let (router, limits, connections, stop) = of();
        tokio::spawn(http_serve::serve(tls, router, limits, connections, stop))
    }));
    tasks
}
