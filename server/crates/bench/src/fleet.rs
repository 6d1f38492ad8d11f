//! Devices that answer every call at once and do nothing else, in a process of their own: the same clients and payloads
//! for hub and broker, so that the two can be compared.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use device_pool::fleet::{device_id, device_key};
use futures::{StreamExt, TryStreamExt, stream};
use hub_wire::{
    API_VERSION, Timestamp,
    connection_string::ServiceConnectionString,
    sas::{resource_uri, sign_token},
};
use rumqttc::mqttbytes::v4::{Connect, Packet};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;

use crate::{
    figure::count,
    link::Link,
    process::{self, Process, ourselves},
};

/// What a device answers.
pub(crate) const ANSWER: &[u8] = br#"{"state":"locked","bolt":"ok","battery":71}"#;
/// The method that is called.
pub(crate) const METHOD: &str = "lockDoor";
/// The call's payload.
pub(crate) const REQUEST: &[u8] = br#"{"mode":"night"}"#;
/// Where devices of a broker answer, before the request id.
pub(crate) const ANSWERS: &str = "answers/200/?$rid=";
/// Ids begin so, as those of seeded devices do.
pub(crate) const PREFIX: &str = "door-";
/// Devices that connect at once.
const CONNECTING: usize = 64;
/// Keep-alive in seconds: longer than any story.
const KEEP_ALIVE: u16 = 900;
/// How long a whole fleet may take to connect.
const PATIENCE: Duration = Duration::from_mins(2);

/// `bench fleet`.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    /// `host:port` of the MQTT listener.
    #[arg(long)]
    address: String,
    /// How many devices.
    #[arg(long)]
    count: usize,
    /// What they talk to.
    #[arg(long)]
    to: To,
    /// Seconds over which the devices spread their answers to a call that goes to all; 0 means at once.
    #[arg(long, default_value_t = 0.0)]
    spread: f64,
    /// A hub's connection string, for the devices' keys.
    #[arg(long, env = "FLEETCAST_HUB_CONNECTION_STRING", hide_env_values = true)]
    hub: Option<String>,
}

/// What devices talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// An IoT Hub: its topics, and a token for each device.
    Hub,
    /// Any broker: a topic for each device.
    Broker,
}

/// The filter that a device of a broker subscribes to, without its end.
pub(crate) fn broker_topic(device: &str) -> String {
    format!("devices/{device}/methods/POST/")
}

/// Runs the devices until our input is closed.
pub(crate) async fn run(args: FleetArgs) -> anyhow::Result<()> {
    let begin = Instant::now();
    let (answered, _unheard) = mpsc::unbounded_channel();
    let devices = connect(&args, &answered).await?;
    print_line(&format!("connected {}", begin.elapsed().as_secs_f64()));
    process::until_abandoned().await;
    drop(devices);
    Ok(())
}

/// Connects all; each is a task from then on. Every answer's time is reported.
async fn connect(
    args: &FleetArgs,
    answered: &mpsc::UnboundedSender<Timestamp>,
) -> anyhow::Result<tokio::task::JoinSet<()>> {
    let connection: Option<Arc<ServiceConnectionString>> =
        args.hub.as_deref().filter(|_| args.to == To::Hub).map(str::parse).transpose()?.map(Arc::new);
    let links: Vec<Link> = stream::iter(1..=args.count)
        .map(|index| {
            let connection = connection.clone();
            async move {
                let id = device_id(PREFIX, index)?;
                let (connect, filter) = match &connection {
                    Some(connection) => (hub_login(connection, &id), "$iothub/methods/POST/#".to_owned()),
                    None => (Connect::new(id.as_str()), format!("{}#", broker_topic(id.as_str()))),
                };
                let connect = Connect { keep_alive: KEEP_ALIVE, ..connect };
                Link::open(&args.address, connect, filter).await
            }
        })
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await?;
    let mut devices = tokio::task::JoinSet::new();
    for (index, link) in links.into_iter().enumerate() {
        let (to, answered) = (args.to, answered.clone());
        let pause = Duration::from_secs_f64(args.spread * count(index) / count(args.count));
        devices.spawn(async move {
            // Ends when the other side does.
            let _ = serve(link, to, pause, &answered).await;
        });
    }
    Ok(devices)
}

