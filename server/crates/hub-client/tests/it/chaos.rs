//! The client and a real hub with a proxy between them that loses, refuses and breaks off, as a seed decides. What the
//! client reports must be what became of the call, and no method is called twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::proxy::{Fault, Proxy};
use hub_client::{ErrorKind, HubClient, HubClientOptions, RetryPolicy};
use hub_embedded::{Hub, HubConfig};
use hub_wire::{
    DeviceId, Timestamp,
    direct_method::DirectMethodRequest,
    job::JobRequest,
    sas::{resource_uri, sign_token},
    twin::TwinPatch,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Seeds of a run unless `CHAOS_SEEDS` says otherwise.
const SEEDS: u64 = 4;
/// Calls of a seed.
const CALLS: usize = 60;

/// The seeds of a story that begins with this one.
fn seeds(first: u64) -> std::ops::Range<u64> {
    let number = std::env::var("CHAOS_SEEDS").ok().and_then(|text| text.parse().ok());
    first..first + number.unwrap_or(SEEDS)
}

/// A hub, the proxy before it, a client that knows only the proxy, and one that goes straight.
struct World {
    hub: Hub,
    proxy: Proxy,
    client: HubClient,
    straight: HubClient,
    _folder: TempDir,
}

impl World {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::start(HubConfig::local(folder.path())).await.unwrap();
        let proxy = Proxy::start(&hub.rest_url()).await;
        let retry = RetryPolicy {
            max_attempts: 5,
            base: Duration::from_millis(2),
            throttled_base: Duration::from_millis(4),
            cap: Duration::from_millis(20),
            max_elapsed: Duration::from_secs(20),
        };
        let client = |endpoint: String| {
            let options = HubClientOptions {
                endpoint: Some(endpoint),
                retry,
                request_timeout: Duration::from_millis(400),
                ..HubClientOptions::default()
            };
            HubClient::new(hub.connection_string().clone(), options).unwrap()
        };
        let (client, straight) = (client(proxy.url()), client(hub.rest_url()));
        Self { hub, proxy, client, straight, _folder: folder }
    }

    async fn register(&self, name: &str) -> DeviceId {
        let device = serde_json::from_value(json!({ "deviceId": name })).unwrap();
        self.straight.create_device(&device).await.unwrap();
        name.parse().unwrap()
    }

    /// A device that writes down the payload of each call and answers it; connected when this returns.
    async fn device(&self, id: &DeviceId) -> Arc<Mutex<Vec<Value>>> {
        let owner = self.hub.connection_string();
        let resource = resource_uri(&[&owner.host_name, "devices", id.as_str()]);
        let expires = Timestamp::from(std::time::SystemTime::now()).unix_seconds() + 600;
        let token = sign_token(&owner.key, &resource, expires, Some(&owner.policy));
        let address = self.hub.addresses().mqtt;
        let mut options = MqttOptions::new(id.as_str(), address.ip().to_string(), address.port());
        let user = format!("{}/{id}/?api-version=2021-04-12", owner.host_name);
        options.set_credentials(user, token.expose_secret()).set_clean_session(true);
        let (client, mut events) = AsyncClient::new(options, 16);
        client.subscribe("$iothub/methods/POST/#", QoS::AtMostOnce).await.unwrap();
        let calls: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (listens, listening) = tokio::sync::oneshot::channel();
        let record = Arc::clone(&calls);
        tokio::spawn(async move {
            let mut listens = Some(listens);
            while let Ok(event) = events.poll().await {
                match event {
                    Event::Incoming(Incoming::SubAck(_)) => {
                        listens.take().map(|listens| listens.send(()));
                    }
                    Event::Incoming(Incoming::Publish(call)) => {
                        record.lock().unwrap().push(serde_json::from_slice(&call.payload).unwrap());
                        let (_, request_id) = call.topic.split_once("?$rid=").unwrap();
                        let topic = format!("$iothub/methods/res/200/?$rid={request_id}");
                        client.publish(topic, QoS::AtMostOnce, false, call.payload).await.unwrap();
                    }
                    _ => {}
                }
            }
        });
        listening.await.unwrap();
        calls
    }
}

