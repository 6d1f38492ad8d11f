//! A line chart of a value over the last minutes.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    format::{
        number::fixed,
        plot::{HEIGHT, WIDTH, plot},
        time,
    },
    kit::clock::use_clock,
};

/// A chart of samples, oldest first.
#[component]
pub(crate) fn Plot(
    /// Samples: when, and how much.
    #[prop(into)]
    samples: Signal<Vec<(Timestamp, f64)>>,
    /// How many samples fill the chart.
    slots: usize,
    /// Milliseconds between two samples.
    every: i64,
    /// Formats a number of the scale.
    format_value: fn(f64) -> String,
    /// What is shown, for screen readers: "Method calls a second".
    what: &'static str,
) -> impl IntoView {
    let clock = use_clock();
    let drawn = Memo::new(move |_| {
        samples.with(|samples| plot(&samples.iter().map(|(_, value)| *value).collect::<Vec<_>>(), slots))
    });
    let label = move || {
        samples.with(|samples| match samples.last() {
            None => format!("{what}: not measured yet"),
            Some((_, last)) => {
                let highest = samples.iter().map(|(_, value)| *value).fold(0.0, f64::max);
                let lowest = samples.iter().map(|(_, value)| *value).fold(f64::MAX, f64::min);
                format!(
                    "{what}: now {}, between {} and {}",
                    format_value(*last),
                    format_value(lowest),
                    format_value(highest)
                )
            }
        })
    };
    let span = every * i64::try_from(slots).unwrap_or_default();
    let times = move || {
        let last = samples.with(|samples| samples.last().map(|(at, _)| *at))?;
        let at = |back: i64| Timestamp::from_unix_millis(last.unix_millis() - back);
        Some(
            [span, span / 2, 0]
                .map(|back| {
                    let at = at(back);
                    view! { <span>{time::clock(at, clock.offset_minutes(at))}</span> }
                })
                .collect_view(),
        )
    };
    view! {
        <div class="plot">
            <div class="plot__scale" aria-hidden="true">
                <span>{move || drawn.with(|drawn| format_value(drawn.top))}</span>
                <span>{move || drawn.with(|drawn| format_value(drawn.top / 2.0))}</span>
                <span>"0"</span>
            </div>
            <svg
                class="chart plot__svg"
                viewBox=format!("0 0 {} {}", fixed(WIDTH, 0), fixed(HEIGHT, 0))
                preserveAspectRatio="none"
                role="img"
                aria-label=label
            >
                <path class="chart__grid" d="M0 0H640" />
                <path class="chart__grid" d="M0 48H640" />
                <path class="chart__grid" d="M0 96H640" />
                <path class="chart__area" d=move || drawn.with(|drawn| drawn.area.clone()) />
                <path class="chart__line" d=move || drawn.with(|drawn| drawn.line.clone()) />
            </svg>
            <div class="plot__time" aria-hidden="true">
                {times}
            </div>
        </div>
    }
}
