//! One hub: start, addresses, stop.

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
    backend::Gatekeeper,
    c2d,
    clock::SystemClock,
    config::HubConfig,
    domain::tier::{Operation, Tier},
    error::HubError,
    mqtt::{self, Connections, Gateway, Limits},
    rest::{self, Rest},
    scheduler::{Scheduler, Settings},
    store::{Policy, Store},
    telemetry::TelemetryLog,
    throttles::Throttles,
    tls::{DevelopmentTls, TlsError, TlsListener},
};

/// The policy whose connection string is given out: all permissions.
const OWNER: &str = "iothubowner";

/// Where a hub listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// REST in the clear.
    pub rest: SocketAddr,
    /// REST over TLS.
    pub rest_tls: Option<SocketAddr>,
    /// MQTT in the clear.
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
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The store cannot be opened or read.
    #[error("cannot open the hub's store in {}", data_dir.display())]
    Store {
        /// The data folder.
        data_dir: PathBuf,
        /// What is wrong.
        #[source]
        source: HubError,
    },
    /// The certificates cannot be made or read.
    #[error("cannot set up the hub's certificates in {}", data_dir.display())]
    Tls {
        /// The data folder.
        data_dir: PathBuf,
        /// What is wrong.
        #[source]
        source: TlsError,
    },
    /// The store has no policy `iothubowner`.
    #[error("the hub's store has no usable policy '{OWNER}'")]
    NoOwner,
}

/// A running hub. Dropped without [`Hub::stop`], its tasks are told to end but nobody waits for them.
#[derive(Debug)]
pub struct Hub {
    addresses: Addresses,
    connection_string: ServiceConnectionString,
    data_dir: PathBuf,
    store: Store,
    scheduler: Scheduler,
    gateway: Gateway<Gatekeeper>,
    timekeeper: JoinHandle<()>,
    rest: Vec<JoinHandle<()>>,
    stopping: Stopping,
}

/// Tells the parts to end, in the order they are told; all of them when dropped.
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
    /// Opens the store, then listens: when this returns, the first call is served.
    ///
    /// # Errors
    /// When the data folder cannot be used or an address is taken; nothing is left running then.
    pub async fn start(config: HubConfig) -> Result<Self, StartError> {
        let sockets = Sockets::bind(&config).await?;
        let addresses = sockets.addresses;
        let (store, policies) = open_store(&config.data_dir, config.clock.clone()).await?;
        let connection_string = owner_string(&config.host_name, &policies)?;
        // The process before this one may have been killed with devices connected.
        store.disconnect_all().await.map_err(|source| store_failed(&config.data_dir, source))?;
        let auth = Auth::new(&config.host_name, policies);
        let connections = Connections::new(Limits::default());
        let throttles = Throttles::new(config.tier, config.units, config.clock.clone());
        let telemetry = TelemetryLog::default();
        let stopping = Stopping::default();

        let gatekeeper = Gatekeeper {
            store: store.clone(),
            auth: auth.clone(),
            telemetry: telemetry.clone(),
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
        let timekeeper = tokio::spawn(c2d::keep_time(
            store.clone(),
            connections.clone(),
            config.clock.clone(),
            stopping.scheduler.clone(),
        ));
        let state = Rest {
            store: store.clone(),
            auth,
            connections,
            telemetry,
            clock: config.clock.clone(),
            throttles,
            max_active_jobs: config.tier.map(Tier::active_jobs),
        };
        let router = rest::router(state, gateway.door());
        let rest = serve_rest(sockets.rest, sockets.rest_tls, &router, &stopping.rest);
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
            rest,
            stopping,
        })
    }

    /// Base URL of REST in the clear, for callers on this machine.
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.addresses.rest)
    }

    /// Where the hub listens; ports that were asked for as 0 are the real ones here.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Connection string of the policy `iothubowner`.
    pub fn connection_string(&self) -> &ServiceConnectionString {
        &self.connection_string
    }

    /// The certificate to trust for the TLS listeners. There only when one of them was asked for.
    pub fn ca_path(&self) -> PathBuf {
        ca_path(&self.data_dir)
    }

    /// Stops in reverse order: no new calls, calls under way end, jobs pause where they are, devices are let go, the
    /// store closes. Nothing runs afterwards.
    pub async fn stop(self) {
        self.stopping.rest.cancel();
        for listener in self.rest {
            // It ended when told to, or panicked and said so.
            listener.await.ok();
        }
        self.stopping.scheduler.cancel();
        self.scheduler.stopped().await;
        self.timekeeper.await.ok();
        self.stopping.gateway.cancel();
        self.gateway.stopped().await;
        self.store.close().await;
        tracing::info!("hub stopped");
    }
}

fn ca_path(data_dir: &Path) -> PathBuf {
    data_dir.join("tls").join("ca.pem")
}

/// The connection string of the policy `iothubowner` of the hub in a data folder, made when the folder is new. Nothing
/// listens meanwhile.
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

/// Every listener, bound before anything else so that a taken port is told at once.
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
    TlsListener::new(listener, server).map_err(|source| StartError::Listen { what, address, source })
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
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    // A small answer must not wait for the acknowledgement of the one before it.
    let plain = plain.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    let mut tasks = vec![tokio::spawn(rest::serve(plain, router.clone(), stop.clone()))];
    tasks.extend(tls.map(|tls| tokio::spawn(rest::serve(tls, router.clone(), stop.clone()))));
    tasks
}
