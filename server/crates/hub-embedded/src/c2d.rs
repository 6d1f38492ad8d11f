//! Keeps time for cloud-to-device messages: gives up those that have expired, and has those handed over again that a
//! device did not acknowledge within their lock.

use std::{future::pending, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{clock::Clock, domain::Target, error::HubError, mqtt::Connections, store::Store};

/// Pause after the store has failed.
const REST: Duration = Duration::from_secs(5);

/// Works until told to stop.
pub(crate) async fn keep_time(
    store: Store,
    connections: Connections,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let deadline = match sweep(&store, &connections).await {
            Ok(deadline) => deadline,
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, "cloud-to-device messages not looked after");
                Some(clock.now().plus(REST))
            }
        };
        let due = async {
            match deadline {
                Some(deadline) => clock.sleep_until(deadline).await,
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
