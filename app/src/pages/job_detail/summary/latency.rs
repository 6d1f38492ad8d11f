//! Round-trip times, once the job has ended.

use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::{
    format::{histogram::time_label, number::count_noun},
    kit::Histogram,
};

/// The panel; nothing while the job runs or when no device answered.
#[component]
pub(in crate::pages::job_detail) fn Latency() -> impl IntoView {
    let JobPage { insight, shows_end, .. } = use_job_page();
    let latency = Memo::new(move |_| {
        let latency = insight.with(|insight| insight.latency.clone());
        latency.filter(|latency| shows_end.get() && latency.count > 0)
    });
    view! {
        {move || {
            latency.get()
                .map(|latency| {
                    view! {
                        <section class="panel run__section run__latency" aria-labelledby="latency-title">
                            <div class="panel__header">
                                <h2 class="panel__title" id="latency-title">
                                    "Round trip "
                                    <span class="panel__note">{count_noun(latency.count, "answer", "answers")}</span>
                                </h2>
                                <span class="panel__note">
                                    "p50 " <strong>{time_label(latency.p50_ms)}</strong> " · p95 "
                                    <strong>{time_label(latency.p95_ms)}</strong> " · p99 "
                                    <strong>{time_label(latency.p99_ms)}</strong>
                                </span>
                            </div>
                            <Histogram distribution=latency />
                        </section>
                    }
                })
        }}
    }
    .into_any()
}
