//! A sparkline: a small line chart without axes.

use leptos::prelude::*;

use crate::format::series::Series;

/// Size of the drawing in its own units.
const SIZE: (f64, f64) = (260.0, 32.0);

/// The rates of a series as a line. It keeps its size while there is nothing to draw.
#[component]
pub(crate) fn Sparkline(
    /// What to draw.
    #[prop(into)]
    series: Signal<Series>,
    /// Description for screen readers, from the highest rate.
    label: fn(f64) -> String,
) -> impl IntoView {
    let drawn = Memo::new(move |_| series.with(|series| series.line(SIZE.0, SIZE.1)));
    let part = move |pick: fn(&(String, String, f64)) -> &str| {
        drawn.with(|drawn| drawn.as_ref().map(|drawn| pick(drawn).to_owned()).unwrap_or_default())
    };
    view! {
        <svg
            class="chart figure__chart"
            viewBox="0 0 260 32"
            preserveAspectRatio="none"
            role="img"
            aria-label=move || drawn.with(|drawn| drawn.as_ref().map_or("Not measured yet".to_owned(), |drawn| label(drawn.2)))
        >
            <path class="chart__area" d=move || part(|drawn| &drawn.1) />
            <path class="chart__line" d=move || part(|drawn| &drawn.0) />
        </svg>
    }
}
