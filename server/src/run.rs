//! Starts the parts in order, waits, stops them in the reverse order.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use console::{Console, ConsoleConfig, JobPace};
use console_wire::hub::HubKind;
use device_pool::{MqttEndpoint, Pool, PoolConfig, PoolSettings, REAL_HUB_CONNECTS_PER_SECOND, TlsTrust};
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig, Tier, domain::tier::Operation};
use hub_wire::connection_string::ServiceConnectionString;
use leptos::config::LeptosOptions;
use tokio::{net::TcpListener, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    assets::hexadecimal,
    build::BUILD,
    config::{self, ServeArgs},
    live::Feed,
    metrics, router,
    state::AppState,
};

/// Simulated devices beside an embedded hub when nobody says how many.
const DEFAULT_SIMULATED_DEVICES: usize = 100;
/// How long one part may take to stop before the next one is stopped regardless.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Runs the server until Ctrl-C or SIGTERM.
pub(crate) async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    config::require_loopback(args.listen)?;
    let metrics = metrics::install().context("cannot count")?;
    let _lock = lock_data_dir(&args.data_dir)?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (is another server running there? --listen 127.0.0.1:0 picks a free port)",
            args.listen
        )
    })?;
    let address = listener.local_addr()?;

    let (connection, hub) = if let Some(connection) = args.hub.read()? {
        (connection, None)
    } else {
        let hub = start_hub(&args).await?;
        (hub.connection_string().clone(), Some(hub))
    };
    let pool = start_pool(&args, &connection, hub.as_ref()).await?;
    let console = start_console(&args, connection, hub.as_ref(), pool.is_some()).await?;

    let stopping = CancellationToken::new();
    let state = AppState {
        feed: Feed::start(console.clone(), stopping.clone()),
        console: console.clone(),
        pool: pool.clone(),
        metrics,
        leptos: leptos_options(address),
        stopping: stopping.clone(),
    };
    announce(&format!("console listening on http://{address}"));
    tracing::info!(%address, build = *BUILD, "serving");
    axum::serve(listener, router::router(state))
        .with_graceful_shutdown(stop_signal(stopping.clone()))
        .await
        .context("the HTTP server ended")?;

    stop("console", console.stop()).await;
    // The router is gone, so this is the pool's last owner.
    if let Some(pool) = pool.and_then(Arc::into_inner) {
        stop("simulated devices", pool.stop()).await;
    }
    if let Some(hub) = hub {
        stop("embedded hub", hub.stop()).await;
    }
    tracing::info!("stopped");
    Ok(())
}

async fn start_hub(args: &ServeArgs) -> anyhow::Result<Hub> {
    let hub = Hub::start(HubConfig {
        host_name: args.hub_host_name.clone(),
        listen: args.hub_listen,
        tls_listen: args.hub_tls_listen,
        mqtt_listen: args.mqtt_listen,
        mqtt_tls_listen: args.mqtt_tls_listen,
        tier: args.hub_tier,
        units: args.hub_units,
        ..HubConfig::local(&args.data_dir)
    })
    .await
    .context("the embedded hub did not start")?;
    let addresses = hub.addresses();
    tracing::info!(
        rest = %addresses.rest, rest_tls = ?addresses.rest_tls, mqtt = %addresses.mqtt, mqtt_tls = ?addresses.mqtt_tls,
        "embedded hub listening"
    );
    if addresses.rest_tls.is_some() || addresses.mqtt_tls.is_some() {
        announce(&format!("certificate authority to trust for SDKs: {}", hub.ca_path().display()));
    }
    Ok(hub)
}

