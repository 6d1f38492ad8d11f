//! The status bar: the hub's state, connected devices and the time, on every page.

use console_wire::hub::HubInfo;
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{
    hub::{HubStatus, use_hub},
    state::use_layout,
    zone_switch::ZoneSwitch,
};
use crate::{
    account::use_account,
    format::{number::grouped, time},
    kit::{
        Icon,
        clock::{Clock, use_clock},
    },
};

/// The status bar.
#[component]
pub(crate) fn StatusBar() -> impl IntoView {
    let hub = use_hub();
    let clock = use_clock();
    let layout = use_layout();
    let is_open = use_account().is_open();
    view! {
        <footer class="statusbar">
            <Suspense>
                {move || Suspend::new(async move {
                    hub.ready().await;
                    let info = Memo::new(move |_| hub.info());
                    let status = Memo::new(move |_| hub.status());
                    let counts = Memo::new(move |_| info.with(|info| Counts::of(info.as_ref()?, clock)));
                    view! {
                        <HubState status />
                        <span class="statusbar__devices">{move || counts.get().map(|counts| counts.view(clock))}</span>
                        {is_open.then(|| view! { <OpenNote /> })}
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
                                on:click=move |_| layout.shortcuts.set(true)
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

/// Says that the console runs without sign-in, which only this machine can reach.
#[component]
fn OpenNote() -> impl IntoView {
    view! {
        <span
            class="statusbar__open only-wide"
            title="Sign-in is off. Start the server with --sign-in to share it with a team."
        >
            "Open to this machine only"
        </span>
    }
}

/// Whether the hub answers; amber, and since when, if it does not.
#[component]
fn HubState(status: Memo<HubStatus>) -> impl IntoView {
    let clock = use_clock();
    let since = move |what: &str, since: Option<Timestamp>, otherwise: &str| {
        since.map_or_else(
            || otherwise.to_owned(),
            |since| format!("{what} since {}", time::clock(since, clock.offset_minutes(since))),
        )
    };
    let text = Memo::new(move |_| match status.get() {
        HubStatus::Reachable(_) => "Hub reachable".to_owned(),
        HubStatus::HubUnreachable(at, _) => since("Hub not reachable", at, "Hub not reached yet"),
        HubStatus::ConsoleUnreachable(at) => {
            since("The console has not answered", at, "The console does not answer")
        }
    });
    // Separate, so that screen readers do not announce each round trip.
    let detail = Memo::new(move |_| match status.get() {
        HubStatus::Reachable(round_trip) => {
            round_trip.map(|ms| format!("{} ms", grouped(ms))).unwrap_or_default()
        }
        HubStatus::HubUnreachable(_, message) => message,
        HubStatus::ConsoleUnreachable(_) => "trying again".to_owned(),
    });
    let is_good = Memo::new(move |_| status.with(|status| matches!(status, HubStatus::Reachable(_))));
    view! {
        <span class="with-icon statusbar__hub" data-tone=move || (!is_good.get()).then_some("warning")>
            <Icon name=Signal::derive(move || if is_good.get() { "radio-tower" } else { "triangle-alert" }) />
            <strong role="status">{move || text.get()}</strong>
            <span class="only-wide statusbar__detail" title=move || detail.get()>{move || detail.get()}</span>
        </span>
    }
    .into_any()
}

/// How many of the devices are connected.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counts {
    connected: u64,
    all: u64,
    /// When the hub counted them. A page's own numbers are from another time.
    at: Option<Timestamp>,
    /// How old both are, if they are old.
    age: Option<String>,
}

impl Counts {
    /// `None` before both are known.
    fn of(info: &HubInfo, clock: Clock) -> Option<Self> {
        let (connected, all) = (info.connected_count?, info.device_count?);
        let age = info.counted_at.and_then(|at| counts_age(at, clock.now_or(info.as_of)));
        Some(Self { connected, all, at: info.counted_at, age })
    }

    fn view(self, clock: Clock) -> AnyView {
        if self.all == 0 {
            return view! { "No device registered" }.into_any();
        }
        let at = self.at.map(|at| format!(" at {}", time::clock(at, clock.offset_minutes(at))));
        let age = self.age.map(|age| format!(", {age}"));
        view! {
            <strong>{grouped(self.connected)}</strong>
            {format!(" of {} connected", grouped(self.all))}
            <span class="only-wide">{at}</span>
            <span class="only-narrow">{age}</span>
        }
        .into_any()
    }
}

/// How old the counts are, where that is worth a remark: a real hub's are read every 15 s.
fn counts_age(at: Timestamp, now: Timestamp) -> Option<String> {
    (now.since(at).as_secs() >= 20).then(|| time::relative(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_counts_say_so() {
        let at = Timestamp::from_unix_millis;
        for (now, age) in
            [(0, None), (19_900, None), (21_000, Some("21 s ago")), (180_000, Some("3 min ago"))]
        {
            assert_eq!(counts_age(at(0), at(now)).as_deref(), age);
        }
    }
}
