//! Expires cloud-to-device messages, and has those sent again that a device did not acknowledge within their lock.

use std::{future::pending, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{clock::Clock, domain::Target, error::HubError, mqtt::Connections, store::Store};

/// Pause after the store has failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Runs until `stop`.
pub(crate) async fn run(
    store: Store,
    connections: Connections,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let deadline = match sweep(&store, &connections).await {
            Ok(deadline) => deadline,
            Err(error) => {
                error!(
                    error = &error as &dyn std::error::Error,
                    "expired cloud-to-device messages not handled"
                );
                Some(clock.now().plus(RETRY_AFTER))
            }
        };
        let due = async {
            match deadline {
                // By whichever clock comes first: setting the wall clock back must not extend a lock.
                Some(deadline) => {
                    let left = deadline.since(clock.now()).min(crate::domain::c2d::LOCK);
                    tokio::select! {
                        () = clock.sleep_until(deadline) => {}
                        () = clock.sleep_until_steady(clock.steady().plus(left)) => {}
                    }
                }
                None => pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = store.messages_changed() => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn sweep(store: &Store, connections: &Connections) -> Result<Option<hub_wire::Timestamp>, HubError> {
    for device_id in store.sweep_messages().await? {
        connections.notify_messages(&Target::device(device_id));
    }
    store.next_message_deadline().await
}
