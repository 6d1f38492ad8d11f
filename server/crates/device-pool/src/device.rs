//! A device's life: connect, live, and connect again, until it is wanted no more.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use hub_client::retry::full_jitter;
use hub_wire::{
    API_VERSION, Timestamp,
    sas::{resource_uri, sign_token},
};
use rumqttc::mqttbytes::v4::Connect;
use secrecy::ExposeSecret;
use tokio::{sync::watch, time::Instant};

use crate::{
    agenda::Agenda,
    behaviour::Door,
    chance::{Purpose, uniform},
    context::{Context, Orders, Record, Wanted},
    fleet::device_key,
    link::{Link, LinkError},
    session::{Device, Ending, KEEP_ALIVE, Session},
};

/// Seconds a device's token is good for.
const TOKEN_LIFETIME: i64 = 3600;
/// A token is replaced between these many seconds before its end. Spread out: a fleet that connected together would
/// otherwise come back together every hour.
const RENEW_EARLIEST: f64 = 900.0;
const RENEW_LATEST: f64 = 300.0;
/// Bound of the first wait before connecting again.
const RETRY_BASE: Duration = Duration::from_secs(1);
/// Bound of any wait.
const RETRY_CAP: Duration = Duration::from_mins(1);
/// What a device says it is.
const CLIENT_TYPE: &str = concat!("fleetcast-device-pool%2F", env!("CARGO_PKG_VERSION"));

/// Runs a device until it is gone.
pub(crate) async fn run(context: Arc<Context>, record: Arc<Record>) {
    let mut orders = context.orders.subscribe();
    let _turn = record.turn.lock().await;
    let seed = orders.borrow().settings.seed;
    let door = Door::new(seed, record.index);
    let mut device = Device {
        context: Arc::clone(&context),
        record: Arc::clone(&record),
        door,
        agenda: Agenda::default(),
    };
    let (mut failures, mut connections) = (0_u32, 0_u64);
    while wait_until_wanted(&mut orders, record.index).await {
        // Boxed: this future is large, and needed for an instant of a device's life.
        let opening = Box::pin(open(&context, &record, seed));
        let opened = tokio::select! {
            opened = opening => opened,
            () = until_unwanted(&mut orders, record.index) => continue,
        };
        let pause = match opened {
            Ok((link, renew_at)) => {
                context.counters.connects.fetch_add(1, Relaxed);
                if connections > 0 {
                    context.counters.reconnects.fetch_add(1, Relaxed);
                }
                connections += 1;
                let session = Session::new(&mut device, link, orders.clone(), renew_at);
                let (was_listening, ending) = session.run().await;
                tracing::trace!(device_id = %record.id, ?ending, "session ended");
                if matches!(ending, Ending::Broken(_) | Ending::Dropped) {
                    context.counters.losses.fetch_add(1, Relaxed);
                }
                failures = if was_listening { 0 } else { failures + 1 };
                after(&context, ending, failures)
            }
            Err(error) => {
                context.counters.connect_failures.fetch_add(1, Relaxed);
                context.note(format!("{}: {error}", record.id));
                tracing::debug!(device_id = %record.id, %error, failures, "could not connect");
                failures += 1;
                backoff(failures, &error)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = until_unwanted(&mut orders, record.index) => {}
        }
    }
}

/// How long to stay away after a session.
fn after(context: &Context, ending: Ending, failures: u32) -> Duration {
    match ending {
        Ending::Renewal | Ending::Ordered => Duration::ZERO,
        Ending::Away(time) => time,
        Ending::Dropped => full_jitter(RETRY_BASE, RETRY_CAP, 0, rand::random()),
        Ending::Broken(error) => {
            context.note(error.to_string());
            backoff(failures, &error)
        }
    }
}

fn backoff(failures: u32, error: &LinkError) -> Duration {
    // A refused device will be refused again until a person does something.
    let doublings = failures + if matches!(error, LinkError::Refused(_)) { 3 } else { 0 };
    full_jitter(RETRY_BASE, RETRY_CAP, doublings, rand::random())
}

/// Opens a connection with a new token, when it is this device's turn. Also, when that token must be replaced.
async fn open(context: &Context, record: &Record, seed: u64) -> Result<(Link, Instant), LinkError> {
    let _permit = context.connecting.acquire().await.expect("the semaphore is never closed");
    let per_second = context.orders.borrow().settings.connects_per_second;
    context.pace.turn(per_second).await;
    let (now, wall_clock) = (Instant::now(), Timestamp::from(SystemTime::now()));
    let (host, id) = (&context.connection.host_name, record.id.as_str());
    let token = sign_token(
        &device_key(&context.connection, &record.id),
        &resource_uri(&[host, "devices", id]),
        wall_clock.unix_seconds() + TOKEN_LIFETIME,
        None,
    );
    let mut connect = Connect::new(id);
    connect.keep_alive = KEEP_ALIVE;
    // As the SDKs have it: the hub keeps the subscriptions.
    connect.clean_session = false;
    connect.set_login(
        format!("{host}/{id}/?api-version={API_VERSION}&DeviceClientType={CLIENT_TYPE}"),
        token.expose_secret(),
    );
    let (link, _) = Link::open(&context.address, connect).await?;
    let draw = uniform(seed, record.index, 0, Purpose::Renewal);
    let before_end = RENEW_LATEST + draw * (RENEW_EARLIEST - RENEW_LATEST);
    let lifetime = Duration::from_secs(TOKEN_LIFETIME.unsigned_abs());
    Ok((link, now + lifetime.saturating_sub(Duration::from_secs_f64(before_end))))
}

/// Waits while the device is to stay away; false when it is to end.
async fn wait_until_wanted(orders: &mut watch::Receiver<Orders>, index: usize) -> bool {
    let wanted = orders.wait_for(|orders| orders.of(index) != Wanted::Offline).await;
    wanted.is_ok_and(|orders| orders.of(index) == Wanted::Online)
}

async fn until_unwanted(orders: &mut watch::Receiver<Orders>, index: usize) {
    // An error means that the pool is gone, which is an order to end.
    let _ = orders.wait_for(|orders| orders.of(index) != Wanted::Online).await;
}
