//! Why devices failed: the same failure folded, with how many, since when, and which. A cause filters the list; once
//! the job has ended it can be run again on exactly its devices.

use console_wire::{cause::Cause, job::JobSummary, outcome::Outcome};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::{prelude::*, server_fn::ServerFn as _};

use super::{actions::run_again, insight::Insight, view::View};
use crate::{
    api::job_rerun::RerunJob,
    components::{Icon, Moment, PostForm, TimeText},
    present::{cause, number, outcome},
    reactive::memo,
};

/// The panel. Where the job has not ended it is there from the start and stays, so that neither the job's beginning nor
/// its first failure nor its end moves anything; on the page of an ended job it is there for its failures only.
#[component]
pub(super) fn Causes(
    insight: Insight,
    job: Memo<JobSummary>,
    view: View,
    as_of: Timestamp,
    rerun: ServerAction<RerunJob>,
    /// Whether the job has ended, as far as the list below may be moved for it.
    is_over: RwSignal<bool>,
) -> impl IntoView {
    let causes = memo(move || insight.with(|insight| insight.causes.clone()));
    let problems = memo(move || causes.with(|causes| causes.iter().map(|cause| cause.count).sum::<u64>()));
    let is_running = memo(move || job.with(|job| job.status == JobStatus::Running));
    let is_empty = memo(move || causes.with(Vec::is_empty));
    let stays = !is_over.get_untracked();
    let note = move || {
        let count = causes.with(Vec::len) as u64;
        format!("{}, {}", number::devices(problems.get()), number::counted(count, "cause", "causes"))
    };
    view! {
        <section
            class="panel run__section measured"
            aria-labelledby="causes-title"
            hidden=move || is_empty.get() && !stays
            on:pointerenter=move |_| insight.is_held.set(true)
            on:pointerleave=move |_| insight.is_held.set(false)
            on:focusin=move |_| insight.is_held.set(true)
            on:focusout=move |_| insight.is_held.set(false)
        >
            <div class="panel__header">
                <h2 class="panel__title" id="causes-title">
                    "Causes "
                    <span class="panel__note">{move || note()}</span>
                </h2>
                <span class="panel__note" hidden=move || is_over.get() || is_empty.get()>
                    "Reruns open when the job has ended"
                </span>
            </div>
            <table
                class="data-table data-table--stack data-table--outset data-table--fixed causes-table"
                class:data-table--compact=move || !is_over.get()
            >
                <caption class="visually-hidden">"Failures folded by code and message"</caption>
                <colgroup>
                    <col class="causes-table__cause" />
                    <col class="causes-table__count" />
                    <col class="causes-table__share" data-drop="2" />
                    <col />
                    <col class="causes-table__seen" data-drop="1" />
                    <col class="causes-table__tools" />
                </colgroup>
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">"Cause"</th>
                        <th scope="col">"Devices"</th>
                        <th scope="col" data-drop="2">
                            "Share"
                        </th>
                        <th scope="col">"Such as"</th>
                        <th scope="col" data-drop="1">
                            "Seen"
                        </th>
                        <th scope="col">"Actions"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr hidden=move || !is_empty.get()>
                        <td class="causes-table__none" colspan="6">
                            {move || {
                                if is_over.get() {
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
                        <CauseRow first=cause causes problems view as_of is_over rerun />
                    </For>
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

/// One cause. It keeps its place in the document while its numbers move.
#[component]
fn CauseRow(
    first: Cause,
    causes: Memo<Vec<Cause>>,
    problems: Memo<u64>,
    view: View,
    as_of: Timestamp,
    is_over: RwSignal<bool>,
    rerun: ServerAction<RerunJob>,
) -> impl IntoView {
    let (key, state) = (first.key.clone(), first.outcome);
    let text = key.to_text();
    let name = cause::name(&key, state);
    let told = {
        let first = first.clone();
        memo(move || {
            let is_this = |other: &&Cause| other.key == key && other.outcome == state;
            causes.with(|causes| causes.iter().find(is_this).cloned()).unwrap_or_else(|| first.clone())
        })
    };
    let count = memo(move || told.with(|cause| cause.count));
    let badge = outcome::badge(first.outcome);
    let is_code = first.outcome == Outcome::Failed;
    let words = if is_code {
        view! { <code>{name.clone()}</code> }.into_any()
    } else {
        view! { <span>{name.clone()}</span> }.into_any()
    };
    let code = cause::code(&first.key);
    let full = format!("{code} {name}");
    let (shown, again) = (full.clone(), full);
    let (filter, marked) = (text.clone(), text.clone());
    let sample = move || told.with(cause::sample);
    let seen = move || {
        told.with(|cause| {
            cause.first_seen.zip(cause.last_seen).map(|(first, last)| {
                view! {
                    <TimeText at=first as_of style=Moment::Clock />
                    " to "
                    <TimeText at=last as_of style=Moment::Clock />
                }
                .into_any()
            })
        })
    };
    view! {
        <tr aria-selected=move || view.rows.with(|rows| rows.cause == marked).then_some("true")>
            <th scope="row" class="data-table__clip">
                <span class="data-table__main with-icon">
                    <span class="status" data-status=badge.status>
                        <Icon name=badge.icon />
                        <span class="visually-hidden">{badge.word} " "</span>
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
            <td class="data-table__clip cause__sample">{move || sample()}</td>
            <td class="on-wide" data-drop="1">
                {move || seen()}
            </td>
            <td>
                <div class="data-table__tools">
                    <RerunCause rerun view is_over count text name=again />
                    <a
                        class="button button--small button--quiet"
                        href=move || {
                            view.with(|asked| {
                                asked.rows.cause.clone_from(&filter);
                                asked.rows.state.clear();
                                asked.rows.cell.clear();
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

/// The button that runs the job again on the devices of one cause; there once the job has ended.
#[component]
fn RerunCause(
    rerun: ServerAction<RerunJob>,
    view: View,
    is_over: RwSignal<bool>,
    count: Memo<u64>,
    text: String,
    name: String,
) -> impl IntoView {
    view! {
        <PostForm
            to=RerunJob::url()
            send=move |fields| run_again(rerun, &fields)
            attr:class="cause__rerun"
            attr:hidden=move || !is_over.get()
        >
            <input type="hidden" name="job_id" value=move || view.job_id.get() />
            <input type="hidden" name="state" value="" />
            <input type="hidden" name="cause" value=text />
            <button
                class="button button--small"
                type="submit"
                disabled=move || rerun.pending().get()
                aria-label=move || format!("Rerun these {} with {name}", number::grouped(count.get()))
            >
                {move || match count.get() {
                    1 => "Rerun this 1".to_owned(),
                    count => format!("Rerun these {}", number::grouped(count)),
                }}
            </button>
        </PostForm>
    }
    .into_any()
}
