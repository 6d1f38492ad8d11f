//! Counts by state; each filters the devices. They sum to the target, and a chip stays at 0.

use console_wire::outcome::Outcome;
use leptos::prelude::*;

use super::super::context::{JobPage, use_job_page};
use crate::format::{
    number::{grouped, width_for},
    outcome,
};

/// One chip per state, and one for all.
#[component]
pub(in crate::pages::job_detail) fn Chips() -> impl IntoView {
    let JobPage { job, url, .. } = use_job_page();
    let all = Memo::new(move |_| job.with(|job| job.outcomes.total()));
    let is_over = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    // A chip must not move while the pointer approaches it: where counts still grow, each has room for all devices.
    let grows = !is_over.get_untracked();
    let room = move || grows.then(|| width_for(all.get()));
    let link = move |state: &'static str| {
        url.with(|next| {
            state.clone_into(&mut next.rows.state);
            // A cause or a cell was chosen for the state before.
            next.rows.cause.clear();
            next.rows.cell.clear();
        })
    };
    let current = move |state: &'static str| url.rows.with(|rows| rows.state == state).then_some("true");
    let chips = Outcome::ALL.map(|state| {
        let count = Memo::new(move |_| job.with(|job| job.outcomes.get(state)));
        let badge = outcome::badge(state);
        // Devices are interrupted only by a restart of the hub, and an ended job has none in flight.
        let is_left_out = move || {
            count.get() == 0 && (state == Outcome::Interrupted || (!state.is_terminal() && is_over.get()))
        };
        view! {
            <li hidden=is_left_out>
                <a
                    class="filter-chip"
                    class:filter-chip--zero=move || count.get() == 0
                    href=move || link(state.as_str())
                    aria-current=move || current(state.as_str())
                    data-noscroll=true
                >
                    <span class="filter-chip__count" style=("--room", move || room())>
                        <span class="swatch" data-status=badge.status></span>
                        <strong>{move || grouped(count.get())}</strong>
                    </span>
                    " "
                    {badge.label}
                </a>
            </li>
        }
    });
    view! {
        <ul class="filter-chips" aria-label="Filter devices by state">
            <li>
                <a class="filter-chip" href=move || link("") aria-current=move || current("") data-noscroll=true>
                    <strong>{move || grouped(all.get())}</strong>
                    " All"
                </a>
            </li>
            {Vec::from(chips)}
        </ul>
    }
    .into_any()
}
