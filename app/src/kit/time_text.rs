//! A time as text: relative or absolute, with the absolute time as its title.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{format::time, kit::clock::use_clock};

/// How a time is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// `6 min ago`.
    Relative,
    /// `18:00:00`, `Fri 18:00:00`, `17 Sep 18:00`.
    Clock,
    /// `18:06:23.318`, `17 Sep 18:06:23.318`.
    Millis,
}

/// A time. In the first frame it is UTC and relative to `as_of`, which came with the data.
#[component]
pub(crate) fn TimeText(
    /// The time.
    at: Timestamp,
    /// When the data was read.
    as_of: Timestamp,
    /// The format.
    style: TimeFormat,
) -> impl IntoView {
    let clock = use_clock();
    let text = move || {
        let offset = clock.offset_minutes(at);
        match style {
            TimeFormat::Relative => time::relative(at, clock.now_or(as_of)),
            TimeFormat::Clock => time::day_clock(at, clock.now_or(as_of), offset),
            TimeFormat::Millis => time::day_clock_millis(at, clock.now_or(as_of), offset),
        }
    };
    let text = Memo::new(move |_| text());
    view! {
        <time datetime=time::machine(at) title=move || time::absolute(at, clock.offset_minutes(at))>
            {move || text.get()}
        </time>
    }
}
