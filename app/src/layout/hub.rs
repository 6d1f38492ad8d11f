//! The hub's state, read once for all parts of the page.

use console_wire::hub::HubInfo;
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::hub::read_hub,
    data::read::{ReadOptions, Reading, use_read},
    format::hub,
    kit::clock::use_clock,
};

/// How often the hub's state is read, in milliseconds: as often as the server reads the counts of a local hub, so that the
/// status bar is at most twice that behind the numbers of a page.
const POLL: u64 = 2000;

/// The hub's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hub(Reading<(), HubInfo>);

/// The hub's state.
pub(super) fn use_hub() -> Hub {
    use_context().unwrap_or_else(|| {
        let read = use_read(Signal::stored(Some(())), ReadOptions::every(POLL), |()| read_hub());
        let clock = use_clock();
        let account = use_account();
        Effect::new(move |_| {
            if let Some(as_of) = read.good().with(|good| good.as_ref().map(|good| good.value.as_of)) {
                clock.set_server_time(as_of);
                // The server has answered to this session.
                account.go_on();
            }
        });
        let hub = Hub(read);
        provide_context(hub);
        hub
    })
}

/// Whether the hub and the console answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HubStatus {
    /// The hub answers; the round trip in milliseconds, once it was measured.
    Reachable(Option<u64>),
    /// The hub does not answer, since when and why.
    HubUnreachable(Option<Timestamp>, String),
    /// The console does not answer, since when.
    ConsoleUnreachable(Option<Timestamp>),
}

impl Hub {
    /// Waits for the first answer, for a view inside of `Suspend`.
    pub(super) async fn ready(self) {
        self.0.ready().await;
    }

    /// The newest state; `None` where it could not be read yet.
    pub(super) fn info(self) -> Option<HubInfo> {
        self.0.good().with(|good| good.as_ref().map(|good| good.value.clone()))
    }

    /// Whether the hub, and the console itself, can be reached.
    pub(super) fn status(self) -> HubStatus {
        let stale_since = self.0.stale_since().get();
        match self.info() {
            _ if stale_since.is_some() => HubStatus::ConsoleUnreachable(stale_since),
            None => HubStatus::ConsoleUnreachable(None),
            Some(info) if info.reachable => HubStatus::Reachable(info.round_trip_ms),
            Some(info) => {
                let since = info.failure.as_ref().map(|failure| failure.since);
                HubStatus::HubUnreachable(
                    since,
                    info.failure.map(|failure| failure.message).unwrap_or_default(),
                )
            }
        }
    }

    /// Whether this console runs simulated devices.
    pub(super) async fn has_simulator(self) -> bool {
        self.ready().await;
        untrack(|| self.info()).is_some_and(|info| info.has_simulator)
    }

    /// The hub's name for the top bar: the first label of its host name, and the kind of hub.
    pub(super) async fn name(self) -> Option<AnyView> {
        self.ready().await;
        untrack(|| self.info()).map(|info| {
            let (name, kind) = (hub::short_name(&info.host_name).to_owned(), hub::kind(info.kind));
            view! {
                <span class="topbar__name" title=info.host_name.clone()>
                    <strong>{name}</strong>
                    " "
                    <span class="button__count">{kind}</span>
                </span>
            }
            .into_any()
        })
    }
}
