//! The switch for the time zone.

use leptos::prelude::*;

use crate::{
    format::time,
    kit::clock::{Clock, Zone, use_clock},
};

/// The name of the user's zone now, such as `UTC+2`; `your zone` where that is UTC too.
pub(super) fn my_zone(clock: Clock) -> String {
    let Some(now) = clock.now() else { return "your zone".into() };
    match crate::kit::dom::zone_offset_minutes(now.unix_millis()) {
        0 => "your zone".into(),
        offset => time::zone_name(offset),
    }
}

/// Switches between UTC and the user's zone. Without scripts times are in UTC.
#[component]
pub(super) fn ZoneSwitch() -> impl IntoView {
    let clock = use_clock();
    let name = move || match clock.zone() {
        Zone::Utc => "UTC".to_owned(),
        Zone::Local => my_zone(clock),
    };
    let other = move || match clock.zone() {
        Zone::Utc => format!("Times are in UTC; show them in {}", my_zone(clock)),
        Zone::Local => "Times are in your zone; show them in UTC".to_owned(),
    };
    let switch = move |_| {
        clock.set_zone(if clock.zone() == Zone::Utc { Zone::Local } else { Zone::Utc });
    };
    view! {
        <span>
            <span class="only-roomy">"Times in "</span>
            <button class="link statusbar__zone" type="button" title=other on:click=switch>
                {name}
            </button>
        </span>
    }
    .into_any()
}
