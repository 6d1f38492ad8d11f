//! The devices, in this process, which is not killed. Each records every call before it acts on it; records are never
//! removed.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hub_wire::{
    Timestamp,
    connection_string::ServiceConnectionString,
    sas::{resource_uri, sign_token},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, Publish, QoS};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

/// What a device recorded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    /// A call came in.
    Called,
    /// It is about to give this answer.
    Answers(i32, Value),
    /// It is about to break the connection instead.
    Drops,
}

/// An entry, of which device about which job.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) device: String,
    pub(crate) job: String,
    pub(crate) entry: Entry,
}

/// How a device reacts to a call.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Answers,
    Twice,
    Refuses,
    Garbage,
    /// Breaks the connection instead.
    Drops,
    Never,
}

/// Connected devices.
pub(crate) struct Fleet {
    records: Arc<Mutex<Vec<Record>>>,
    address: watch::Sender<Option<SocketAddr>>,
    devices: JoinSet<()>,
}

impl Fleet {
    /// So many devices, which connect to wherever the hub is.
    pub(crate) fn start(seed: u64, names: &[String], connection: &ServiceConnectionString) -> Self {
        let records = Arc::default();
        let address = watch::Sender::new(None);
        let answers = Arc::new(AtomicU64::new(0));
        let mut devices = JoinSet::new();
        for (index, name) in names.iter().enumerate() {
            let device = Device {
                name: name.clone(),
                connection: connection.clone(),
                current: Arc::default(),
                records: Arc::clone(&records),
                answers: Arc::clone(&answers),
                chance: StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(index as u64)),
                has_never: seed.is_multiple_of(5) && index == 0,
            };
            devices.spawn(device.run(address.subscribe()));
        }
        Self { records, address, devices }
    }

    /// Tells the devices where the hub is now.
    pub(crate) fn go_to(&self, address: SocketAddr) {
        self.address.send_replace(Some(address));
    }

    /// Everything written down so far.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.records.lock().expect("no panic").clone()
    }

    /// Ends the devices.
    pub(crate) async fn stop(mut self) {
        self.devices.shutdown().await;
    }
}

struct Device {
    name: String,
    connection: ServiceConnectionString,
    /// The connection of the moment. An answer that was slow goes out on it, though the call may have come on one before:
    /// after a restart the hub must not take it for the answer to another call.
    current: Arc<Mutex<Option<AsyncClient>>>,
    records: Arc<Mutex<Vec<Record>>>,
    /// Numbers every answer of the fleet, so that each is unique.
    answers: Arc<AtomicU64>,
    chance: StdRng,
    has_never: bool,
}

impl Device {
    async fn run(mut self, mut address: watch::Receiver<Option<SocketAddr>>) {
        loop {
            let Ok(at) = address.wait_for(Option::is_some).await.map(|at| at.expect("some")) else { return };
            let (client, mut events) = self.connect(at);
            *self.current.lock().expect("no panic") = Some(client.clone());
            self.live(&client, &mut events).await;
            // As every device does: not at once, and not all together.
            tokio::time::sleep(Duration::from_millis(self.chance.random_range(5..60))).await;
        }
    }

    fn connect(&self, at: SocketAddr) -> (AsyncClient, EventLoop) {
        let host = &self.connection.host_name;
        let expires = Timestamp::from(std::time::SystemTime::now()).unix_seconds() + 3600;
        let resource = resource_uri(&[host.as_str(), "devices", &self.name]);
        let token = sign_token(&self.connection.key, &resource, expires, Some(&self.connection.policy));
        let mut options = MqttOptions::new(&self.name, at.ip().to_string(), at.port());
        options
            .set_credentials(format!("{host}/{}/?api-version=2021-04-12", self.name), token.expose_secret())
            .set_clean_session(true);
        AsyncClient::new(options, 16)
    }

    /// One connection, to its end.
    async fn live(&mut self, client: &AsyncClient, events: &mut EventLoop) {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Incoming::ConnAck(_))) => {
                    if client.try_subscribe("$iothub/methods/POST/#", QoS::AtMostOnce).is_err() {
                        return;
                    }
                }
                Ok(Event::Incoming(Incoming::Publish(call))) => {
                    if self.take(&call).is_none() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Takes a call; none when the connection is to break.
    fn take(&mut self, call: &Publish) -> Option<()> {
        let payload: Value = serde_json::from_slice(&call.payload).expect("JSON");
        let job = payload["job"].as_str().expect("the job's name").to_owned();
        let (_, request_id) = call.topic.split_once("?$rid=").expect("a request id");
        self.write(&job, Entry::Called);
        let manner = match self.chance.random_range(0..100) {
            _ if self.has_never => Manner::Never,
            0..5 => Manner::Twice,
            5..9 => Manner::Refuses,
            9..12 => Manner::Garbage,
            12..15 => Manner::Drops,
            _ => Manner::Answers,
        };
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let status = if matches!(manner, Manner::Refuses) { 500 } else { 200 };
        let answer = json!({"job": job, "answer": number});
        let (body, times) = match manner {
            Manner::Drops => {
                self.write(&job, Entry::Drops);
                return None;
            }
            Manner::Never => return Some(()),
            Manner::Garbage => ("no JSON".to_owned(), 1),
            Manner::Twice => (answer.to_string(), 2),
            Manner::Answers | Manner::Refuses => (answer.to_string(), 1),
        };
        let record = Record { device: self.name.clone(), job, entry: Entry::Answers(status, answer) };
        let (current, records) = (Arc::clone(&self.current), Arc::clone(&self.records));
        let topic = format!("$iothub/methods/res/{status}/?$rid={request_id}");
        // Half of them at once, the others over the next half second.
        let delay = Duration::from_millis(self.chance.random_range(0..1000_u64).saturating_sub(500));
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            records.lock().expect("no panic").push(record);
            let client = current.lock().expect("no panic").clone().expect("it was connected");
            for _ in 0..times {
                // The connection may be gone; then this answer never arrives.
                let _ = client.publish(&topic, QoS::AtMostOnce, false, body.clone()).await;
            }
        });
        Some(())
    }

    fn write(&self, job: &str, entry: Entry) {
        let record = Record { device: self.name.clone(), job: job.to_owned(), entry };
        self.records.lock().expect("no panic").push(record);
    }
}