fn hub_login(connection: &ServiceConnectionString, id: &hub_wire::DeviceId) -> Connect {
    let host = &connection.host_name;
    let expiry = Timestamp::from(SystemTime::now()).unix_seconds() + 3600;
    let resource = resource_uri(&[host, "devices", id.as_str()]);
    let token = sign_token(&device_key(connection, id), &resource, expiry, None);
    let mut connect = Connect::new(id.as_str());
    connect.set_login(format!("{host}/{id}/?api-version={API_VERSION}"), token.expose_secret());
    connect
}

/// Answers calls until the connection ends.
async fn serve(
    mut link: Link,
    to: To,
    pause: Duration,
    answered: &mpsc::UnboundedSender<Timestamp>,
) -> anyhow::Result<()> {
    loop {
        let mut packet = Some(link.receive().await?);
        while let Some(next) = packet {
            if let Packet::Publish(call) = next {
                let request_id = call.topic.rsplit_once("$rid=").context("a call without an id")?.1;
                let topic = match to {
                    To::Hub => format!("$iothub/methods/res/200/?$rid={request_id}"),
                    To::Broker => format!("{ANSWERS}{request_id}"),
                };
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                link.publish(topic, ANSWER)?;
                // The receiver may be gone.
                let _ = answered.send(SystemTime::now().into());
            }
            packet = link.received()?;
        }
        link.flush().await?;
    }
}

#[expect(clippy::print_stdout, reason = "what the parent process waits for")]
fn print_line(line: &str) {
    println!("{line}");
}

/// A fleet in a process of its own, all of it connected.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) process: Process,
    /// How long all took to connect, in seconds.
    pub(crate) connected_in: f64,
}

impl Fleet {
    /// Starts devices of a hub, which must know them.
    pub(crate) async fn of_hub(
        address: &str,
        connection: &ServiceConnectionString,
        count: usize,
    ) -> anyhow::Result<Self> {
        let secret = connection.secret_text();
        let mut command = ourselves()?;
        command.env("FLEETCAST_HUB_CONNECTION_STRING", secret.expose_secret());
        Self::start(command, "hub", address, count).await
    }

    /// Starts devices of a broker.
    pub(crate) async fn of_broker(address: &str, count: usize) -> anyhow::Result<Self> {
        Self::start(ourselves()?, "broker", address, count).await
    }

    async fn start(
        mut command: std::process::Command,
        to: &str,
        address: &str,
        count: usize,
    ) -> anyhow::Result<Self> {
        command.args(["fleet", "--to", to, "--address", address, "--count", &count.to_string()]);
        let mut process = Process::start("the fleet", &mut command)?;
        let connected = process.line("connected ", PATIENCE).await?;
        Ok(Self { process, connected_in: connected.parse().context("a fleet printed no number")? })
    }
}

/// Devices in this process, whose answers are reported with their time.
#[derive(Debug)]
pub(crate) struct Witnessed {
    _devices: tokio::task::JoinSet<()>,
    pub(crate) answered: mpsc::UnboundedReceiver<Timestamp>,
}

impl Witnessed {
    /// Connects devices to a hub, which spread their answers over a time.
    pub(crate) async fn of_hub(
        address: &str,
        connection: &ServiceConnectionString,
        count: usize,
        spread: Duration,
    ) -> anyhow::Result<Self> {
        let args = FleetArgs {
            address: address.to_owned(),
            count,
            spread: spread.as_secs_f64(),
            to: To::Hub,
            hub: Some(connection.secret_text().expose_secret().to_owned()),
        };
        let (tell, answered) = mpsc::unbounded_channel();
        Ok(Self { _devices: connect(&args, &tell).await?, answered })
    }
}
