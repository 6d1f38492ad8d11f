//! State that all tasks of a gateway share.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::debug;

use super::{Backend, CloseReason, Connections, connection_slots::ConnectionSlots, fault::Fault};
use crate::{clock::Clock, domain::Target};

pub(super) struct Shared<B> {
    pub(super) backend: Arc<B>,
    pub(super) connections: Connections,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) slots: ConnectionSlots,
    pub(super) sessions: TaskTracker,
    pub(super) shutdown: CancellationToken,
}

impl<B: Backend> Shared<B> {
    /// Injects a fault after its delay. While one is pending for a device, others are ignored.
    pub(super) fn inject(self: &Arc<Self>, target: &Arc<Target>, fault: Fault) {
        let begin = self.clock.steady().plus(fault.delay);
        if !self.connections.faults().schedule(target, fault.kind, begin.plus(fault.duration)) {
            return;
        }
        let (shared, target) = (Arc::clone(self), Arc::clone(target));
        self.sessions.spawn(async move {
            let due = shared.clock.sleep_until_steady(begin);
            if shared.shutdown.run_until_cancelled(due).await.is_some() {
                debug!(device_id = %target, kind = ?fault.kind, "injected a fault that the device requested");
                shared.connections.faults().begin(&target);
                shared.connections.disconnect(&target, CloseReason::Fault);
            }
        });
    }
}
