//! How the hub is doing: what came with the page, then what was read since. Read once for the whole page.

use console_wire::hub::{HubInfo, HubKind};
use hub_wire::Timestamp;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, hub::read_hub},
    browser,
    clock::use_clock,
    reactive::effect,
};

/// How often the hub's state is read, in milliseconds; not while the page is hidden.
const POLL: u64 = 5000;

/// The hub's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hub {
    /// What came with the page.
    pub(super) first: Resource<Result<HubInfo, ApiError>>,
    /// The newest good answer since.
    newest: RwSignal<Option<HubInfo>>,
    /// Since when the console itself has not answered.
    silent_since: RwSignal<Option<Timestamp>>,
}

/// The hub's state.
pub(super) fn use_hub() -> Hub {
    use_context().unwrap_or_else(|| {
        let hub = Hub {
            first: Resource::new(|| (), |()| read_hub()),
            newest: RwSignal::new(None),
            silent_since: RwSignal::new(None),
        };
        let clock = use_clock();
        effect(move || {
            if let Some(Ok(info)) = hub.first.get() {
                clock.learn(info.as_of);
            }
        });
        let read = move || {
            spawn_local(async move {
                match read_hub().await {
                    Ok(info) => {
                        clock.learn(info.as_of);
                        hub.newest.try_set(Some(info));
                        hub.silent_since.try_set(None);
                    }
                    Err(_) => {
                        hub.silent_since.try_update(|since| *since = since.or_else(|| clock.now_untracked()));
                    }
                }
            });
        };
        browser::every(POLL, move || {
            if !browser::is_hidden() {
                read();
            }
        });
        browser::on_look(read);
        provide_context(hub);
        hub
    })
}

/// What the status bar says of the way to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// The hub answers; the round trip in milliseconds, once there was one.
    Good(Option<u64>),
    /// It does not, since when and why.
    Hub(Option<Timestamp>, String),
    /// The console does not answer, since when.
    Console(Option<Timestamp>),
}

impl Hub {
    /// The newest state, or how reading it failed at first.
    pub(super) fn info(self, first: &Result<HubInfo, ApiError>) -> Option<HubInfo> {
        self.newest.get().or_else(|| first.clone().ok())
    }

    /// How the way to the hub is.
    pub(super) fn reach(self, first: &Result<HubInfo, ApiError>) -> Reach {
        let silent_since = self.silent_since.get();
        match self.info(first) {
            _ if silent_since.is_some() => Reach::Console(silent_since),
            None => Reach::Console(None),
            Some(info) if info.reachable => Reach::Good(info.round_trip_ms),
            Some(info) => {
                let since = info.failure.as_ref().map(|failure| failure.since);
                Reach::Hub(since, info.failure.map(|failure| failure.message).unwrap_or_default())
            }
        }
    }

    /// Whether a simulated pool runs here.
    pub(super) async fn has_simulator(self) -> bool {
        self.first.await.is_ok_and(|info| info.has_simulator)
    }

    /// The hub's name for the top bar: its first label, and what kind of hub it is.
    pub(super) async fn name(self) -> Option<AnyView> {
        self.first.await.ok().map(|info| {
            let kind = match info.kind {
                HubKind::Embedded => "embedded hub",
                HubKind::Remote => "IoT Hub",
            };
            let short = info.host_name.split(['.', ':']).next().unwrap_or_default().to_owned();
            let is_address = short.chars().all(|c| c.is_ascii_digit());
            let name = if is_address || short == "localhost" { "local".to_owned() } else { short };
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
