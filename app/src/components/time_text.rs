//! A time: relative with the absolute as its title, or absolute.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{clock::use_clock, present::time, reactive::memo};

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `6 min ago`.
    Relative,
    /// `18:00:00`, `Fri 18:00:00`, `17 Sep 18:00`.
    Clock,
    /// `18:06:23.318`.
    Millis,
}

/// A time. In the first frame it is UTC and relative to `as_of`, which came with the data.
#[component]
pub(crate) fn TimeText(
    /// When.
    at: Timestamp,
    /// When the data was read.
    as_of: Timestamp,
    /// How to write it.
    style: Moment,
) -> impl IntoView {
    let clock = use_clock();
    let text = move || {
        let offset = clock.offset_minutes(at);
        match style {
            Moment::Relative => time::relative(at, clock.now_or(as_of)),
            Moment::Clock => time::day_clock(at, clock.now_or(as_of), offset),
            Moment::Millis => time::clock_millis(at, offset),
        }
    };
    let text = memo(move || text());
    view! {
        <time datetime=time::machine(at) title=move || time::absolute(at, clock.offset_minutes(at))>
            {move || text.get()}
        </time>
    }
    .into_any()
}
