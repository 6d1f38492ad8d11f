//! How the hub is doing, how many devices are connected, and what time it is: on every page.

use console_wire::hub::{HubInfo, HubKind};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, hub::read_hub},
    browser,
    clock::{Zone, use_clock},
    components::Icon,
    present::{number::grouped, time},
};

/// How often the hub's state is read, in milliseconds; not while the page is hidden.
const POLL: u64 = 5000;

/// The hub's state: what came with the page, then what was read since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hub {
    first: Resource<Result<HubInfo, ApiError>>,
    newest: RwSignal<Option<Result<HubInfo, ApiError>>>,
}

/// The hub's state, read once for the whole page.
pub(crate) fn use_hub() -> Hub {
    use_context().unwrap_or_else(|| {
        let hub = Hub { first: Resource::new(|| (), |()| read_hub()), newest: RwSignal::new(None) };
        let clock = use_clock();
        Effect::new(move |_| {
            if let Some(Ok(info)) = hub.first.get() {
                clock.learn(info.as_of);
            }
        });
        browser::every(POLL, move || {
            if !browser::is_hidden() {
                spawn_local(async move {
                    let read = read_hub().await;
                    if let Ok(info) = &read {
                        clock.learn(info.as_of);
                    }
                    hub.newest.try_set(Some(read));
                });
            }
        });
        provide_context(hub);
        hub
    })
}

impl Hub {
    /// The hub's name and kind, for the top bar.
    pub(crate) async fn name(self) -> impl IntoView {
        self.first.await.ok().map(|info| {
            let short = info.host_name.split(['.', ':']).next().unwrap_or_default().to_owned();
            let is_address = short.chars().all(|c| c.is_ascii_digit());
            let name = if is_address || short == "localhost" { "local".to_owned() } else { short };
            let kind = match info.kind {
                HubKind::Embedded => "embedded hub",
                HubKind::Remote => "IoT Hub",
            };
            view! {
                <span class="topbar__name" title=info.host_name.clone()>
                    <strong>{name}</strong>
                    " "
                    <span class="button__count">{kind}</span>
                </span>
            }
        })
    }
}

/// The status bar.
#[component]
pub(crate) fn StatusBar() -> impl IntoView {
    let hub = use_hub();
    let clock = use_clock();
    view! {
        <footer class="statusbar">
            <Suspense>
                {move || Suspend::new(async move {
                    let first = hub.first.await;
                    let info = Signal::derive(move || hub.newest.get().unwrap_or_else(|| first.clone()));
                    view! {
                        <HubState info />
                        <span class="statusbar__devices">{move || connected(&info.get())}</span>
                        <div class="statusbar__end">
                            <ZoneSwitch />
                            <strong class="statusbar__clock">
                                {move || {
                                    let as_of = info.get().map(|info| info.as_of).ok();
                                    let now = clock.now().or(as_of)?;
                                    Some(time::clock(now, clock.offset_minutes(now)))
                                }}
                            </strong>
                        </div>
                    }
                })}
            </Suspense>
        </footer>
    }
    .into_any()
}

/// Whether the hub answers; amber with the time since when it does not.
#[component]
fn HubState(info: Signal<Result<HubInfo, ApiError>>) -> impl IntoView {
    let clock = use_clock();
    let words = Memo::new(move |_| match info.get() {
        Ok(info) if info.reachable => {
            let round_trip = info.round_trip_ms.map(|ms| format!("{} ms", grouped(ms))).unwrap_or_default();
            (true, "Hub reachable".to_owned(), round_trip)
        }
        Ok(info) => {
            let since = info.failure.as_ref().map(|failure| failure.since);
            let words = since.map_or_else(
                || "Hub not reached yet".to_owned(),
                |since| {
                    format!("Hub not reachable since {}", time::clock(since, clock.offset_minutes(since)))
                },
            );
            (false, words, info.failure.map(|failure| failure.message).unwrap_or_default())
        }
        Err(_) => (false, "The console does not answer".to_owned(), String::new()),
    });
    let is_reachable = Memo::new(move |_| words.with(|words| words.0));
    view! {
        <span class="with-icon statusbar__hub" data-tone=move || (!is_reachable.get()).then_some("warning")>
            <Icon name=Signal::derive(move || if is_reachable.get() { "radio-tower" } else { "triangle-alert" }) />
            <strong role="status">{move || words.with(|words| words.1.clone())}</strong>
            <span class="only-wide statusbar__detail">{move || words.with(|words| words.2.clone())}</span>
        </span>
    }
    .into_any()
}

fn connected(info: &Result<HubInfo, ApiError>) -> Option<impl IntoView + use<>> {
    let info = info.as_ref().ok()?;
    let (connected, all) = (info.connected_count?, info.device_count?);
    Some(view! {
        <strong>{grouped(connected)}</strong>
        {format!(" of {} connected", grouped(all))}
    })
}

/// Times in UTC, or in the viewer's zone. It needs scripts; without them times are UTC and it says so.
#[component]
fn ZoneSwitch() -> impl IntoView {
    let clock = use_clock();
    let is_interactive = browser::use_interactive();
    let name = move || match clock.zone() {
        Zone::Utc => "UTC".to_owned(),
        Zone::Mine => clock.now().map_or_else(String::new, |now| time::zone_name(clock.offset_minutes(now))),
    };
    let switch = move |_| {
        clock.set_zone(if clock.zone() == Zone::Utc { Zone::Mine } else { Zone::Utc });
    };
    view! {
        <span class="only-roomy">
            "Times in "
            <button
                class="link"
                type="button"
                disabled=move || !is_interactive.get()
                title="Switch between UTC and your own zone"
                on:click=switch
            >
                {name}
            </button>
        </span>
    }
    .into_any()
}
