//! What can be done with a job: take its results along, send the same again from elsewhere, cancel it, run some of its
//! devices again.

use console_wire::{job::JobSummary, outcome::Outcome};
use leptos::{lazy, prelude::*, server_fn::ServerFn as _};

use super::{grid::Grid, rows::Rows, view::View};
use crate::{
    api::{job_rerun::RerunJob, job_results::ResultView},
    browser,
    components::{Fields, Icon, Menu, OnFirstUse, PostForm, use_toasts},
    paths,
    present::{
        calls, job,
        number::{counted, grouped},
        outcome, rerun as words,
    },
    reactive::memo,
};

/// Files of exactly this view, streamed.
#[component]
pub(super) fn Export(job: Memo<JobSummary>, view: View, on_page: RwSignal<Option<Grid>>) -> impl IntoView {
    let count = memo(move || {
        let all = job.with(|job| job.outcomes.total());
        let shown = on_page.get().and_then(|grid| grid.rows.try_with(Rows::total));
        shown.filter(|_| view.rows.with(ResultView::is_filtered)).unwrap_or(all)
    });
    let file = move |name: &'static str, ending: &'static str, one: &'static str, many: &'static str| {
        view! {
            <li>
                <a
                    class="menu__item"
                    href=move || {
                        let order = on_page.get().and_then(Grid::order).unwrap_or_default();
                        view.rows.with(|rows| export(&view.job_id.get(), ending, rows, &order))
                    }
                    rel="external"
                    download=""
                >
                    {name}
                    " "
                    <span class="menu__end">{move || counted(count.get(), one, many)}</span>
                </a>
            </li>
        }
        .into_any()
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

/// The file of a view, in the order in which its rows are on the page.
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

/// The same job as a call, to paste elsewhere. What writes calls comes when somebody is about to open the menu.
#[component]
pub(super) fn CopyAs(told: JobSummary) -> impl IntoView {
    let wanted = RwSignal::new(false);
    let want = move || {
        if !wanted.get_untracked() {
            wanted.set(true);
        }
    };
    view! {
        <Menu
            class="menu only-wide needs-scripts"
            summary=view! { "Copy as " <Icon name="chevron-down" /> }.into_any()
            on:pointerenter=move |_| want()
            on:focusin=move |_| want()
            on:toggle=move |_| want()
        >
            <OnFirstUse wanted part=Box::new(move || Box::pin(calls_part(told))) />
        </Menu>
    }
    .into_any()
}

/// A call for each tool, as items of the menu.
#[lazy]
fn calls_part(told: JobSummary) -> AnyView {
    let toasts = use_toasts();
    let job = StoredValue::new(calls::again(&told));
    let items = calls::ALL.map(|call| {
        let copy = move |_| {
            browser::copy(&job.with_value(|job| call.text(job)));
            toasts.show(format!("Copied as {}.", call.name()), None);
        };
        view! {
            <li>
                <button class="menu__item" type="button" on:click=copy>
                    {call.name()}
                </button>
            </li>
        }
        .into_any()
    });
    Vec::from(items).into_any()
}

/// The button that asks before it cancels. It stays in sight, and says why, where the hub would refuse.
#[component]
fn CancelButton(job: Memo<JobSummary>, asked: RwSignal<Option<JobSummary>>) -> impl IntoView {
    let can_cancel = memo(move || job.with(job::can_cancel));
    let is_over = memo(move || job.with(|job| job.status.is_terminal()));
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        asked.set(Some(job.get_untracked()));
    };
    view! {
        <form hidden=move || is_over.get() method="get" action=move || job.with(|job| paths::job(&job.job_id))>
            <input type="hidden" name="cancel" value="ask" />
            <button
                class="button button--warns"
                type="submit"
                disabled=move || !can_cancel.get()
                title=move || (!can_cancel.get()).then_some("A hub cancels only jobs that have not begun")
                on:click=ask
            >
                "Cancel job…"
            </button>
        </form>
    }
    .into_any()
}

/// What stands first among the buttons: the way to stop the job, and once it has ended the way to run it again. That needs
/// more room, which is kept while the job goes on: the other buttons stay where they are, and so does what is below.
#[component]
pub(super) fn FirstButton(
    job: Memo<JobSummary>,
    view: View,
    asked: RwSignal<Option<JobSummary>>,
    rerun: ServerAction<RerunJob>,
) -> impl IntoView {
    let is_over = memo(move || job.with(|job| job.status.is_terminal()));
    let room = job.with_untracked(|job| {
        let most = Some(job::device_count(job)).filter(|most| *most > 0).unwrap_or(UNKNOWN);
        (!job.status.is_terminal()).then(|| rerun_words(most))
    });
    view! {
        <div class="run__first" data-room=room>
            <CancelButton job asked />
            {move || is_over.get().then(|| view! { <Rerun job view rerun /> }.into_any())}
        </div>
    }
    .into_any()
}

/// Devices that there is room for where nobody knows how many there are.
const UNKNOWN: u64 = 10_000;

fn rerun_words(count: u64) -> String {
    format!("Rerun the {} that did not succeed", grouped(count))
}

/// Runs some of the devices of a job that has ended again.
#[component]
fn Rerun(job: Memo<JobSummary>, view: View, rerun: ServerAction<RerunJob>) -> impl IntoView {
    let outcomes = memo(move || job.with(|job| job.outcomes));
    let failing = memo(move || outcomes.with(|outcomes| outcomes.total() - outcomes.succeeded));
    let part = move |name: &'static str, word: &'static str, count: u64, none: &'static str| {
        view! { <Part rerun view name word count none /> }.into_any()
    };
    let state = move |state: Outcome| {
        let name = outcome::badge(state).word;
        part(name, state.as_str(), outcomes.with(|outcomes| outcomes.get(state)), words::why_none(state))
    };
    let rows = move || {
        let outcomes = outcomes.get();
        view! {
            <li class="menu__note">"A rerun is a new job on exactly these devices. It starts now and links back here."</li>
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
                            <PostForm to=RerunJob::url() send=move |fields| run_again(rerun, &fields)>
                                <Asked view word="" />
                                <button
                                    class="button button--primary"
                                    type="submit"
                                    disabled=move || rerun.pending().get()
                                >
                                    {move || rerun_words(failing.get())}
                                </button>
                            </PostForm>
                        }
                            .into_any()
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
                        {move || rows()}
                    </Menu>
                }
                    .into_any()
            }}
        </div>
    }
    .into_any()
}

