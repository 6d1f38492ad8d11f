//! Starts the parts in order, waits, stops them in the reverse order.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use console::{Console, ConsoleConfig, DeviceEndpoint, JobPace};
use console_wire::hub::HubKind;
use device_pool::{MqttEndpoint, PoolConfig, PoolSettings, REAL_HUB_CONNECTS_PER_SECOND, TlsTrust};
use hub_client::{HubClient, HubClientOptions};
use hub_embedded::{Hub, HubConfig, Tier, clock::SystemClock, domain::tier::Operation};
use hub_wire::connection_string::ServiceConnectionString;
use leptos::config::LeptosOptions;
use rollout::approval::ApprovalPolicy;
use tokio::{net::TcpListener, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    access::provider::SignInProvider,
    assets::hexadecimal,
    audit,
    build::BUILD,
    config::ServeArgs,
    event_feed::Feed,
    file_limits::{self, Caps, EmbeddedParts},
    listen::{
        access, bind_metrics, limits, offer_setup, origin, reach, read_certificate, serve_metrics, serve_on,
    },
    metrics, refusal_log, retention, router,
    simulator::{SettingsFile, SimulatedDevices},
    state::AppState,
    telemetry::announce,
    wall_feed::WallFeed,
};

/// Simulated devices beside an embedded hub when --simulated-devices is not given.
const DEFAULT_SIMULATED_DEVICES: usize = 100;
/// How long one part may take to stop before the next one is stopped regardless.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Runs the server until Ctrl-C or SIGTERM.
pub(crate) async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    args.access.check(args.listen)?;
    let certificate = read_certificate(&args.access)?;
    let provider = args.openid.read(args.access.sign_in)?.map(SignInProvider::new).transpose();
    let provider = provider.context("people cannot sign in at the provider")?;
    let metrics = metrics::install().context("cannot record metrics")?;
    let connection = args.hub.read()?;
    let settings_file =
        SettingsFile::new(&args.data_dir, connection.as_ref().map(|hub| hub.host_name.as_str()));
    let settings = settings_file.read();
    let (caps, devices) = caps(&args, connection.is_none(), settings.map(|settings| settings.count))?;
    let _lock = lock_data_dir(&args.data_dir)?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (is another server running there? --listen 127.0.0.1:0 picks a free port)",
            args.listen
        )
    })?;
    let address = listener.local_addr()?;
    let metrics_listener = bind_metrics(args.metrics_listen).await?;

    let (connection, hub) = if let Some(connection) = connection {
        (connection, None)
    } else {
        let hub = start_hub(&args, &caps).await?;
        (hub.connection_string().clone(), Some(hub))
    };
    let pool = match devices {
        Some(count) => {
            let config = pool_config(count, settings, &caps, &connection, hub.as_ref());
            let pool = SimulatedDevices::start(config, settings_file).await;
            Some(pool.context("the simulated devices did not start")?)
        }
        None => None,
    };
    let console = start_console(&args, &caps, connection, hub.as_ref(), pool.is_some()).await?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    if args.access.sign_in {
        offer_setup(&console, &origin(scheme, address)).await?;
    }

    let stopping = CancellationToken::new();
    let state = AppState {
        feed: Feed::start(console.clone(), caps.streams, stopping.clone()),
        wall: WallFeed::start(console.clone(), stopping.clone()),
        console: console.clone(),
        pool: pool.clone(),
        provider: provider.clone(),
        data_dir: args.data_dir.clone().into(),
        metrics,
        leptos: leptos_options(address),
        stopping: stopping.clone(),
    };
    let serving_metrics = serve_metrics(metrics_listener, &state, &stopping)?;
    announce(&format!("console listening on {scheme}://{address}"));
    tracing::info!(%address, build = *BUILD, "serving");
    let limits = limits(&args.access, &caps);
    let router = router::router(
        state,
        access(&args.access, console.clone(), provider.as_deref()),
        reach(&args.access),
    );
    tokio::spawn(hub_embedded::clock::log_jumps());
    tokio::spawn(refusal_log::report());
    tokio::spawn(audit::log_heads(console.clone(), Arc::new(SystemClock), stopping.clone()));
    if let Some(days) = args.keep_history_days {
        let keep = retention::days(days);
        tokio::spawn(retention::run(console.clone(), Arc::new(SystemClock), keep, stopping.clone()));
    }
    tokio::spawn(stop_signal(stopping.clone()));
    serve_on(listener, certificate, &caps, router, limits, stopping).await?;
    if let Some(serving) = serving_metrics {
        serving.await.ok();
    }

    stop("console", console.stop()).await;
    // The router is dropped, so this is the pool's last owner.
    if let Some(pool) = pool {
        stop("simulated devices", pool.stop()).await;
    }
    if let Some(hub) = hub {
        stop("embedded hub", hub.stop()).await;
    }
    refusal_log::finish();
    tracing::info!("stopped");
    Ok(())
}

