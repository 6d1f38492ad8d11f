//! A small line without axes: the shape of a rate so far.

use leptos::prelude::*;

use crate::{present::series::Series, reactive::memo};

/// Size of the drawing in its own units.
const SIZE: (f64, f64) = (260.0, 32.0);

/// The rates of a series as a line. It keeps its place while there is nothing to draw.
#[component]
pub(crate) fn Sparkline(
    /// What to draw.
    #[prop(into)]
    series: Signal<Series>,
    /// The same for those who cannot see it, for the highest rate.
    words: fn(f64) -> String,
) -> impl IntoView {
    let drawn = memo(move || series.with(|series| series.line(SIZE.0, SIZE.1)));
    let part = move |pick: fn(&(String, String, f64)) -> &str| {
        drawn.with(|drawn| drawn.as_ref().map(|drawn| pick(drawn).to_owned()).unwrap_or_default())
    };
    view! {
        <svg
            class="chart figure__chart"
            viewBox="0 0 260 32"
            preserveAspectRatio="none"
            role="img"
            aria-label=move || drawn.with(|drawn| drawn.as_ref().map_or("Not measured yet".to_owned(), |drawn| words(drawn.2)))
        >
            <path class="chart__area" d=move || part(|drawn| &drawn.1) />
            <path class="chart__line" d=move || part(|drawn| &drawn.0) />
        </svg>
    }
    .into_any()
}