/// Runs the job again as the form asks.
pub(super) fn run_again(rerun: ServerAction<RerunJob>, fields: &Fields) {
    let text = |name| fields.text(name);
    rerun.dispatch(RerunJob { job_id: text("job_id"), state: text("state"), cause: text("cause") });
}

#[component]
fn Asked(view: View, word: &'static str) -> impl IntoView {
    view! {
        <input type="hidden" name="job_id" value=move || view.job_id.get() />
        <input type="hidden" name="state" value=word />
        <input type="hidden" name="cause" value="" />
    }
}

/// One part of the devices; one without any is there, out of use, and says why.
#[component]
fn Part(
    rerun: ServerAction<RerunJob>,
    view: View,
    name: &'static str,
    word: &'static str,
    count: u64,
    none: &'static str,
) -> impl IntoView {
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
            <PostForm to=RerunJob::url() send=move |fields| run_again(rerun, &fields)>
                <Asked view word />
                <button class="menu__item" type="submit" disabled=move || rerun.pending().get()>
                    {name}
                    " "
                    <span class="menu__end">{grouped(count)}</span>
                </button>
            </PostForm>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_view() {
        let rows = ResultView { state: "failed".into(), cause: "500:X".into(), ..ResultView::default() };
        for (order, word) in [("", "problems"), ("device", "device")] {
            assert_eq!(
                export("j", "csv", &rows, order),
                format!("/api/v1/jobs/j/devices.csv?status=failed&cause=500%3AX&order={word}")
            );
        }
    }
}
