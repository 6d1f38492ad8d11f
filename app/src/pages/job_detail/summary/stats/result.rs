//! The figures of a job that has ended.

use leptos::prelude::*;

use super::{
    super::super::context::{JobPage, use_job_page},
    TypicalGauge,
    sync::{InSync, NewestSync},
};
use crate::{
    format::{
        job::{self, sentence},
        number::grouped,
    },
    kit::{Quantity, Stat},
};

/// Of a job that has ended.
#[component]
pub(super) fn Results(sync: Option<NewestSync>) -> impl IntoView {
    let JobPage { job, as_of, .. } = use_job_page();
    let outcomes = move || job.with(|job| job.outcomes);
    let total = move || outcomes().total();
    let took = Signal::derive(move || {
        Some(job.with(|job| job::elapsed(job, as_of)))
            .filter(|took| !took.is_empty())
            .unwrap_or_else(|| "-".into())
    });
    // The same gauge as while the job ran, so that nothing below moves at its end.
    let typical = Memo::new(move |_| {
        job.with(|job| job::typical_duration(job, as_of)).filter(|_| took.with(|took| took != "-"))
    });
    let took_note = move || job.with(sentence::duration_note);
    let rate = move || job.with(|job| sentence::mean_rate(job, as_of));
    let last = match sync {
        Some(sync) => view! { <InSync sync as_of /> }.into_any(),
        None => view! {
            <Stat name="Throughput">
                <span class="figure__value">
                    {move || rate().unwrap_or_else(|| "-".into())} " "
                    <span class="figure__unit">{move || if rate().is_some() { "/s" } else { "" }.to_owned()}</span>
                </span>
                <span class="figure__note">
                    {move || if rate().is_some() { "mean of the whole job" } else { "too short to tell" }.to_owned()}
                </span>
            </Stat>
        }
        .into_any(),
    };
    view! {
        <Stat name="Succeeded">
            <span class="figure__value">
                {move || grouped(outcomes().succeeded)} " "
                <span class="figure__unit">{move || format!("of {}", grouped(total()))}</span>
            </span>
            <span class="figure__note">{move || job.with(sentence::succeeded_note)}</span>
        </Stat>
        <Stat name="Problems">
            <span class="figure__value">{move || grouped(outcomes().problems())}</span>
            <span class="figure__note">{move || sentence::problems(&outcomes())}</span>
        </Stat>
        <Stat name="Duration">
            <div class="elapsed">
                <Quantity text=took />
                {move || {
                    if typical.with(Option::is_some) {
                        view! { <TypicalGauge usual=typical /> }.into_any()
                    } else {
                        view! { <span class="figure__note">{took_note}</span> }.into_any()
                    }
                }}
            </div>
        </Stat>
        {last}
    }
    .into_any()
}
