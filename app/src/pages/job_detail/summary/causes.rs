//! Why devices failed: failures grouped by code and message, with count, times and a sample. A cause filters the list;
//! once the job has ended it can be rerun on exactly its devices.

use console_wire::{access::Action, cause::Cause, outcome::Outcome};
use hub_wire::job::JobStatus;
use leptos::prelude::*;

use super::super::{
    context::{JobPage, use_job_page},
    rerun_dialog::RerunForm,
};
use crate::{
    account::use_account,
    format::{cause, number, outcome, rerun::Part},
    kit::{Column, ColumnHeads, ColumnWidths, Icon, TimeFormat, TimeText, dom},
};

/// The panel. On the page of a job that has not ended it is always shown, so that neither the start nor the first failure
/// nor the end moves anything; on the page of an ended job it is shown only if devices failed.
#[component]
pub(in crate::pages::job_detail) fn Causes() -> impl IntoView {
    let JobPage { insight, job, shows_end, .. } = use_job_page();
    let causes = Memo::new(move |_| insight.with(|insight| insight.causes.clone()));
    let problems =
        Memo::new(move |_| causes.with(|causes| causes.iter().map(|cause| cause.count).sum::<u64>()));
    let is_running = Memo::new(move |_| job.with(|job| job.status == JobStatus::Running));
    let is_empty = Memo::new(move |_| causes.with(Vec::is_empty));
    let stays = !shows_end.get_untracked();
    let note = move || {
        let count = causes.with(Vec::len) as u64;
        format!("{}, {}", number::devices(problems.get()), number::count_noun(count, "cause", "causes"))
    };
    let columns = columns();
    view! {
        <section
            class="panel run__section measured"
            aria-labelledby="causes-title"
            hidden=move || is_empty.get() && !stays
            on:pointerenter=move |_| insight.keeps_order.set(true)
            on:pointerleave=dom::deferred(move |_| insight.keeps_order.set(false))
            on:focusin=dom::deferred(move |_| insight.keeps_order.set(true))
            on:focusout=dom::deferred(move |_| insight.keeps_order.set(false))
        >
            <div class="panel__header">
                <h2 class="panel__title" id="causes-title">
                    "Causes "
                    <span class="panel__note">{note}</span>
                </h2>
                <span class="panel__note" hidden=move || shows_end.get() || is_empty.get()>
                    "You can rerun when the job ends"
                </span>
            </div>
            <table
                class="data-table data-table--stack data-table--compact data-table--outset data-table--fixed causes-table"
            >
                <caption class="visually-hidden">"Causes, grouped by code and message"</caption>
                <ColumnWidths columns=&columns />
                <ColumnHeads columns are_hidden=true />
                <tbody>
                    <tr hidden=move || !is_empty.get()>
                        <td class="causes-table__none" colspan="6">
                            {move || {
                                if shows_end.get() {
                                    "No device has failed."
                                } else if is_running.get() {
                                    "No device has failed so far."
                                } else {
                                    "Nothing has been sent yet."
                                }
                            }}
                        </td>
                    </tr>
                    <For each=move || causes.get() key=|cause| (cause.key.clone(), cause.outcome) let:cause>
                        <CauseRow first=cause causes problems />
                    </For>
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Cause", "causes-table__cause"),
        Column::new("Devices", "causes-table__count"),
        Column { drop: Some("2"), ..Column::new("Share", "causes-table__share") },
        Column::new("Example", ""),
        Column { drop: Some("1"), ..Column::new("Seen", "causes-table__seen") },
        Column::new("Actions", "causes-table__tools"),
    ]
}

/// One cause. Its row stays in place while its numbers change.
#[component]
fn CauseRow(first: Cause, causes: Memo<Vec<Cause>>, problems: Memo<u64>) -> impl IntoView {
    let JobPage { url, as_of, .. } = use_job_page();
    let (key, state) = (first.key.clone(), first.outcome);
    let text = key.to_text();
    let name = cause::name(&key, state);
    let cause = {
        let first = first.clone();
        Memo::new(move |_| {
            let is_this = |other: &&Cause| other.key == key && other.outcome == state;
            causes.with(|causes| causes.iter().find(is_this).cloned()).unwrap_or_else(|| first.clone())
        })
    };
    let count = Memo::new(move |_| cause.with(|cause| cause.count));
    let badge = outcome::badge(first.outcome);
    let is_code = first.outcome == Outcome::Failed;
    let words = if is_code {
        view! { <code>{name.clone()}</code> }.into_any()
    } else {
        view! { <span>{name.clone()}</span> }.into_any()
    };
    let code = cause::code(&first.key);
    let full = format!("{code} {name}");
    let (shown, again, title) = (full.clone(), full.clone(), full);
    let (filter, marked) = (text.clone(), text.clone());
    let sample = move || cause.with(cause::sample);
    let seen = move || {
        cause.with(|cause| {
            cause.first_seen.zip(cause.last_seen).map(|(first, last)| {
                view! {
                    <TimeText at=first as_of style=TimeFormat::Clock />
                    " to "
                    <TimeText at=last as_of style=TimeFormat::Clock />
                }
            })
        })
    };
    view! {
        <tr aria-selected=move || url.rows.with(|rows| rows.cause == marked).then_some("true")>
            <th scope="row" class="data-table__clip" title=title>
                <span class="data-table__main with-icon cause__name">
                    <span class="status" data-status=badge.status>
                        <Icon name=badge.icon />
                        <span class="visually-hidden">{badge.label} " "</span>
                    </span>
                    <span class="cause__code" data-status=badge.status>
                        {code}
                    </span>
                    {words}
                </span>
            </th>
            <td class="is-number cause__count to-end">{move || number::grouped(count.get())}</td>
            <td class="on-wide" data-drop="2">
                <span class="cause__share" data-status=badge.status>
                    <span style:width=move || cause::width(count.get(), problems.get())></span>
                </span>
            </td>
            <td class="data-table__clip cause__sample">{sample}</td>
            <td class="on-wide" data-drop="1">
                {seen}
            </td>
            <td>
                <div class="data-table__tools">
                    <RerunCause count text name=again />
                    <a
                        class="button button--small button--quiet"
                        href=move || {
                            url.with(|state| {
                                state.rows.cause.clone_from(&filter);
                                state.rows.state.clear();
                                state.rows.cell.clear();
                            })
                        }
                        aria-label=move || format!("Show the {} with {shown}", number::devices(count.get()))
                        data-noscroll=true
                    >
                        "Show"
                    </a>
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// The button that reruns the job on the devices of one cause. Its space is reserved until the job has ended.
#[component]
fn RerunCause(count: Memo<u64>, text: String, name: String) -> impl IntoView {
    let JobPage { rerun, shows_end, .. } = use_job_page();
    let is_allowed = use_account().may(Action::JobRerun);
    view! {
        <span class="cause__rerun" class:cause__rerun--waits=move || !shows_end.get()>
            <RerunForm part=Part::Cause(text) count>
                <button
                    class="button button--small"
                    type="submit"
                    disabled=move || !is_allowed || rerun.pending().get()
                    aria-label=move || format!("Rerun these {} with {name}", number::grouped(count.get()))
                >
                    {move || match count.get() {
                        1 => "Rerun this 1".to_owned(),
                        count => format!("Rerun these {}", number::grouped(count)),
                    }}
                </button>
            </RerunForm>
        </span>
    }
    .into_any()
}
