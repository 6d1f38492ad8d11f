//! Where open streams of telemetry get their messages from: pages of the hub, which one task publishes.

use std::sync::Arc;

use console_wire::telemetry::LiveMessage;
use tokio::sync::{Notify, broadcast};

/// Pages that a stream may be behind before it has to read from the hub again.
const MAX_BEHIND: usize = 64;

/// A page of the hub, with where it began.
#[derive(Debug)]
pub(crate) struct LivePage {
    /// The number of the first message that could be in it.
    pub(crate) from: u64,
    /// The number of the first message after it.
    pub(crate) next: u64,
    /// Messages of all devices that the hub had dropped.
    pub(crate) skipped: u64,
    /// Oldest first.
    pub(crate) items: Vec<LiveMessage>,
}

/// The pages, and whether anyone reads them.
#[derive(Debug)]
pub(crate) struct TelemetryFeed {
    pages: broadcast::Sender<Arc<LivePage>>,
    opened: Notify,
}

impl Default for TelemetryFeed {
    fn default() -> Self {
        Self { pages: broadcast::Sender::new(MAX_BEHIND), opened: Notify::new() }
    }
}

impl TelemetryFeed {
    /// The pages from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<LivePage>> {
        let receiver = self.pages.subscribe();
        self.opened.notify_one();
        receiver
    }

    /// Waits until a stream was opened.
    pub(crate) async fn opened(&self) {
        self.opened.notified().await;
    }

    /// Whether a stream is open.
    pub(crate) fn is_read(&self) -> bool {
        self.pages.receiver_count() > 0
    }

    /// Publishes a page. Streams that have ended meanwhile need none.
    pub(crate) fn publish(&self, page: LivePage) {
        let _ = self.pages.send(Arc::new(page));
    }
}
