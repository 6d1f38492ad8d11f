//! One job of the list. It takes its news from the stream and keeps its place until the page is read again.

use console_wire::job::{JobSummary, Origin};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;

use super::table::left_millis;
use crate::{
    browser,
    clock::use_clock,
    components::{BadgeView, Condition, Icon, Menu, Moment, Progress, TimeText},
    live::Live,
    paths,
    present::{calls, job, time},
    reactive::memo,
};

/// One job.
#[component]
pub(super) fn Row(
    /// As it was read.
    job: JobSummary,
    /// When it was read.
    as_of: Timestamp,
    /// The page's live data.
    live: Live,
    /// Which job the cancel dialog asks about.
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let read = job.clone();
    let newest = memo(move || live.newest(&read));
    let (icon, kind) = job::action_kind(&job);
    let payload = Some(job::payload(&job)).filter(|payload| payload != "null");
    let action = job.action();
    let start = memo(move || newest.with(|job| job.start_time.unwrap_or(job.created_time)));
    view! {
        <tr>
            <th scope="row" class="data-table__clip">
                <a class="data-table__main" href=paths::job(&job.job_id)>
                    {job.job_id.clone()}
                </a>
                <span class="data-table__sub">{origin(&job)}</span>
            </th>
            <td class="to-end">
                <BadgeView badge=Signal::derive(move || newest.with(job::badge)) />
            </td>
            <td class="data-table__clip">
                <span class="with-icon data-table__main">
                    <Icon name=icon />
                    <code>{action}</code>
                </span>
                <span class="data-table__sub">
                    {kind}
                    " "
                    <code>{payload}</code>
                </span>
            </td>
            <td class="data-table__clip" data-drop="3">
                <span class="data-table__main" title=job.query_condition.clone()>
                    {if job::is_every_device(&job.query_condition) {
                        "Every device".into_any()
                    } else if job.target_devices.is_some() {
                        "A list of devices".into_any()
                    } else {
                        view! { <Condition text=job.query_condition.clone() /> }.into_any()
                    }}
                </span>
                <span class="data-table__sub">{move || newest.with(job::target_count)}</span>
            </td>
            <td class="on-line">
                <RowProgress job=newest />
            </td>
            <td class="on-one-line" data-drop="5">
                <span class="data-table__main">
                    {move || view! { <TimeText at=start.get() as_of style=Moment::Relative /> }}
                </span>
                <span class="data-table__sub">
                    {move || view! { <TimeText at=start.get() as_of style=Moment::Clock /> }}
                </span>
            </td>
            <td class="on-wide" data-drop="2">
                <Duration job=newest as_of />
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <Tools job=newest job_id=job.job_id.clone() asked />
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn origin(job: &JobSummary) -> String {
    match (&job.parent, job.origin) {
        (Some(parent), _) => format!("rerun of {}", parent.job_id),
        (None, Origin::Console) => "from this console".to_owned(),
        (None, Origin::Hub) => "from another client".to_owned(),
    }
}

/// Bar and numbers; before there are any, why.
#[component]
fn RowProgress(job: Memo<JobSummary>) -> impl IntoView {
    let outcomes = Signal::derive(move || job.with(|job| job.outcomes));
    let stage = memo(move || job.with(|job| (job.outcomes.total() > 0, job.status)));
    move || {
        let (has_devices, status) = stage.get();
        if has_devices {
            return view! { <Progress outcomes /> }.into_any();
        }
        let words = match status {
            JobStatus::Scheduled => "Counted at the start".to_owned(),
            JobStatus::Failed => job
                .with_untracked(|job| job.failure_reason.clone())
                .map_or_else(|| "Not started".into(), |why| format!("Not started: {why}")),
            JobStatus::Completed => "No device matched".to_owned(),
            JobStatus::Cancelled => "Never sent".to_owned(),
            _ => "Counting devices".to_owned(),
        };
        view! { <span class="data-table__sub">{words}</span> }.into_any()
    }
}

/// How long it took or has taken, and how long jobs like it take; where nobody knows that, how long it may still take.
#[component]
fn Duration(job: Memo<JobSummary>, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let elapsed = move || job.with(|job| job::elapsed(job, clock.now_or(as_of)));
    let left = move || {
        job.with(|job| {
            let elapsed = job::elapsed_millis(job, clock.now_or(as_of))?;
            let left = left_millis(job, elapsed)?;
            Some(format!("{} left", time::duration(left)))
        })
    };
    let usual = memo(move || job.with(|job| job::usual(job, clock.now_or(as_of))));
    let beside = move || {
        let usual = usual.get();
        let tone = usual.as_ref().is_some_and(|usual| usual.is_late).then_some("late");
        let words = usual.map(|usual| usual.words).or_else(left)?;
        Some(view! { <span class="data-table__sub jobs-table__usual" data-tone=tone>{words}</span> })
    };
    view! {
        {elapsed}
        {beside}
    }
    .into_any()
}

/// What can be done with it from here.
#[component]
fn Tools(job: Memo<JobSummary>, job_id: String, asked: RwSignal<Option<JobSummary>>) -> impl IntoView {
    let can_cancel = memo(move || job.with(job::can_cancel));
    let cancel_href = paths::job_cancel(&job_id);
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        asked.set(Some(job.get_untracked()));
    };
    let in_row = {
        let (href, label) = (cancel_href.clone(), format!("Cancel {job_id}"));
        move || {
            can_cancel.get().then(|| {
                view! {
                    <a
                        class="button button--small button--quiet"
                        data-drop="4"
                        href=href.clone()
                        aria-label=label.clone()
                        on:click=ask
                    >
                        "Cancel…"
                    </a>
                }
            })
        }
    };
    let in_menu = move || {
        can_cancel.get().then(|| {
            view! {
                <li>
                    <a class="menu__item" href=cancel_href.clone() on:click=ask>
                        "Cancel…"
                    </a>
                </li>
            }
        })
    };
    let link = paths::job(&job_id);
    let copy_link = move |_| browser::copy(&browser::absolute(&link));
    let copy_az = move |_| browser::copy(&calls::az(&calls::again(&job.get_untracked())));
    view! {
        {in_row}
        <Menu
            label=format!("More for {job_id}")
            button="button button--quiet button--icon button--small"
            summary=view! { <Icon name="ellipsis" is_large=true /> }.into_any()
        >
            {in_menu}
            <li>
                <a class="menu__item" href=paths::job_new_from(&job_id)>
                    "Start another like this"
                </a>
            </li>
            <li class="needs-scripts">
                <button class="menu__item" type="button" on:click=copy_link>
                    "Copy link"
                </button>
            </li>
            <li class="needs-scripts">
                <button class="menu__item" type="button" on:click=copy_az>
                    "Copy as az"
                </button>
            </li>
        </Menu>
    }
    .into_any()
}
