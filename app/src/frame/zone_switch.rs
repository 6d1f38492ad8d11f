//! The zone in which times are written.

use leptos::prelude::*;

use crate::{
    clock::{Clock, Zone, use_clock},
    present::time,
};

/// What the viewer's own zone is called now, such as `UTC+2`; `your zone` where that is UTC too.
pub(super) fn my_zone(clock: Clock) -> String {
    let Some(now) = clock.now() else { return "your zone".into() };
    match crate::browser::zone_offset_minutes(now.unix_millis()) {
        0 => "your zone".into(),
        offset => time::zone_name(offset),
    }
}

/// Times in UTC, or in the viewer's zone. It needs scripts; without them times are UTC and it says so.
#[component]
pub(super) fn ZoneSwitch() -> impl IntoView {
    let clock = use_clock();
    let name = move || match clock.zone() {
        Zone::Utc => "UTC".to_owned(),
        Zone::Mine => my_zone(clock),
    };
    let other = move || match clock.zone() {
        Zone::Utc => format!("Times are in UTC; show them in {}", my_zone(clock)),
        Zone::Mine => "Times are in your zone; show them in UTC".to_owned(),
    };
    let switch = move |_| {
        clock.set_zone(if clock.zone() == Zone::Utc { Zone::Mine } else { Zone::Utc });
    };
    view! {
        <span class="only-roomy">
            "Times in "
            <button class="link" type="button" title=move || other() on:click=switch>
                {move || name()}
            </button>
        </span>
    }
    .into_any()
}
