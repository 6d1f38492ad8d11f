//! A device's task: connects, serves a session, and reconnects until the device is removed.

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
    behaviour::Door,
    context::{Context, DeviceTarget, Record, TargetState},
    fleet::device_key,
    link::{Link, LinkError},
    pending_actions::PendingActions,
    seeded_random::{Purpose, uniform},
    session::{Device, KEEP_ALIVE, Session, SessionEnd},
};

/// Validity of a device's token in seconds.
const TOKEN_LIFETIME: i64 = 3600;
/// A token is renewed between these many seconds before it expires. Spread out: a fleet that connected together would
/// otherwise reconnect together every hour.
const RENEW_EARLIEST: f64 = 900.0;
const RENEW_LATEST: f64 = 300.0;
/// Upper bound of the first wait before reconnecting.
const RETRY_BASE: Duration = Duration::from_secs(1);
/// Upper bound of every wait.
const RETRY_CAP: Duration = Duration::from_mins(1);
/// The client type that a device sends in CONNECT.
const CLIENT_TYPE: &str = concat!("fleetcast-device-pool%2F", env!("CARGO_PKG_VERSION"));

/// Runs a device until it is removed.
pub(crate) async fn run(context: Arc<Context>, record: Arc<Record>) {
    let mut target_state = context.target_state.subscribe();
    let _running = record.is_running.lock().await;
    let seed = target_state.borrow().settings.seed;
    let door = Door::new(seed, record.index);
    let mut device = Device {
        context: Arc::clone(&context),
        record: Arc::clone(&record),
        door,
        pending: PendingActions::default(),
    };
    let (mut failures, mut connections) = (0_u32, 0_u64);
    while wait_until_online_target(&mut target_state, record.index).await {
        // Boxed: this future is large and short-lived, so it should not be part of the task's own.
        let opening = Box::pin(open(&context, &record, seed));
        let opened = tokio::select! {
            opened = opening => opened,
            () = until_other_target(&mut target_state, record.index) => continue,
        };
        let pause = match opened {
            Ok((link, renew_at)) => {
                context.counters.connects.fetch_add(1, Relaxed);
                if connections > 0 {
                    context.counters.reconnects.fetch_add(1, Relaxed);
                }
                connections += 1;
                let session = Session::new(&mut device, link, target_state.clone(), renew_at);
                let (was_listening, ending) = session.run().await;
                tracing::trace!(device_id = %record.id, ?ending, "session ended");
                if matches!(ending, SessionEnd::Broken(_) | SessionEnd::Dropped) {
                    context.counters.losses.fetch_add(1, Relaxed);
                }
                failures = if was_listening { 0 } else { failures + 1 };
                pause_after(&context, ending, failures)
            }
            Err(error) => {
                context.counters.connect_failures.fetch_add(1, Relaxed);
                context.record_error(format!("{}: {error}", record.id));
                tracing::debug!(device_id = %record.id, %error, failures, "could not connect");
                failures += 1;
                backoff(failures, &error)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = until_other_target(&mut target_state, record.index) => {}
        }
    }
}

/// How long to stay disconnected after a session.
fn pause_after(context: &Context, ending: SessionEnd, failures: u32) -> Duration {
    match ending {
        SessionEnd::Renewal | SessionEnd::TargetChanged => Duration::ZERO,
        SessionEnd::Away(time) => time,
        SessionEnd::Dropped => full_jitter(RETRY_BASE, RETRY_CAP, 0, rand::random()),
        SessionEnd::Broken(error) => {
            context.record_error(error.to_string());
            backoff(failures, &error)
        }
    }
}

fn backoff(failures: u32, error: &LinkError) -> Duration {
    // A refused device stays refused until someone fixes its registration.
    let doublings = failures + if matches!(error, LinkError::Refused(_)) { 3 } else { 0 };
    full_jitter(RETRY_BASE, RETRY_CAP, doublings, rand::random())
}

/// Opens a connection with a new token, within the connect rate. Also returns when the token must be renewed.
async fn open(context: &Context, record: &Record, seed: u64) -> Result<(Link, Instant), LinkError> {
    let _permit = context.connecting.acquire().await.expect("the semaphore is never closed");
    let per_second = context.target_state.borrow().settings.connects_per_second;
    context.connect_rate.wait(per_second).await;
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
    // Like the SDKs: the hub keeps the subscriptions.
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

/// Waits while the device should be offline; false when it is removed.
async fn wait_until_online_target(target_state: &mut watch::Receiver<TargetState>, index: usize) -> bool {
    let wanted = target_state.wait_for(|target_state| target_state.of(index) != DeviceTarget::Offline).await;
    wanted.is_ok_and(|target_state| target_state.of(index) == DeviceTarget::Online)
}

async fn until_other_target(target_state: &mut watch::Receiver<TargetState>, index: usize) {
    // An error means that the pool was dropped, so the device ends too.
    let _ = target_state.wait_for(|target_state| target_state.of(index) != DeviceTarget::Online).await;
}