/// What the limit of open files allows, and how many devices are simulated; `None` without a pool. `stored` is how many
/// there were before a restart.
fn caps(args: &ServeArgs, has_hub: bool, stored: Option<usize>) -> anyhow::Result<(Caps, Option<usize>)> {
    let wanted = simulated_devices(args.simulated_devices, has_hub, stored);
    let beside = match (has_hub, wanted) {
        (true, None) => EmbeddedParts::Hub,
        (true, Some(_)) => EmbeddedParts::HubAndDevices,
        (false, _) => EmbeddedParts::Devices,
    };
    let caps = Caps::of(file_limits::raise(), beside)?;
    let Some(wanted) = wanted.filter(|wanted| *wanted > caps.simulated_devices) else {
        return Ok((caps, wanted));
    };
    let reason = caps.capacity(Some(wanted)).reason;
    if args.simulated_devices.is_some() {
        bail!("--simulated-devices {wanted} is refused: {reason}");
    }
    let devices = caps.simulated_devices;
    tracing::warn!(devices, wanted, "fewer devices are simulated than before or by default: {reason}");
    Ok((caps, Some(devices)))
}

/// How many devices to simulate: as many as the flag says, else as many as before, else a default. A pool beside a real
/// hub runs only on request, and so does one that a flag of 0 has turned off.
fn simulated_devices(flag: Option<usize>, has_hub: bool, stored: Option<usize>) -> Option<usize> {
    match flag {
        Some(count) => Some(count).filter(|count| *count > 0),
        // A pool that was reduced to 0 devices runs again, so that its page can raise the number.
        None => has_hub.then(|| stored.unwrap_or(DEFAULT_SIMULATED_DEVICES)),
    }
}

