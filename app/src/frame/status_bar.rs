//! How the hub is doing, how many devices are connected, and what time it is: on every page.

use console_wire::hub::HubInfo;
use leptos::prelude::*;

use super::{
    hub::{Reach, use_hub},
    use_frame,
    zone_switch::ZoneSwitch,
};
use crate::{
    clock::use_clock,
    components::Icon,
    present::{number::grouped, time},
    reactive::memo,
};

/// The status bar.
#[component]
pub(crate) fn StatusBar() -> impl IntoView {
    let hub = use_hub();
    let clock = use_clock();
    let frame = use_frame();
    view! {
        <footer class="statusbar">
            <Suspense>
                {move || Suspend::new(async move {
                    let first = StoredValue::new(hub.first.await);
                    let info = memo(move || first.with_value(|first| hub.info(first)));
                    let reach = memo(move || first.with_value(|first| hub.reach(first)));
                    view! {
                        <HubState reach />
                        <span class="statusbar__devices">{move || info.get().and_then(|info| connected(&info))}</span>
                        <div class="statusbar__end">
                            <ZoneSwitch />
                            <strong class="statusbar__clock">
                                {move || {
                                    let as_of = info.get().map(|info| info.as_of);
                                    let now = clock.now().or(as_of);
                                    now.map(|now| time::clock(now, clock.offset_minutes(now))).unwrap_or_default()
                                }}
                            </strong>
                            <button
                                class="copy only-wide needs-scripts"
                                type="button"
                                aria-label="Keyboard shortcuts"
                                title="Keyboard shortcuts"
                                on:click=move |_| frame.shortcuts.set(true)
                            >
                                <Icon name="keyboard" />
                            </button>
                        </div>
                    }
                    .into_any()
                })}
            </Suspense>
        </footer>
    }
    .into_any()
}

/// Whether the hub answers; amber with the time since when it does not.
#[component]
fn HubState(reach: Memo<Reach>) -> impl IntoView {
    let clock = use_clock();
    let since = move |what: &str, since: Option<hub_wire::Timestamp>, otherwise: &str| {
        since.map_or_else(
            || otherwise.to_owned(),
            |since| format!("{what} since {}", time::clock(since, clock.offset_minutes(since))),
        )
    };
    let words = memo(move || match reach.get() {
        Reach::Good(_) => "Hub reachable".to_owned(),
        Reach::Hub(at, _) => since("Hub not reachable", at, "Hub not reached yet"),
        Reach::Console(at) => since("The console does not answer", at, "The console does not answer"),
    });
    // Apart from the words, so that nobody hears each new round trip.
    let detail = memo(move || match reach.get() {
        Reach::Good(round_trip) => round_trip.map(|ms| format!("{} ms", grouped(ms))).unwrap_or_default(),
        Reach::Hub(_, message) => message,
        Reach::Console(_) => "trying again".to_owned(),
    });
    let is_good = memo(move || reach.with(|reach| matches!(reach, Reach::Good(_))));
    view! {
        <span class="with-icon statusbar__hub" data-tone=move || (!is_good.get()).then_some("warning")>
            <Icon name=Signal::derive(move || if is_good.get() { "radio-tower" } else { "triangle-alert" }) />
            <strong role="status">{move || words.get()}</strong>
            <span class="only-wide statusbar__detail" title=move || detail.get()>{move || detail.get()}</span>
        </span>
    }
    .into_any()
}

/// Connected of all; nothing before both are known.
fn connected(info: &HubInfo) -> Option<AnyView> {
    let (connected, all) = (info.connected_count?, info.device_count?);
    if all == 0 {
        return Some(view! { "No device registered" }.into_any());
    }
    Some(
        view! {
            <strong>{grouped(connected)}</strong>
            {format!(" of {} connected", grouped(all))}
        }
        .into_any(),
    )
}