/// Every other request meets a fault, any of them.
fn chaos(seed: u64) -> impl Fn(&str) -> Fault + Send + Sync + 'static {
    let chance = Mutex::new(StdRng::seed_from_u64(seed));
    move |_| match chance.lock().unwrap().random_range(0..16) {
        0 => Fault::Refuses(500),
        1 => Fault::Refuses(503),
        2 => Fault::Refuses(429),
        3 => Fault::Throttles(0),
        4 => Fault::Closes,
        5 => Fault::BreaksOff,
        6 => Fault::Lies,
        7 => Fault::Hangs,
        _ => Fault::Passes,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_method_is_called_twice_and_an_answer_is_the_devices() {
    for seed in seeds(0) {
        let world = World::start().await;
        let id = world.register("d1").await;
        let calls = world.device(&id).await;
        world.proxy.plan(chaos(seed));
        let mut answered = HashMap::new();
        for number in 0..CALLS {
            let request: DirectMethodRequest = serde_json::from_value(
                json!({"methodName": "m", "payload": number, "responseTimeoutInSeconds": 5}),
            )
            .unwrap();
            // A method is given its own time on top of the request's; a hung one is given up here.
            let call =
                tokio::time::timeout(Duration::from_millis(400), world.client.invoke_method(&id, &request));
            match call.await {
                Ok(Ok(response)) => assert_eq!(answered.insert(number, response.payload), None),
                Ok(Err(error)) => assert!(error.is_transient(), "{error:?}"),
                Err(_) => {}
            }
        }
        let requests = world.proxy.log();
        assert_eq!(requests.len(), CALLS, "seed {seed}: one request for each call");
        let calls = calls.lock().unwrap().clone();
        for (number, request) in requests.iter().enumerate() {
            let times = calls.iter().filter(|payload| **payload == json!(number)).count();
            let is_answered =
                answered.get(&number).inspect(|payload| assert_eq!(**payload, json!(number))).is_some();
            let reached = matches!(request.1, Fault::Passes | Fault::BreaksOff | Fault::Lies | Fault::Hangs);
            assert_eq!(times, usize::from(reached), "seed {seed}, call {number}, {request:?}");
            assert_eq!(is_answered, request.1 == Fault::Passes, "seed {seed}, call {number}");
        }
        world.hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_created_once_and_known_to_be() {
    for seed in seeds(1_000) {
        let world = World::start().await;
        let id = world.register("d1").await;
        world.proxy.plan(chaos(seed));
        let mut accepted = 0;
        for number in 0..CALLS / 4 {
            let name = format!("j{number}");
            let job: JobRequest = serde_json::from_value(json!({
                "jobId": name, "type": "scheduleUpdateTwin", "queryCondition": "*",
                "updateTwin": {"etag": "*", "tags": {"n": number}}
            }))
            .unwrap();
            let created = world.client.create_job(&job).await;
            let there = world.straight.job(&name).await.unwrap();
            match created {
                Ok(receipt) => {
                    assert_eq!(receipt.job_id, name);
                    assert!(there.is_some(), "seed {seed}: {name} was accepted");
                    accepted += 1;
                }
                // Unknown whether: the kind says so, and the caller can read the job.
                Err(error) => assert!(error.is_transient(), "seed {seed}: {error:?}"),
            }
        }
        assert!(accepted > CALLS / 8, "seed {seed}: {accepted}");
        // Each job that is there has moved the twin once.
        let jobs = world.straight.jobs_page(hub_client::JobFilter::default(), None).await.unwrap().items;
        let deadline = Instant::now() + Duration::from_secs(20);
        let expected = 2 + jobs.len() as u64;
        while world.straight.twin(&id).await.unwrap().version < expected {
            assert!(Instant::now() < deadline, "seed {seed}: the jobs end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(world.straight.twin(&id).await.unwrap().version, expected);
        world.hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_bound_to_an_etag_is_never_made_twice() {
    for seed in seeds(2_000) {
        let world = World::start().await;
        let id = world.register("d1").await;
        world.proxy.plan(chaos(seed));
        let mut done = 0;
        for number in 0..CALLS / 2 {
            let before = world.straight.twin(&id).await.unwrap();
            let patch: TwinPatch = serde_json::from_value(json!({"tags": {"n": number}})).unwrap();
            let written = world.client.patch_twin(&id, &patch, Some(&before.etag)).await;
            let after = world.straight.twin(&id).await.unwrap();
            let moved = after.version - before.version;
            assert!(moved <= 1, "seed {seed}: moved by {moved}");
            match written {
                Ok(_) => {
                    assert_eq!((moved, &after.tags["n"]), (1, &json!(number)), "seed {seed}");
                    done += 1;
                }
                Err(error) => assert_ne!(error.kind, ErrorKind::PreconditionFailed, "seed {seed}: {error:?}"),
            }
        }
        assert!(done > CALLS / 8, "seed {seed}: {done}");
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn retry_after_is_respected() {
    let world = World::start().await;
    let id = world.register("d1").await;
    let count = Mutex::new(0);
    world.proxy.plan(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count == 1 { Fault::Throttles(1) } else { Fault::Passes }
    });
    let begin = Instant::now();
    world.client.device(&id).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(world.proxy.log().len(), 2);
    assert!(world.client.health().is_good());
    world.hub.stop().await;
}
