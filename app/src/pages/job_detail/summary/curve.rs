//! How the devices ended over time, beside the typical run, and results a minute beside the hub's limit. Folded: the line
//! says the result, the charts are for who asks.

use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::format::{
    curve::{self, CurveChart},
    time,
};

/// The section.
#[component]
pub(in crate::pages::job_detail) fn CurvePanel() -> impl IntoView {
    let JobPage { insight, job, .. } = use_job_page();
    let read = Memo::new(move |_| insight.with(|insight| insight.curve.clone()));
    let devices = Memo::new(move |_| job.with(|job| job.outcomes.total()));
    let of = move |words: fn(&console_wire::curve::Curve, u64) -> String| {
        Memo::new(move |_| {
            read.with(|read| read.as_ref().map(|read| words(read, devices.get())).unwrap_or_default())
        })
    };
    let sentence = of(curve::sentence);
    let rate = of(|read, _| curve::rate_sentence(read));
    let chart = Memo::new(move |_| {
        read.with(|read| read.as_ref().map(|read| curve::chart(read, devices.get())).unwrap_or_default())
    });
    let rows = Memo::new(move |_| {
        read.with(|read| read.as_ref().map(|read| curve::rows(read, devices.get())).unwrap_or_default())
    });
    view! {
        <details class="curve" hidden=move || read.with(Option::is_none)>
            <summary class="curve__summary">
                <h2 class="panel__title">"Over time"</h2>
                <span class="panel__note">{move || sentence.get()}</span>
            </summary>
            <div class="curve__charts">
                <Ended chart label=sentence />
                <Rate chart label=rate />
            </div>
            <table class="visually-hidden">
                <caption>"Devices that ended, by time since the start"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Ended since the row before"</th>
                        <th scope="col">"Ended so far"</th>
                        <th scope="col">"Typical run"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        rows.get()
                            .into_iter()
                            .map(|[at, here, share, typical]| {
                                view! {
                                    <tr>
                                        <th scope="row">{at}</th>
                                        <td>{here}</td>
                                        <td>{share}</td>
                                        <td>{typical}</td>
                                    </tr>
                                }
                            })
                            .collect_view()
                    }}
                </tbody>
            </table>
        </details>
    }
    .into_any()
}

/// The share that has ended.
#[component]
fn Ended(chart: Memo<CurveChart>, label: Memo<String>) -> impl IntoView {
    let has_typical = Memo::new(move |_| chart.with(|chart| !chart.typical.is_empty()));
    view! {
        <figure class="curve__chart">
            <figcaption class="curve__name">
                "Ended" <span class="curve__key" hidden=move || !has_typical.get()>
                    <svg class="curve__dash" viewBox="0 0 24 2" aria-hidden="true">
                        <path class="chart__line curve__typical" d="M0 1H24" />
                    </svg>
                    "typical run"
                </span>
            </figcaption>
            <div class="plot">
                <div class="plot__scale" aria-hidden="true">
                    <span>"100 %"</span>
                    <span>"50 %"</span>
                    <span>"0"</span>
                </div>
                <svg class="chart plot__svg" viewBox="0 0 640 96" preserveAspectRatio="none" role="img" aria-label=move || label.get()>
                    <Grid />
                    <path class="chart__area" d=move || chart.with(|chart| chart.area.clone()) />
                    <path class="chart__line curve__typical" d=move || chart.with(|chart| chart.typical.clone()) />
                    <path class="chart__line" d=move || chart.with(|chart| chart.line.clone()) />
                </svg>
                <Times chart />
            </div>
        </figure>
    }
    .into_any()
}

/// Results a minute.
#[component]
fn Rate(chart: Memo<CurveChart>, label: Memo<String>) -> impl IntoView {
    let has_limit = Memo::new(move |_| chart.with(|chart| !chart.limit.is_empty()));
    view! {
        <figure class="curve__chart">
            <figcaption class="curve__name">
                "Results a minute" <span class="curve__key" hidden=move || !has_limit.get()>
                    <svg class="curve__dash" viewBox="0 0 24 2" aria-hidden="true">
                        <path class="chart__mark" d="M0 1H24" />
                    </svg>
                    "the hub's limit"
                </span>
            </figcaption>
            <div class="plot">
                <div class="plot__scale" aria-hidden="true">
                    <span>{move || chart.with(|chart| curve::rounded(chart.top))}</span>
                    <span>{move || chart.with(|chart| curve::rounded(chart.top / 2.0))}</span>
                    <span>"0"</span>
                </div>
                <svg class="chart plot__svg" viewBox="0 0 640 96" preserveAspectRatio="none" role="img" aria-label=move || label.get()>
                    <Grid />
                    <path class="chart__bar" d=move || chart.with(|chart| chart.bars.clone()) />
                    <path class="chart__mark" d=move || chart.with(|chart| chart.limit.clone()) />
                </svg>
                <Times chart />
            </div>
        </figure>
    }
    .into_any()
}

#[component]
fn Grid() -> impl IntoView {
    view! {
        <path class="chart__grid" d="M0 0H640" />
        <path class="chart__grid" d="M0 48H640" />
        <path class="chart__grid" d="M0 96H640" />
    }
}

/// The time since the start below a chart.
#[component]
fn Times(chart: Memo<CurveChart>) -> impl IntoView {
    let width = Memo::new(move |_| chart.with(|chart| chart.width_ms));
    view! {
        <div class="plot__time" aria-hidden="true">
            <span>"start"</span>
            <span>{move || time::duration(width.get() / 2)}</span>
            <span>{move || time::duration(width.get())}</span>
        </div>
    }
}
