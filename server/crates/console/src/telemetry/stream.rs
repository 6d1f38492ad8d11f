//! One live stream: what came before it was opened, then what arrives.

use std::{fmt, sync::Arc, time::Duration};

use console_wire::{
    access::Actor,
    telemetry::{LiveMessage, LiveTelemetry},
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{TelemetrySource, check_offered, live_page, members::Members};
use crate::{
    ConsoleError,
    core::{Core, LivePage},
};

/// Most messages in an event; what is beyond is skipped, the oldest first.
const MAX_ITEMS: usize = 200;

/// A stream that is open as long as this is held.
pub struct TelemetryStream {
    core: Arc<Core>,
    members: Members,
    /// The number of the next message; `None` before the first event.
    next: Option<u64>,
    pages: broadcast::Receiver<Arc<LivePage>>,
    /// Whether the hub has to be read: at the beginning, and after this was too slow.
    is_behind: bool,
}

impl fmt::Debug for TelemetryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryStream").field("members", &self.members).finish_non_exhaustive()
    }
}

/// Opens a stream that goes on after the message with a number, or begins with the last messages that the hub kept.
pub(crate) async fn open(
    core: &Arc<Core>,
    source: TelemetrySource,
    after: Option<u64>,
    actor: &Actor,
) -> Result<TelemetryStream, ConsoleError> {
    check_offered(core)?;
    let members = Members::of(core, source, actor).await?;
    Ok(TelemetryStream {
        pages: core.telemetry.subscribe(),
        core: Arc::clone(core),
        members,
        next: after.map(|after| after.saturating_add(1)),
        is_behind: true,
    })
}

impl TelemetryStream {
    /// The next messages.
    ///
    /// # Errors
    /// `NotFound` when the group was deleted, `Hub` when the hub did not answer, `Stopping`.
    pub async fn next(&mut self) -> Result<LiveTelemetry, ConsoleError> {
        loop {
            let page = self.receive().await?;
            let from = self.next.unwrap_or(0);
            let new = page.items.partition_point(|message| message.sequence < from);
            let mut items = self.members.of_theirs(&self.core, &page.items[new..]).await?;
            let skipped = page.skipped + cut(&mut items);
            self.next = Some(page.next);
            if skipped > 0 || !items.is_empty() {
                return Ok(LiveTelemetry { skipped, items });
            }
        }
    }

    /// A page with something new.
    async fn receive(&mut self) -> Result<Arc<LivePage>, ConsoleError> {
        loop {
            if self.is_behind {
                let device = self.members.device();
                let page = self.core.hub.follow_telemetry(self.next, device, Duration::ZERO).await?;
                self.is_behind = false;
                // The numbers of a hub that was restarted begin anew.
                self.next = self.next.filter(|next| *next <= page.next);
                return Ok(Arc::new(live_page(self.next.unwrap_or(0), page)));
            }
            let next = self.next.unwrap_or(0);
            match self.pages.recv().await {
                Ok(page) if page.from > next || page.next < page.from => self.is_behind = true,
                // Read from the hub already.
                Ok(page) if page.next <= next => {}
                Ok(page) => return Ok(page),
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                Err(RecvError::Closed) => return Err(ConsoleError::Stopping),
            }
        }
    }
}

/// Leaves the newest messages; returns how many were cut off.
fn cut(items: &mut Vec<LiveMessage>) -> u64 {
    let beyond = items.len().saturating_sub(MAX_ITEMS);
    items.drain(..beyond);
    beyond as u64
}
