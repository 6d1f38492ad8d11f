//! What the pool does now and did in the last ten minutes: figures, charts, answer times.

use console_wire::simulator::Simulator;
use leptos::prelude::*;

use crate::{
    components::{Figure, Histogram, Plot},
    present::{
        histogram,
        number::{counted, grouped, share},
        simulator::{rate, whole},
        time,
    },
    reactive::memo,
};

/// Samples of the pool's trend: ten minutes.
const SLOTS: usize = 120;
/// Milliseconds between two of them.
const EVERY: i64 = 5000;

/// Figures and charts.
#[component]
pub(super) fn Figures(pool: RwSignal<Simulator>) -> impl IntoView {
    let told = move |words: fn(&Simulator) -> String| memo(move || pool.with(words));
    let connected = told(|pool| grouped(pool.connected));
    let of = told(|pool| format!("of {}", grouped(pool.knobs.count)));
    let connected_share = told(|pool| share(pool.connected, pool.knobs.count));
    let calls = told(|pool| rate(pool.call_rate).trim_end_matches("/s").to_owned());
    let calls_note = told(|pool| format!("{} so far", counted(pool.calls, "call", "calls")));
    let median = told(|pool| {
        if pool.answer_times.count == 0 { "-".to_owned() } else { histogram::words(pool.answer_times.p50_ms) }
    });
    let slow = told(|pool| match pool.answer_times.count {
        0 => "no answer yet".to_owned(),
        _ => format!(
            "p95 {}, p99 {}",
            histogram::words(pool.answer_times.p95_ms),
            histogram::words(pool.answer_times.p99_ms)
        ),
    });
    let lost = told(|pool| grouped(pool.losses));
    let made = told(|pool| {
        let refused = match pool.connect_failures {
            0 => String::new(),
            failures => format!(", {} refused", grouped(failures)),
        };
        format!("{} made{refused}", grouped(pool.connects))
    });
    let up = told(|pool| time::duration(pool.as_of.since(pool.since).as_secs() * 1000));
    let call_samples = memo(move || {
        pool.with(|pool| pool.trend.iter().map(|sample| (sample.at, sample.call_rate)).collect::<Vec<_>>())
    });
    let connected_samples = memo(move || {
        #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
        pool.with(|pool| {
            pool.trend.iter().map(|sample| (sample.at, sample.connected as f64)).collect::<Vec<_>>()
        })
    });
    view! {
        <section aria-label="Now">
            <dl class="figures figures--rule">
                <Figure name="Connected">
                    <span class="figure__value">
                        {move || connected.get()} " " <span class="figure__unit">{move || of.get()}</span>
                    </span>
                    <span class="figure__note">{move || connected_share.get()}</span>
                </Figure>
                <Figure name="Method calls">
                    <span class="figure__value">
                        {move || calls.get()} " " <span class="figure__unit">"/s"</span>
                    </span>
                    <span class="figure__note">{move || calls_note.get()}</span>
                </Figure>
                <Figure name="Answer time">
                    <span class="figure__value">
                        {move || median.get()} " " <span class="figure__unit">"p50"</span>
                    </span>
                    <span class="figure__note">{move || slow.get()}</span>
                </Figure>
                <Figure name="Connections lost">
                    <span class="figure__value">{move || lost.get()}</span>
                    <span class="figure__note">{move || made.get()}</span>
                </Figure>
                <Figure name="Running">
                    <span class="figure__value">{move || up.get()}</span>
                    <span class="figure__note">"since the server started"</span>
                </Figure>
            </dl>
        </section>
        <section class="panel" aria-labelledby="rate-title">
            <div class="panel__header">
                <h2 class="panel__title" id="rate-title">
                    "Method calls a second "
                    <span class="panel__note">"last 10 minutes"</span>
                </h2>
            </div>
            <Plot samples=call_samples slots=SLOTS every=EVERY words=rate what="Method calls a second" />
        </section>
        <section class="panel" aria-labelledby="connected-title">
            <div class="panel__header">
                <h2 class="panel__title" id="connected-title">
                    "Connected devices"
                </h2>
            </div>
            <Plot samples=connected_samples slots=SLOTS every=EVERY words=whole what="Connected devices" />
        </section>
        <AnswerTimes pool />
    }
    .into_any()
}

/// How long the devices took to answer.
#[component]
fn AnswerTimes(pool: RwSignal<Simulator>) -> impl IntoView {
    let times = memo(move || pool.with(|pool| pool.answer_times.clone()));
    let note = move || times.with(|times| counted(times.count, "answer", "answers"));
    view! {
        <section class="panel" aria-labelledby="times-title">
            <div class="panel__header">
                <h2 class="panel__title" id="times-title">
                    "Answer time "
                    <span class="panel__note">{move || note()}</span>
                </h2>
            </div>
            {move || {
                let told = times.get();
                if told.count == 0 {
                    view! { <p class="field__hint">"No method has been answered yet."</p> }.into_any()
                } else {
                    view! { <Histogram told /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}
