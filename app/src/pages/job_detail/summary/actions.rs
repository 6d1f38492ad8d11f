//! The job's buttons: export its results, copy it as a call, cancel or stop it, rerun some of its devices.

use console_wire::{access::Action, job::JobSummary, outcome::Outcome};
use leptos::prelude::*;

use super::super::{
    context::{JobPage, use_job_page},
    rerun_dialog::RerunForm,
    results::{grid::Grid, row_cache::RowCache},
};
use crate::{
    account::use_account,
    api::job_results::ResultView,
    format::{
        code_samples, job,
        number::{count_noun, grouped},
        outcome,
        rerun::{self as words, Part},
        stop::{self, Verb},
    },
    kit::{Icon, Menu, PermissionNote, dom, use_toasts},
    paths,
};

/// Links to files of exactly this view.
#[component]
pub(in crate::pages::job_detail) fn Export() -> impl IntoView {
    let JobPage { job, url, grid, .. } = use_job_page();
    let count = Memo::new(move |_| {
        let all = job.with(|job| job.outcomes.total());
        let shown = grid.get().and_then(|grid| grid.rows.try_with(RowCache::total));
        shown.filter(|_| url.rows.with(ResultView::is_filtered)).unwrap_or(all)
    });
    let file = move |name: &'static str, ending: &'static str, one: &'static str, many: &'static str| {
        view! {
            <li>
                <a
                    class="menu__item"
                    href=move || {
                        let order = grid.get().and_then(Grid::order).unwrap_or_default();
                        url.rows.with(|rows| export(&url.job_id.get(), ending, rows, &order))
                    }
                    rel="external"
                    download=""
                >
                    {name}
                    " "
                    <span class="menu__end">{move || count_noun(count.get(), one, many)}</span>
                </a>
            </li>
        }
    };
    view! {
        <Menu summary=view! { "Export " <Icon name="chevron-down" /> }.into_any()>
            <li class="menu__note">"Exactly this view, in this order"</li>
            {file("CSV", "csv", "row", "rows")}
            {file("JSON", "json", "row", "rows")}
            {file("Device ids", "txt", "line", "lines")}
        </Menu>
    }
    .into_any()
}

/// The address of the file of a view, in the order of the rows on the page.
fn export(job_id: &str, ending: &str, rows: &ResultView, order: &str) -> String {
    let order = [order, &rows.order].into_iter().find(|order| !order.is_empty()).unwrap_or("problems");
    paths::with_query(
        &paths::job_file(job_id, ending),
        &[
            ("status", &rows.state),
            ("cause", &rows.cause),
            ("cell", &rows.cell),
            ("q", rows.find.trim()),
            ("order", order),
        ],
    )
}

/// A menu that copies the job as a call of the CLI, an SDK or the REST API.
#[component]
pub(in crate::pages::job_detail) fn CopyAs(job: JobSummary) -> impl IntoView {
    let toasts = use_toasts();
    let job = StoredValue::new(code_samples::same_job(&job));
    let items = code_samples::ALL.map(|call| {
        let copy = move |_| {
            dom::copy_to_clipboard(
                &job.with_value(|job| call.text(job, &dom::absolute_url(paths::API_JOBS))),
            );
            toasts.show(format!("Copied as {}.", call.name()), None);
        };
        view! {
            <li>
                <button class="menu__item" type="button" on:click=copy>
                    {call.name()}
                </button>
            </li>
        }
    });
    view! {
        <Menu
            class="menu only-wide needs-scripts"
            summary=view! { "Copy as " <Icon name="chevron-down" /> }.into_any()
        >
            {items.into_iter().collect_view()}
        </Menu>
    }
    .into_any()
}

