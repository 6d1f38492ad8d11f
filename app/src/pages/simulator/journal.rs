//! How calls ended, and the pool's events.

use console_wire::simulator::Simulator;
use leptos::prelude::*;

use crate::{
    format::{
        Badge,
        number::{grouped, share},
        simulator::event,
    },
    kit::{Icon, TimeFormat, TimeText},
};

/// Entries shown.
const SHOWN: usize = 12;

/// Reads a number of the pool.
type Count = fn(&Simulator) -> u64;

/// How calls ended.
#[component]
pub(super) fn Outcomes(pool: Memo<Simulator>) -> impl IntoView {
    let ends: [(Badge, Count); 5] = [
        (Badge { label: "Answered", icon: "circle-check", status: "succeeded" }, |pool| pool.answered),
        (Badge { label: "Answered 500", icon: "circle-x", status: "failed" }, |pool| pool.failed),
        (Badge { label: "Timed out", icon: "clock-alert", status: "timedOut" }, |pool| pool.silent),
        (Badge { label: "Lost the connection", icon: "unplug", status: "notOnline" }, |pool| pool.dropped),
        (Badge { label: "Waiting", icon: "loader-circle", status: "running" }, |pool| {
            pool.calls.saturating_sub(pool.answered + pool.failed + pool.silent + pool.dropped)
        }),
    ];
    let rows = ends.map(|(badge, count)| {
        let count = Memo::new(move |_| pool.with(count));
        let calls = Memo::new(move |_| pool.with(|pool| pool.calls));
        view! {
            <tr>
                <th scope="row">
                    <span class="status" data-status=badge.status>
                        <Icon name=badge.icon />
                        {badge.label}
                    </span>
                </th>
                <td class="is-number">{move || grouped(count.get())}</td>
                <td class="is-number">{move || share(count.get(), calls.get())}</td>
            </tr>
        }
    });
    view! {
        <section class="panel" aria-labelledby="outcomes-title">
            <div class="panel__header">
                <h2 class="panel__title" id="outcomes-title">
                    "Call outcomes"
                </h2>
            </div>
            <table class="data-table data-table--compact">
                <caption class="visually-hidden">"Calls by how they ended in the pool"</caption>
                <tbody>
                    {rows.into_iter().collect_view()}
                    <tr>
                        <th scope="row">
                            <strong>"Calls"</strong>
                        </th>
                        <td class="is-number">
                            <strong>{move || pool.with(|pool| grouped(pool.calls))}</strong>
                        </td>
                        <td class="is-number"></td>
                    </tr>
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

/// The pool's events, newest first.
#[component]
pub(super) fn Journal(pool: Memo<Simulator>) -> impl IntoView {
    let entries =
        Memo::new(move |_| pool.with(|pool| pool.journal.iter().take(SHOWN).cloned().collect::<Vec<_>>()));
    let as_of = pool.with_untracked(|pool| pool.as_of);
    let rows = move || {
        entries
            .get()
            .into_iter()
            .map(|entry| {
                let (badge, words) = event(&entry.event);
                view! {
                    <li class="journal__item">
                        <span class="journal__when">
                            <TimeText at=entry.at as_of style=TimeFormat::Clock />
                        </span>
                        <span class="status" data-status=badge.status>
                            <Icon name=badge.icon />
                            {badge.label}
                        </span>
                        <span class="journal__what">{words}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <section class="panel" aria-labelledby="journal-title">
            <div class="panel__header">
                <h2 class="panel__title" id="journal-title">
                    "Pool activity "
                    <span class="panel__note">"newest first"</span>
                </h2>
            </div>
            <ol class="journal">{rows}</ol>
        </section>
    }
    .into_any()
}
