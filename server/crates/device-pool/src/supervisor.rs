//! Registers the devices, starts their tasks, and logs when the pool as a whole changes its state.

use std::{
    ops::RangeInclusive,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use hub_client::{HubClient, HubError, retry::full_jitter};
use hub_wire::{
    bulk::{BulkError, MAX_BULK_ITEMS},
    error::ErrorCode,
};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::{
    context::{Context, TargetState},
    device,
    fleet::{device_id, registration},
    journal::Event,
    sampler,
};

/// Upper bound of the first wait after a failed registration, and of every wait.
const RETRY_BASE: Duration = Duration::from_secs(1);
const RETRY_CAP: Duration = Duration::from_secs(30);

/// The state of the pool as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Complete,
    Depleted,
}

impl State {
    /// The next state. A few devices reconnect all the time; only a tenth missing is worth a log line.
    fn next(self, connected: usize, expected: usize) -> Self {
        match self {
            _ if connected == expected => Self::Complete,
            Self::Complete if connected < expected - expected / 10 => Self::Depleted,
            state => state,
        }
    }
}

/// Runs the pool until it is stopped and every device has ended.
pub(crate) async fn run(context: Arc<Context>, client: HubClient) {
    let mut target_state = context.target_state.subscribe();
    let tasks = TaskTracker::new();
    tasks.spawn(sampler::run(Arc::clone(&context)));
    let (mut running, mut failures, mut state) = (0, 0_u32, State::Starting);
    loop {
        let current = *target_state.borrow_and_update();
        if !current.is_running {
            break;
        }
        // Devices above a lowered count end by themselves.
        running = running.min(current.settings.count);
        context.counters.registered.store(running, Relaxed);
        context.changed.notify_waiters();
        if running == current.settings.count {
            state = log_state_changes(&context, &mut target_state, state).await;
            continue;
        }
        let next = running + 1..=current.settings.count.min(running + MAX_BULK_ITEMS);
        let registered = tokio::select! {
            registered = register(&context, &client, current.settings.seed, next.clone()) => registered,
            _ = target_state.wait_for(|target_state| !target_state.is_running) => break,
        };
        match registered {
            Ok(()) => {
                running = *next.end();
                failures = 0;
                spawn_devices(&context, &tasks, next);
                if running == current.settings.count {
                    tracing::info!(devices = running, "simulated devices are registered");
                    context.journal.note(Event::Registered { devices: running });
                    state = State::Starting;
                }
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(error = %error.message(), "simulated devices cannot be registered; will try again");
                }
                context.record_error(error.message());
                let pause = full_jitter(RETRY_BASE, RETRY_CAP, failures, rand::random());
                failures += 1;
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = target_state.changed() => {}
                }
            }
        }
    }
    tasks.close();
    tasks.wait().await;
    tracing::info!("simulated devices have stopped");
}

/// Logs when the fleet is complete or depleted, until the target state changes.
async fn log_state_changes(
    context: &Context,
    target_state: &mut watch::Receiver<TargetState>,
    mut state: State,
) -> State {
    loop {
        // Created before the counters are read, so that no change in between is missed.
        let changed = context.changed.notified();
        let (connected, expected) =
            (context.counters.connected.load(Relaxed), target_state.borrow().expected);
        let next = state.next(connected, expected);
        if next != state {
            if next == State::Complete {
                tracing::info!(connected, "simulated devices are connected");
                context.journal.note(Event::Complete { connected });
            } else {
                tracing::warn!(connected, expected, "simulated devices have lost their connection");
                context.journal.note(Event::Depleted { connected, expected });
            }
            state = next;
        }
        tokio::select! {
            () = changed => {}
            _ = target_state.changed() => {
                target_state.mark_changed();
                return state;
            }
        }
    }
}

fn spawn_devices(context: &Arc<Context>, tasks: &TaskTracker, indices: RangeInclusive<usize>) {
    for index in indices {
        if let Ok(id) = device_id(&context.prefix, index) {
            let record = context.record(index, &id);
            tasks.spawn(device::run(Arc::clone(context), record));
        }
    }
}

/// Registers devices. Existing ones are left unchanged: keys are derived, so they are the same.
async fn register(
    context: &Context,
    client: &HubClient,
    seed: u64,
    indices: RangeInclusive<usize>,
) -> Result<(), HubError> {
    let items: Vec<_> = indices
        .filter_map(|index| {
            Some(registration(&context.connection, seed, index, device_id(&context.prefix, index).ok()?))
        })
        .collect();
    let result = client.bulk(&items).await?;
    if let Some(error) = result.errors.iter().find(|error| !exists_already(error)) {
        // One device that cannot be created (a full hub, say) must not stop the others.
        tracing::warn!(
            device_id = error.device_id,
            code = error.error_code,
            "a simulated device was refused"
        );
        context.record_error(format!("{}: {} {}", error.device_id, error.error_code, error.error_status));
    }
    Ok(())
}

/// Hubs write the code as a name or as a number.
fn exists_already(error: &BulkError) -> bool {
    let code = ErrorCode::DeviceAlreadyExists;
    error.error_code == code.name() || error.error_code == code.number().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_changes_only_when_a_tenth_is_missing_or_all_are_back() {
        use State::{Complete, Depleted, Starting};
        for (state, connected, expected, next) in [
            (Starting, 0, 100, Starting),
            (Starting, 100, 100, Complete),
            (Starting, 0, 0, Complete),
            (Complete, 95, 100, Complete),
            (Complete, 90, 100, Complete),
            (Complete, 89, 100, Depleted),
            (Complete, 0, 5, Depleted),
            (Depleted, 99, 100, Depleted),
            (Depleted, 100, 100, Complete),
        ] {
            assert_eq!(state.next(connected, expected), next, "{state:?} {connected} {expected}");
        }
    }

    #[test]
    fn a_device_that_exists_is_fine() {
        let error = |code: &str| BulkError {
            device_id: "d".into(),
            error_code: code.into(),
            error_status: String::new(),
            module_id: String::new(),
            operation: String::new(),
        };
        assert!(exists_already(&error("DeviceAlreadyExists")) && exists_already(&error("409001")));
        assert!(!exists_already(&error("TooManyDevices")));
    }
}
