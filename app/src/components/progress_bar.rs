//! Every device of a job, by state: a bar, and the numbers over it.

use console_wire::outcome::{Outcome, Outcomes};
use leptos::prelude::*;

use super::Icon;
use crate::present::{number::grouped, outcome};

use crate::reactive::memo;

/// The bar alone. A part's share is its flex factor; parts of nothing are left out.
#[component]
pub(crate) fn Bar(
    /// The counts.
    #[prop(into)]
    outcomes: Signal<Outcomes>,
    /// The run page's tall one.
    #[prop(optional)]
    is_large: bool,
) -> impl IntoView {
    let class = if is_large { "bar bar--large" } else { "bar" };
    let parts = Outcome::ALL.map(|state| {
        let count = memo(move || outcomes.with(|outcomes| outcomes.get(state)));
        view! {
            <span
                class="bar__part"
                data-status=state.as_str()
                hidden=move || count.get() == 0
                style:flex-grow=move || count.get().to_string()
            ></span>
        }
        .into_any()
    });
    view! {
        <div class=class role="img" aria-label=move || outcomes.with(outcome::summary)>
            {Vec::from(parts)}
        </div>
    }
    .into_any()
}

/// How many have finished, what went wrong, and the bar.
#[component]
pub(crate) fn Progress(
    /// The counts.
    #[prop(into)]
    outcomes: Signal<Outcomes>,
) -> impl IntoView {
    let shown =
        [Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted, Outcome::Cancelled];
    let tallies = shown.map(|state| {
        let count = memo(move || outcomes.with(|outcomes| outcomes.get(state)));
        let badge = outcome::badge(state);
        view! {
            <Show when=move || { count.get() > 0 }>
                <span class="tally" data-status=badge.status>
                    <Icon name=badge.icon />
                    {move || grouped(count.get())}
                    <span class="visually-hidden">" " {badge.word.to_ascii_lowercase()}</span>
                </span>
            </Show>
        }
    });
    let finished = memo(move || outcomes.with(Outcomes::finished));
    let total = memo(move || outcomes.with(Outcomes::total));
    view! {
        <div class="progress">
            <div class="progress__numbers">
                <span>
                    <strong>{move || grouped(finished.get())}</strong>
                    <span class="progress__total">{move || format!(" of {}", grouped(total.get()))}</span>
                </span>
                <span class="tally-list">{tallies.into_iter().collect_view()}</span>
            </div>
            <Bar outcomes />
        </div>
    }
    .into_any()
}
