//! A histogram of durations with its percentiles.

use console_wire::latency::Distribution;
use leptos::prelude::*;

use crate::format::{
    histogram::{self, FLOOR, HEIGHT, LABEL_GAP, WIDTH},
    number::{count_noun, trimmed},
};

/// A coordinate or a length as an SVG attribute.
fn at(units: f64) -> String {
    trimmed(units, 2)
}

/// A distribution of durations.
#[component]
pub(crate) fn Histogram(
    /// What was measured.
    distribution: Distribution,
    /// What was counted, as in "1 answer" and "1,159 answers".
    #[prop(default = ("answer", "answers"))]
    noun: (&'static str, &'static str),
) -> impl IntoView {
    let plot = histogram::plot(&distribution);
    let label = format!("{}: {}", count_noun(distribution.count, noun.0, noun.1), plot.summary);
    let bars: Vec<_> = plot
        .bars
        .iter()
        .map(|bar| {
            view! { <rect class="chart__bar" x=at(bar.x) y=at(bar.y) width=at(bar.width) height=at(bar.height) /> }
            })
        .collect();
    let counts: Vec<_> = plot
        .bars
        .into_iter()
        .map(|bar| {
            let middle = bar.x + bar.width / 2.0;
            view! {
                <text class="chart__count" x=at(middle) y=at(bar.y - 4.0) text-anchor="middle">
                    {bar.count}
                </text>
            }
        })
        .collect();
    let marks: Vec<_> = plot
        .marks
        .into_iter()
        .map(|mark| {
            let (x, anchor) =
                if mark.is_left { (mark.x - LABEL_GAP, "end") } else { (mark.x + LABEL_GAP, "start") };
            view! {
                <path class="chart__mark" d=format!("M{} 12V{}", at(mark.x), at(FLOOR)) />
                <text class="chart__label" x=at(x) y="10" text-anchor=anchor>
                    {mark.text}
                </text>
            }
        })
        .collect();
    let labels: Vec<_> = plot
        .labels
        .into_iter()
        .map(|label| {
            let anchor = if label.x < 1.0 {
                "start"
            } else if label.x > WIDTH - 20.0 {
                "end"
            } else {
                "middle"
            };
            view! {
                <text x=at(label.x) y="147" text-anchor=anchor>
                    {label.text}
                </text>
            }
        })
        .collect();
    view! {
        <svg class="chart chart--histogram" viewBox=format!("0 0 {} {}", at(WIDTH), at(HEIGHT)) role="img" aria-label=label>
            <path class="chart__grid" d=format!("M0 {}H{}", at(FLOOR + 0.5), at(WIDTH)) />
            {bars}
            {marks}
            {counts}
            {labels}
        </svg>
    }
}
