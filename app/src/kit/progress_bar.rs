//! The progress of a job: a bar with a part for each state, and numbers above it.

use console_wire::outcome::{Outcome, Outcomes};
use leptos::prelude::*;

use super::Icon;
use crate::format::{number::grouped, outcome};

/// The bar alone. A part's width is its flex factor; empty parts are hidden.
#[component]
pub(crate) fn ProgressBar(
    /// The counts.
    #[prop(into)]
    outcomes: Signal<Outcomes>,
    /// Taller, for the job's page.
    #[prop(optional)]
    is_large: bool,
) -> impl IntoView {
    let class = if is_large { "bar bar--large" } else { "bar" };
    let parts = Outcome::ALL.map(|state| {
        let count = Memo::new(move |_| outcomes.with(|outcomes| outcomes.get(state)));
        view! {
            <span
                class="bar__part"
                data-status=state.as_str()
                hidden=move || count.get() == 0
                style:flex-grow=move || count.get().to_string()
            ></span>
        }
    });
    view! {
        <div class=class role="img" aria-label=move || outcomes.with(outcome::summary)>
            {Vec::from(parts)}
        </div>
    }
}

/// A count of all devices, how many did not succeed, and the bar.
#[component]
pub(crate) fn Progress(
    /// The counts.
    #[prop(into)]
    outcomes: Signal<Outcomes>,
    /// The number in bold, of all devices.
    #[prop(into)]
    bold: Signal<u64>,
) -> impl IntoView {
    let shown =
        [Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted, Outcome::Cancelled];
    let tallies = shown.map(|state| {
        let count = Memo::new(move |_| outcomes.with(|outcomes| outcomes.get(state)));
        let badge = outcome::badge(state);
        view! {
            <Show when=move || { count.get() > 0 }>
                <span class="tally" data-status=badge.status>
                    <Icon name=badge.icon />
                    {move || grouped(count.get())}
                    <span class="visually-hidden">" " {badge.label.to_ascii_lowercase()}</span>
                </span>
            </Show>
        }
    });
    let total = Memo::new(move |_| outcomes.with(Outcomes::total));
    view! {
        <div class="progress">
            <div class="progress__numbers">
                <span>
                    <strong>{move || grouped(bold.get())}</strong>
                    <span class="progress__total">{move || format!(" of {}", grouped(total.get()))}</span>
                </span>
                <span class="tally-list">{tallies.into_iter().collect_view()}</span>
            </div>
            <ProgressBar outcomes />
        </div>
    }
}
