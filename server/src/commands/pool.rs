//! `fleetcast pool`: simulated devices in a process of their own, against any hub.

use anyhow::{Context, bail};
use device_pool::{MqttEndpoint, Pool, PoolConfig, PoolSettings, REAL_HUB_CONNECTS_PER_SECOND};

use crate::{config::PoolArgs, file_limits, run};

/// Runs the pool until Ctrl-C.
pub(crate) async fn run(args: PoolArgs) -> anyhow::Result<()> {
    let capacity = file_limits::pool_capacity(file_limits::raise(), args.count);
    let Some(connection) = args.hub.read()? else {
        bail!(
            "fleetcast pool needs a hub: give --hub-connection-string-file or FLEETCAST_HUB_CONNECTION_STRING"
        );
    };
    let ca_pem = match &args.ca_file {
        Some(path) => {
            Some(std::fs::read(path).with_context(|| format!("cannot read --ca-file {}", path.display()))?)
        }
        None => None,
    };
    // --mqtt-address means an embedded hub, which does not limit the connect rate.
    let default_pace = if args.mqtt_address.is_some() { 0 } else { REAL_HUB_CONNECTS_PER_SECOND };
    let mqtt = match &args.mqtt_address {
        Some(address) => plain(address)?,
        None => run::iot_hub(&connection.host_name, ca_pem),
    };
    let pool = Pool::start(PoolConfig {
        connection,
        rest_endpoint: args.hub_url,
        mqtt,
        count: args.count,
        prefix: args.prefix,
        settings: PoolSettings {
            seed: args.seed,
            connects_per_second: args.connects_per_second.unwrap_or(default_pace),
            ..PoolSettings::default()
        },
        capacity,
    })
    .await
    .context("the simulated devices did not start")?;
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    pool.stop().await;
    Ok(())
}

/// `host:port`, without TLS.
fn plain(address: &str) -> anyhow::Result<MqttEndpoint> {
    let sentence = || format!("--mqtt-address '{address}' is not of the form host:port");
    let (host, port) = address.rsplit_once(':').with_context(sentence)?;
    Ok(MqttEndpoint { host: host.to_owned(), port: port.parse().with_context(sentence)?, tls: None })
}