/// The button that opens the dialog: cancel before the job begins, stop while it runs. It is the last one and nothing
/// takes its place at the end, so that a late click does nothing.
#[component]
pub(in crate::pages::job_detail) fn StopButton() -> impl IntoView {
    let JobPage { job, to_cancel, .. } = use_job_page();
    if job.with_untracked(|job| job.status.is_terminal()) {
        return ().into_any();
    }
    let state = Memo::new(move |_| job.with(stop::stop));
    // At the end it keeps its lines, unseen, so that nothing below it moves.
    let note = Memo::new(move |before: Option<&String>| {
        let now = state.with(|state| state.as_ref().map(|state| state.note.clone()));
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        to_cancel.set(Some(job.get_untracked()));
    };
    let is_allowed = use_account().may(Action::JobCancel);
    view! {
        <form
            class="run__stop"
            class:run__stop--over=move || state.with(Option::is_none)
            method="get"
            action=move || job.with(|job| paths::job(&job.job_id))
        >
            <input type="hidden" name="cancel" value="ask" />
            <button
                class="button button--warns"
                data-longest="Cancel job…"
                type="submit"
                disabled=move || !is_allowed || !state.with(|state| state.as_ref().is_some_and(|state| state.is_possible))
                on:click=ask
            >
                {move || state.with(|state| state.as_ref().map_or(Verb::Stop, |state| state.verb)).on_button()}
            </button>
        </form>
        <p class="run__stop-note" class:run__stop--over=move || state.with(Option::is_none)>
            {move || note.get()}
        </p>
        <PermissionNote action=Action::JobCancel />
    }
    .into_any()
}

/// Reruns devices, once the job has ended. Its space is reserved while the job runs, so that nothing moves at the end.
#[component]
pub(in crate::pages::job_detail) fn RerunButtons() -> impl IntoView {
    let job = use_job_page().job;
    // A job without devices has nothing to run again.
    let can_rerun = Memo::new(move |_| job.with(|job| job.status.is_terminal() && job.outcomes.total() > 0));
    let room = job.with_untracked(|job| {
        let most = Some(job::device_count(job)).filter(|most| *most > 0).unwrap_or(UNKNOWN);
        (!job.status.is_terminal()).then(|| rerun_words(most))
    });
    view! {
        <div class="run__rerun" data-room=room>
            {move || can_rerun.get().then(|| view! { <Rerun /> })}
        </div>
    }
    .into_any()
}

/// The device count to reserve space for while it is unknown.
const UNKNOWN: u64 = 10_000;

fn rerun_words(count: u64) -> String {
    format!("Rerun the {} that did not succeed", grouped(count))
}

/// Reruns some of the devices of a job that has ended.
#[component]
fn Rerun() -> impl IntoView {
    if !use_account().may(Action::JobRerun) {
        return view! {
            <button class="button" type="button" disabled>
                "Rerun"
            </button>
            <PermissionNote action=Action::JobRerun />
        }
        .into_any();
    }
    let JobPage { job, rerun, is_simulated, .. } = use_job_page();
    let outcomes = Memo::new(move |_| job.with(|job| job.outcomes));
    let failing = Memo::new(move |_| outcomes.with(|outcomes| outcomes.total() - outcomes.succeeded));
    let part = move |name: &'static str, word: &'static str, count: u64, none: &'static str| {
        view! { <PartItem name state=word count none /> }
    };
    let state = move |state: Outcome| {
        let name = outcome::badge(state).label;
        part(name, state.as_str(), outcomes.with(|outcomes| outcomes.get(state)), words::why_none(state))
    };
    let rows = move || {
        let outcomes = outcomes.get();
        view! {
            <li class="menu__note">
                {if is_simulated {
                    "A rerun is a new job on exactly these devices. It starts now and links back here."
                } else {
                    "A rerun is a new job on exactly these devices. You are asked before it starts. It links back here."
                }}
            </li>
            {Vec::from([Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted].map(state))}
            {part("All that did not succeed", "", failing.get(), "0, all did")}
            <li class="menu__rule"></li>
            {state(Outcome::Cancelled)}
            {part("Not started", Outcome::Queued.as_str(), outcomes.queued, words::why_none(Outcome::Queued))}
            <li class="menu__rule"></li>
            {state(Outcome::Succeeded)}
            {part("All devices", "all", outcomes.total(), "0, it addressed none")}
        }
        .into_any()
    };
    view! {
        <div class="button-group">
            {move || {
                (failing.get() > 0)
                    .then(|| {
                        view! {
                            <RerunForm part=Part::State("") count=failing>
                                <button
                                    class="button button--primary"
                                    type="submit"
                                    disabled=move || rerun.pending().get()
                                >
                                    {move || rerun_words(failing.get())}
                                </button>
                            </RerunForm>
                        }
                    })
            }}
            {move || {
                let is_failing = failing.get() > 0;
                let summary = if is_failing {
                    view! { <Icon name="chevron-down" /> }.into_any()
                } else {
                    view! { "Rerun " <Icon name="chevron-down" /> }.into_any()
                };
                view! {
                    <Menu
                        summary
                        label="Rerun another part"
                        button=if is_failing { "button button--primary button--icon" } else { "button" }
                        list="menu__list menu__list--wide"
                    >
                        {rows}
                    </Menu>
                }
            }}
        </div>
    }
    .into_any()
}

/// One part of the devices; disabled, with the reason, if it has none.
#[component]
fn PartItem(name: &'static str, state: &'static str, count: u64, none: &'static str) -> impl IntoView {
    let rerun = use_job_page().rerun;
    if count == 0 {
        return view! {
            <li>
                <span class="menu__item" aria-disabled="true">
                    {name}
                    " "
                    <span class="menu__end">{none}</span>
                </span>
            </li>
        }
        .into_any();
    }
    view! {
        <li>
            <RerunForm part=Part::State(state) count=Memo::new(move |_| count)>
                <button class="menu__item" type="submit" disabled=move || rerun.pending().get()>
                    {name}
                    " "
                    <span class="menu__end">{grouped(count)}</span>
                </button>
            </RerunForm>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_has_the_filters_and_order_of_the_view() {
        let rows = ResultView { state: "failed".into(), cause: "500:X".into(), ..ResultView::default() };
        for (order, word) in [("", "problems"), ("device", "device")] {
            assert_eq!(
                export("j", "csv", &rows, order),
                format!("/api/v1/jobs/j/devices.csv?status=failed&cause=500%3AX&order={word}")
            );
        }
    }
}
