//! The counts of the last days as a small line chart.

use console_wire::group::DailyCount;
use leptos::prelude::*;

use crate::format::{
    number::grouped,
    plot::{HEIGHT, WIDTH, plot},
};

/// Days that the chart has room for.
const DAYS: usize = 30;

/// The chart; a sentence below two days.
#[component]
pub(crate) fn DailyCounts(
    /// The counts, oldest first.
    history: Vec<DailyCount>,
    /// Its class beside `chart`.
    class: &'static str,
) -> impl IntoView {
    let days = &history[history.len().saturating_sub(DAYS)..];
    let (Some(first), Some(last)) = (days.first(), days.last().filter(|_| days.len() > 1)) else {
        return view! { <span class="field__hint">"from tomorrow on"</span> }.into_any();
    };
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let values: Vec<f64> = days.iter().map(|day| day.devices as f64).collect();
    let drawn = plot(&values, DAYS);
    let label = format!("{} days: {} to {}", days.len(), grouped(first.devices), grouped(last.devices));
    view! {
        <svg
            class=format!("chart {class}")
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            <path class="chart__area" d=drawn.area />
            <path class="chart__line" d=drawn.line />
        </svg>
    }
    .into_any()
}
