//! The pool now and in the last ten minutes: numbers, charts, response times.

use console_wire::simulator::Simulator;
use leptos::prelude::*;

use crate::{
    format::{
        histogram,
        number::{count_noun, grouped, share},
        simulator::{rate, whole},
        time,
    },
    kit::{Histogram, Plot, Stat},
};

/// Samples of the pool's trend: ten minutes.
const SLOTS: usize = 120;
/// Milliseconds between two of them.
const EVERY: i64 = 5000;

/// Numbers and charts.
#[component]
pub(super) fn PoolStats(pool: Memo<Simulator>) -> impl IntoView {
    let text = move |words: fn(&Simulator) -> String| Memo::new(move |_| pool.with(words));
    let connected = text(|pool| grouped(pool.connected));
    let of = text(|pool| format!("of {}", grouped(pool.settings.count)));
    let connected_share = text(|pool| share(pool.connected, pool.settings.count));
    let calls = text(|pool| rate(pool.call_rate).trim_end_matches("/s").to_owned());
    let calls_note = text(|pool| format!("{} so far", count_noun(pool.calls, "call", "calls")));
    let median = text(|pool| {
        if pool.answer_times.count == 0 {
            "-".to_owned()
        } else {
            histogram::time_label(pool.answer_times.p50_ms)
        }
    });
    let slow = text(|pool| match pool.answer_times.count {
        0 => "no answer yet".to_owned(),
        _ => format!(
            "p95 {}, p99 {}",
            histogram::time_label(pool.answer_times.p95_ms),
            histogram::time_label(pool.answer_times.p99_ms)
        ),
    });
    let lost = text(|pool| grouped(pool.losses));
    let made = text(|pool| {
        let refused = match pool.connect_failures {
            0 => String::new(),
            failures => format!(", {} refused", grouped(failures)),
        };
        format!("{}{refused}", count_noun(pool.connects, "connect", "connects"))
    });
    let up = text(|pool| time::duration(pool.as_of.since(pool.since).as_secs() * 1000));
    let call_samples = Memo::new(move |_| {
        pool.with(|pool| pool.trend.iter().map(|sample| (sample.at, sample.call_rate)).collect::<Vec<_>>())
    });
    let connected_samples = Memo::new(move |_| {
        #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
        pool.with(|pool| {
            pool.trend.iter().map(|sample| (sample.at, sample.connected as f64)).collect::<Vec<_>>()
        })
    });
    view! {
        <section aria-label="Now">
            <dl class="figures figures--rule">
                <Stat name="Connected">
                    <span class="figure__value">
                        {move || connected.get()} " " <span class="figure__unit">{move || of.get()}</span>
                    </span>
                    <span class="figure__note">{move || connected_share.get()}</span>
                </Stat>
                <Stat name="Method calls">
                    <span class="figure__value">
                        {move || calls.get()} " " <span class="figure__unit">"/s"</span>
                    </span>
                    <span class="figure__note">{move || calls_note.get()}</span>
                </Stat>
                <Stat name="Answer time">
                    <span class="figure__value">
                        {move || median.get()} " " <span class="figure__unit">"p50"</span>
                    </span>
                    <span class="figure__note">{move || slow.get()}</span>
                </Stat>
                <Stat name="Disconnects">
                    <span class="figure__value">{move || lost.get()}</span>
                    <span class="figure__note">{move || made.get()}</span>
                </Stat>
                <Stat name="Running">
                    <span class="figure__value">{move || up.get()}</span>
                    <span class="figure__note">"since the server started"</span>
                </Stat>
            </dl>
        </section>
        <section class="panel" aria-labelledby="rate-title">
            <div class="panel__header">
                <h2 class="panel__title" id="rate-title">
                    "Method calls a second "
                    <span class="panel__note">"last 10 minutes"</span>
                </h2>
            </div>
            <Plot samples=call_samples slots=SLOTS every=EVERY format_value=rate what="Method calls a second" />
        </section>
        <section class="panel" aria-labelledby="connected-title">
            <div class="panel__header">
                <h2 class="panel__title" id="connected-title">
                    "Connected devices"
                </h2>
            </div>
            <Plot samples=connected_samples slots=SLOTS every=EVERY format_value=whole what="Connected devices" />
        </section>
        <AnswerTimes pool />
    }
    .into_any()
}

/// How long the devices took to answer.
#[component]
fn AnswerTimes(pool: Memo<Simulator>) -> impl IntoView {
    let times = Memo::new(move |_| pool.with(|pool| pool.answer_times.clone()));
    let note = move || times.with(|times| count_noun(times.count, "answer", "answers"));
    view! {
        <section class="panel" aria-labelledby="times-title">
            <div class="panel__header">
                <h2 class="panel__title" id="times-title">
                    "Answer time "
                    <span class="panel__note">{note}</span>
                </h2>
            </div>
            {move || {
                let times = times.get();
                if times.count == 0 {
                    view! { <p class="field__hint">"No method has been answered yet."</p> }.into_any()
                } else {
                    view! { <Histogram distribution=times /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}
