//! The console behind a proxy that throttles, fails, closes and hangs: it reports since when its data is outdated, recovers
//! by itself, and never calls a method twice.

#[path = "../../crates/hub-client/tests/support/proxy.rs"]
mod proxy;

use std::{sync::Mutex, time::Duration};

use console::{Console, ConsoleConfig};
use console_wire::job::NewJob;
use hub_client::{HubClient, HubClientOptions, RetryPolicy};
use hub_embedded::{Hub, HubConfig};
use proxy::{Fault, Proxy};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Longest wait before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);
const DEVICES: usize = 300;

struct World {
    hub: Hub,
    proxy: Proxy,
    console: Console,
    straight: HubClient,
    _folders: [TempDir; 2],
}

impl World {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folders = [TempDir::new().expect("a folder"), TempDir::new().expect("a folder")];
        let hub = Hub::start(HubConfig::local(folders[0].path())).await.expect("a hub");
        let proxy = Proxy::start(&hub.rest_url()).await;
        let client = |endpoint: String| {
            let retry =
                RetryPolicy { max_attempts: 2, base: Duration::from_millis(20), ..RetryPolicy::default() };
            let options = HubClientOptions {
                endpoint: Some(endpoint),
                retry: RetryPolicy { throttled_base: Duration::from_millis(20), ..retry },
                request_timeout: Duration::from_millis(700),
                ..HubClientOptions::default()
            };
            HubClient::new(hub.connection_string().clone(), options).expect("a client")
        };
        let straight = client(hub.rest_url());
        for chunk in (0..DEVICES).collect::<Vec<_>>().chunks(100) {
            let items = chunk.iter().map(|n| json!({"id": format!("d{n:03}")})).collect();
            let items: Vec<_> = serde_json::from_value(items).expect("items");
            straight.bulk(&items).await.expect("registered");
        }
        let config = ConsoleConfig::new(folders[1].path().to_owned(), client(proxy.url()));
        let console = Console::open(config).await.expect("a console");
        Self { hub, proxy, console, straight, _folders: folders }
    }

    async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Creates a job through the console, repeating as needed.
    async fn create(&self, id: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let job: NewJob = serde_json::from_value(json!({
                "jobId": id, "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {id: true}}
            }))
            .expect("a job");
            // Taken means that the try before went through; the console finds out by itself.
            let created = self.console.create_job(job).await;
            if created.is_ok() || self.console.job(id).await.is_ok() {
                return;
            }
            assert!(Instant::now() < deadline, "{id} is not created: {created:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ends(&self, id: &str) {
        self.until(&format!("{id} has ended"), async || {
            let job = self.console.job(id).await.expect("it is here");
            assert!(job.device_job_statistics.is_consistent(), "{job:?}");
            job.status.is_terminal()
        })
        .await;
        let (shown, hub) =
            (self.console.job(id).await.expect("here"), self.straight.job(id).await.expect("there"));
        assert_eq!(Some(shown.device_job_statistics), hub.expect("there").device_job_statistics);
        assert_eq!(shown.outcomes.succeeded, DEVICES as u64);
    }

    async fn stop(self) {
        self.console.stop().await;
        self.hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outage_is_reported_and_recovered_from() {
    let world = World::start().await;
    for (number, fault) in [
        Fault::Throttles(1),
        Fault::Refuses(500),
        Fault::Refuses(503),
        Fault::Closes,
        Fault::BreaksOff,
        Fault::Hangs,
    ]
    .into_iter()
    .enumerate()
    {
        world.until("the hub is well", async || world.console.hub_info().await.reachable).await;
        let before = format!("before-{number}");
        world.create(&before).await;
        world.proxy.plan(move |_| fault);
        // A request that was on its way before may still succeed.
        let requests = world.proxy.log().len();
        world.until("it was requested", async || world.proxy.log().len() > requests + 4).await;
        world.until("it shows", async || !world.console.hub_info().await.reachable).await;
        let began = world.console.hub_info().await.failure.expect("it fails");
        assert!(!began.message.is_empty(), "{fault:?}");
        // It goes on failing, and has failed since the same moment: that is what pages show.
        let requests = world.proxy.log().len();
        world.until("it was requested again", async || world.proxy.log().len() > requests + 4).await;
        let now = world.console.hub_info().await.failure.expect("it fails");
        assert_eq!(now.since, began.since, "{fault:?}");
        // What is known is still shown.
        world.console.job(&before).await.expect("it is here");
        world.proxy.plan(|_| Fault::Passes);
        world.until("it has passed", async || world.console.hub_info().await.reachable).await;
        world.ends(&before).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_complete_over_an_unreliable_connection() {
    let world = World::start().await;
    let chance = Mutex::new(StdRng::seed_from_u64(7));
    world.proxy.plan(move |_| match chance.lock().expect("no panic").random_range(0..14) {
        0 => Fault::Refuses(500),
        1 => Fault::Refuses(503),
        2 => Fault::Throttles(0),
        3 => Fault::Closes,
        4 => Fault::BreaksOff,
        5 => Fault::Lies,
        6 => Fault::Hangs,
        _ => Fault::Passes,
    });
    for id in ["one", "two", "three"] {
        world.create(id).await;
    }
    for id in ["one", "two", "three"] {
        world.ends(id).await;
    }
    // Each was carried out once, however often it was requested.
    let twin = world.straight.twin(&"d000".parse().expect("an id")).await.expect("there");
    assert_eq!(twin.version, 2 + 3);
    let creations = world.proxy.log().iter().filter(|(call, _)| call.starts_with("PUT /jobs/v2/")).count();
    assert!(creations >= 3, "{creations}");
    world.stop().await;
}