async fn start_pool(
    args: &ServeArgs,
    connection: &ServiceConnectionString,
    hub: Option<&Hub>,
) -> anyhow::Result<Option<Arc<Pool>>> {
    let count = args.simulated_devices.unwrap_or(if hub.is_some() { DEFAULT_SIMULATED_DEVICES } else { 0 });
    if count == 0 {
        return Ok(None);
    }
    let mqtt = match hub {
        Some(hub) => {
            let address = hub.addresses().mqtt;
            MqttEndpoint { host: address.ip().to_string(), port: address.port(), tls: None }
        }
        None => iot_hub(&connection.host_name, None),
    };
    let pool = Pool::start(PoolConfig {
        connection: connection.clone(),
        rest_endpoint: hub.map(Hub::rest_url),
        mqtt,
        count,
        prefix: "door-".to_owned(),
        settings: PoolSettings {
            // The embedded hub takes a fleet as fast as it comes; a real one counts.
            connects_per_second: if hub.is_some() { 0 } else { REAL_HUB_CONNECTS_PER_SECOND },
            ..PoolSettings::default()
        },
    })
    .await
    .context("the simulated devices did not start")?;
    Ok(Some(Arc::new(pool)))
}

/// Where IoT Hub takes MQTT: port 8883 of its host name, over TLS.
pub(crate) fn iot_hub(host_name: &str, authority: Option<Vec<u8>>) -> MqttEndpoint {
    let tls = authority.map_or(TlsTrust::Platform, TlsTrust::Authority);
    MqttEndpoint { host: host_name.to_owned(), port: 8883, tls: Some(tls) }
}

async fn start_console(
    args: &ServeArgs,
    connection: ServiceConnectionString,
    hub: Option<&Hub>,
    has_simulator: bool,
) -> anyhow::Result<Console> {
    let options = HubClientOptions { endpoint: hub.map(Hub::rest_url), ..HubClientOptions::default() };
    let client = HubClient::new(connection, options).context("the hub's client did not start")?;
    Console::open(ConsoleConfig {
        data_dir: args.data_dir.clone(),
        hub: client,
        hub_kind: if hub.is_some() { HubKind::Embedded } else { HubKind::Remote },
        hub_id: hub.map(embedded_id),
        job_pace: args.hub_tier.filter(|_| hub.is_some()).map(|tier| job_pace(tier, args.hub_units)),
        has_simulator,
    })
    .await
    .with_context(|| format!("the console's store in {} cannot be used", args.data_dir.display()))
}

/// What tells one embedded hub from another: all of them are `localhost`. Made from the key that each chooses for itself,
/// in a way that says nothing of the key.
fn embedded_id(hub: &Hub) -> String {
    let proof = hub.connection_string().key.sign(b"which hub this is");
    format!("embedded-{}", hexadecimal(&proof[..8]))
}

/// The pace that an imposed tier gives to jobs.
fn job_pace(tier: Tier, units: u32) -> JobPace {
    let devices_per_second = f64::from(tier.rate(units, Operation::JobDevice).count);
    let name = format!("{tier:?}");
    let of = if units == 1 { String::new() } else { format!(" with {units} units") };
    JobPace {
        devices_per_second,
        reason: format!("the tier {name}{of} allows {devices_per_second} device operations of jobs a second"),
    }
}

fn leptos_options(address: std::net::SocketAddr) -> LeptosOptions {
    LeptosOptions::builder().output_name("fleetcast").site_pkg_dir("pkg").site_addr(address).build()
}

/// Two servers on one data folder would both move the same jobs.
pub(crate) fn lock_data_dir(data_dir: &Path) -> anyhow::Result<std::fs::File> {
    use std::os::unix::fs::DirBuilderExt;
    let cannot = || format!("cannot use the data folder {}", data_dir.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).with_context(cannot)?;
    let lock = std::fs::File::create(data_dir.join("lock")).with_context(cannot)?;
    lock.try_lock().with_context(|| {
        format!(
            "another fleetcast uses the data folder {}; stop it or give this one another --data-dir",
            data_dir.display()
        )
    })?;
    Ok(lock)
}

/// Waits for Ctrl-C or SIGTERM, then ends the event streams, which would otherwise keep the server from stopping.
async fn stop_signal(stopping: CancellationToken) {
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
    tracing::info!("stopping");
    stopping.cancel();
}

async fn stop(part: &str, stopped: impl Future<Output = ()>) {
    if tokio::time::timeout(STOP_PATIENCE, stopped).await.is_err() {
        tracing::warn!(part, "did not stop in time; going on without it");
    }
}

/// What scripts and people read on standard output; the log goes to standard error.
#[expect(clippy::print_stdout, reason = "the one line that scripts wait for")]
fn announce(line: &str) {
    println!("{line}");
}
