//! How long answers took, once the job has ended.

use leptos::prelude::*;

use super::insight::Insight;
use crate::{
    components::Histogram,
    present::{histogram::words, number::counted},
    reactive::memo,
};

/// The panel; nothing while the job runs or when no device answered.
#[component]
pub(super) fn Latency(
    insight: Insight,
    /// Whether the job has ended, as far as the list below may be moved for it.
    is_over: RwSignal<bool>,
) -> impl IntoView {
    let told = memo(move || {
        insight.with(|told| told.latency.clone()).filter(|told| is_over.get() && told.count > 0)
    });
    view! {
        {move || {
            told.get()
                .map(|told| {
                    view! {
                        <section class="panel run__section run__latency" aria-labelledby="latency-title">
                            <div class="panel__header">
                                <h2 class="panel__title" id="latency-title">
                                    "Round trip "
                                    <span class="panel__note">{counted(told.count, "answer", "answers")}</span>
                                </h2>
                                <span class="panel__note">
                                    "p50 " <strong>{words(told.p50_ms)}</strong> " · p95 "
                                    <strong>{words(told.p95_ms)}</strong> " · p99 "
                                    <strong>{words(told.p99_ms)}</strong>
                                </span>
                            </div>
                            <Histogram told />
                        </section>
                    }
                        .into_any()
                })
        }}
    }
    .into_any()
}