async fn start_hub(args: &ServeArgs, caps: &Caps) -> anyhow::Result<Hub> {
    let local = HubConfig::local(&args.data_dir);
    let hub = Hub::start(HubConfig {
        host_name: args.hub_host_name.clone(),
        listen: args.hub_listen,
        tls_listen: args.hub_tls_listen,
        mqtt_listen: args.mqtt_listen,
        mqtt_tls_listen: args.mqtt_tls_listen,
        tier: args.hub_tier,
        units: args.hub_units,
        rest_limits: http_serve::Limits {
            max_connections: caps.hub_connections,
            max_per_address: caps.hub_connections.div_ceil(4),
            ..local.rest_limits
        },
        mqtt_limits: hub_embedded::mqtt::Limits {
            max_connections: caps.mqtt_connections.min(local.mqtt_limits.max_connections),
            ..local.mqtt_limits
        },
        max_handshakes: caps.handshakes,
        data_dir: local.data_dir,
        clock: local.clock,
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

/// The pool of `count` devices, with the settings that it had before a restart.
fn pool_config(
    count: usize,
    stored: Option<PoolSettings>,
    caps: &Caps,
    connection: &ServiceConnectionString,
    hub: Option<&Hub>,
) -> PoolConfig {
    let mqtt = match hub {
        Some(hub) => {
            let address = hub.addresses().mqtt;
            MqttEndpoint { host: address.ip().to_string(), port: address.port(), tls: None }
        }
        None => iot_hub(&connection.host_name, None),
    };
    PoolConfig {
        connection: connection.clone(),
        rest_endpoint: hub.map(Hub::rest_url),
        mqtt,
        count,
        prefix: "door-".to_owned(),
        settings: stored.unwrap_or_else(|| PoolSettings {
            // The embedded hub does not limit the connect rate; a real one does.
            connects_per_second: if hub.is_some() { 0 } else { REAL_HUB_CONNECTS_PER_SECOND },
            ..PoolSettings::default()
        }),
        capacity: caps.capacity(None),
    }
}

/// IoT Hub's MQTT endpoint: port 8883 of its host name, over TLS.
pub(crate) fn iot_hub(host_name: &str, authority: Option<Vec<u8>>) -> MqttEndpoint {
    let tls = authority.map_or(TlsTrust::Platform, TlsTrust::Authority);
    MqttEndpoint { host: host_name.to_owned(), port: 8883, tls: Some(tls) }
}

async fn start_console(
    args: &ServeArgs,
    caps: &Caps,
    connection: ServiceConnectionString,
    hub: Option<&Hub>,
    has_simulator: bool,
) -> anyhow::Result<Console> {
    let options = HubClientOptions { endpoint: hub.map(Hub::rest_url), ..HubClientOptions::default() };
    let client = HubClient::new(connection, options).context("the hub's client did not start")?;
    let device_endpoint = match hub {
        Some(hub) => embedded_endpoint(args, hub)?,
        None => DeviceEndpoint::iot_hub(client.host_name()),
    };
    Console::open(ConsoleConfig {
        data_dir: args.data_dir.clone(),
        hub: client,
        hub_kind: if hub.is_some() { HubKind::Embedded } else { HubKind::Remote },
        hub_id: hub.map(embedded_id),
        job_pace: args.hub_tier.filter(|_| hub.is_some()).map(|tier| job_pace(tier, args.hub_units)),
        device_endpoint,
        hub_tier: args.hub_tier.map(|tier| (rollout_tier(tier), args.hub_units)),
        direct_calls: u32::try_from(caps.direct_calls()).unwrap_or(u32::MAX),
        approval_policy: ApprovalPolicy {
            above_devices: args.approval_above,
            actions: args.approval_methods.clone(),
        },
        has_simulator,
        requires_reason: args.require_reason,
        time_zone: args.time_zone.clone(),
        notices: hub.and_then(Hub::remark).map(str::to_owned).into_iter().collect(),
        webhook_addresses: args.webhook_addresses(),
        unused_token_life: retention::days(args.revoke_unused_tokens_days),
        schedule_clock: Arc::new(console::SystemClock),
    })
    .await
    .with_context(|| format!("the console's store in {} cannot be used", args.data_dir.display()))
}

/// Where devices connect to an embedded hub: over TLS if it listens there.
fn embedded_endpoint(args: &ServeArgs, hub: &Hub) -> anyhow::Result<DeviceEndpoint> {
    let addresses = hub.addresses();
    let certificate_authority =
        match addresses.mqtt_tls {
            Some(_) => Some(std::fs::read_to_string(hub.ca_path()).with_context(|| {
                format!("cannot read the certificate authority {}", hub.ca_path().display())
            })?),
            None => None,
        };
    let address = addresses.mqtt_tls.unwrap_or(addresses.mqtt);
    Ok(DeviceEndpoint {
        host_name: args.hub_host_name.clone(),
        port: address.port(),
        is_encrypted: addresses.mqtt_tls.is_some(),
        certificate_authority,
        is_local: address.ip().is_loopback(),
    })
}

/// Identifies an embedded hub, since all of them are `localhost`: a MAC by the hub's key, which does not reveal the key.
fn embedded_id(hub: &Hub) -> String {
    let proof = hub.connection_string().key.sign(b"which hub this is");
    format!("embedded-{}", hexadecimal(&proof[..8]))
}

const fn rollout_tier(tier: Tier) -> rollout::estimate::tier::Tier {
    match tier {
        Tier::S1 => rollout::estimate::tier::Tier::S1,
        Tier::S2 => rollout::estimate::tier::Tier::S2,
        Tier::S3 => rollout::estimate::tier::Tier::S3,
    }
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

/// Locks the data folder: two servers on one folder would both run the same jobs.
pub(crate) fn lock_data_dir(data_dir: &Path) -> anyhow::Result<std::fs::File> {
    use std::os::unix::fs::DirBuilderExt;
    let cannot = || format!("cannot use the data folder {}", data_dir.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).with_context(cannot)?;
    let lock = std::fs::File::create(data_dir.join("lock")).with_context(cannot)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another fleetcast uses the data folder {}; stop it or give this one another --data-dir",
            data_dir.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(|| {
            format!(
                "the data folder {} cannot be locked, so another fleetcast could use it at the same time; give a \
                 --data-dir on a file system with locks",
                data_dir.display()
            )
        }),
    }
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
        tracing::warn!(part, "did not stop in time; stopping the next part");
    }
}

#[cfg(test)]
mod tests {
    use super::simulated_devices;

    #[test]
    fn how_many_devices_are_simulated() {
        for (flag, has_hub, stored, devices) in [
            (None, true, None, Some(100)),
            (None, true, Some(500), Some(500)),
            (None, true, Some(0), Some(0)),
            (Some(20), true, Some(500), Some(20)),
            (Some(0), true, Some(500), None),
            (None, false, Some(500), None),
            (Some(20), false, None, Some(20)),
        ] {
            assert_eq!(simulated_devices(flag, has_hub, stored), devices, "{flag:?} {has_hub} {stored:?}");
        }
    }
}
