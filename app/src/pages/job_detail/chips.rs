//! Counts that filter the devices. They sum to the target, and a chip keeps its place at 0.

use console_wire::{job::JobSummary, outcome::Outcome};
use leptos::prelude::*;

use super::view::View;
use crate::{
    present::{
        number::{grouped, room_for},
        outcome,
    },
    reactive::memo,
};

/// One chip a state, and one for all.
#[component]
pub(super) fn Chips(job: Memo<JobSummary>, view: View) -> impl IntoView {
    let all = memo(move || job.with(|job| job.outcomes.total()));
    let is_over = memo(move || job.with(|job| job.status.is_terminal()));
    // A chip must not move away while somebody reaches for it: where counts still grow, each has room for all devices.
    let grows = !is_over.get_untracked();
    let room = move || grows.then(|| room_for(all.get()));
    let link = move |state: &'static str| {
        view.with(|asked| {
            state.clone_into(&mut asked.rows.state);
            // A cause or a cell belongs to the view that it was chosen in.
            asked.rows.cause.clear();
            asked.rows.cell.clear();
        })
    };
    let current = move |state: &'static str| view.rows.with(|rows| rows.state == state).then_some("true");
    let chips = Outcome::ALL.map(|state| {
        let count = memo(move || job.with(|job| job.outcomes.get(state)));
        let badge = outcome::badge(state);
        // Only a hub that was restarted has interrupted devices, and an ended job has none on the way.
        let is_left_out = move || {
            count.get() == 0 && (state == Outcome::Interrupted || (!state.is_terminal() && is_over.get()))
        };
        view! {
            <li hidden=move || is_left_out()>
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
                    {badge.word}
                </a>
            </li>
        }
        .into_any()
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
