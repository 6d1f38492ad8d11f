//! One job of the list. The event stream updates it in place; it keeps its place until the page is read again.

use console_wire::{access::Action, job::JobSummary};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    account::use_account,
    data::live::Live,
    format::{
        code_samples,
        job::{
            self, TypicalDuration, sentence,
            state::State,
            time_left::{TimeLeft, time_left},
        },
        origin, stop,
    },
    kit::{BadgeView, Condition, Icon, JobLink, Menu, Progress, TimeFormat, TimeText, clock::use_clock, dom},
    paths,
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
    /// The job that the cancel dialog is about.
    to_cancel: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let read = job.clone();
    let newest = Memo::new(move |_| live.newest(&read));
    let (icon, kind) = job::action_kind(&job);
    let payload = Some(job::payload(&job)).filter(|payload| payload != "null");
    let action = job.action();
    view! {
        <tr>
            <th
                scope="row"
                class="data-table__clip"
                title=job.reason.as_ref().map(|reason| format!("Reason: {reason}"))
            >
                <JobLink job_id=job.job_id.clone() name=job.name.clone() class="data-table__main" />
                <span class="data-table__sub">
                    <code>{job.job_id.clone()}</code>
                    {format!(" · {}", origin::short(job.origin, job.created_by.as_ref()))}
                </span>
            </th>
            <td class="to-end">
                <BadgeView badge=Signal::derive(move || newest.with(|job| State::of(job).short_badge())) />
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
                    {if let Some(group) = job.group.clone() {
                        view! {
                            "Group "
                            <a class="link" href=paths::group(&group.group_id)>
                                {group.name}
                            </a>
                        }
                            .into_any()
                    } else if job::is_every_device(&job.query_condition) {
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
                <Start job=newest as_of />
            </td>
            <td class="on-wide" data-drop="2">
                <Duration job=newest as_of />
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <Tools job=newest job_id=job.job_id.clone() to_cancel />
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// When it started or will start; of one that was cancelled before, when it was due.
#[component]
fn Start(job: Memo<JobSummary>, as_of: Timestamp) -> impl IntoView {
    let start = Memo::new(move |_| {
        job.with(|job| {
            let started = (State::of(job) != State::CancelledBeforeStart)
                .then(|| job.start_time.unwrap_or(job.created_time));
            started.ok_or_else(|| sentence::due(job))
        })
    });
    let started = move |at: Timestamp| {
        view! {
            <span class="data-table__main">
                <TimeText at as_of style=TimeFormat::Relative />
            </span>
            <span class="data-table__sub">
                <TimeText at as_of style=TimeFormat::Clock />
            </span>
        }
        .into_any()
    };
    let was_due = move |at: Timestamp| {
        view! {
            <span class="data-table__sub">
                "was due " <TimeText at as_of style=TimeFormat::Clock />
            </span>
        }
    };
    move || match start.get() {
        Ok(at) => started(at),
        Err(due) => view! {
            <span class="data-table__main">"not started"</span>
            {due.map(was_due)}
        }
        .into_any(),
    }
}

/// Progress bar and counts; before there are any, why.
#[component]
fn RowProgress(job: Memo<JobSummary>) -> impl IntoView {
    let outcomes = Signal::derive(move || job.with(|job| job.outcomes));
    let bold = Signal::derive(move || job.with(sentence::bold_count));
    let words = Memo::new(move |_| {
        job.with(|job| (job.outcomes.total() == 0).then(|| sentence::instead_of_progress(job)))
    });
    move || match words.get() {
        None => view! { <Progress outcomes bold /> }.into_any(),
        Some(words) => view! { <span class="data-table__sub">{words}</span> }.into_any(),
    }
}

/// How long it took or has taken, and how long jobs like it take; where that is unknown, how long it may still take.
#[component]
fn Duration(job: Memo<JobSummary>, as_of: Timestamp) -> impl IntoView {
    let clock = use_clock();
    let elapsed = move || job.with(|job| job::elapsed(job, clock.now_or(as_of)));
    let left = move || job.with(|job| time_left(job, clock.now_or(as_of)).map(TimeLeft::short));
    let usual = Memo::new(move |_| job.with(|job| job::typical_duration(job, clock.now_or(as_of))));
    let beside = move || {
        let usual = usual.get();
        let tone = usual.as_ref().is_some_and(|usual| usual.is_late).then_some("late");
        let words = usual.as_ref().map(TypicalDuration::short).or_else(left)?;
        Some(view! { <span class="data-table__sub jobs-table__usual" data-tone=tone>{words}</span> })
    };
    view! {
        {elapsed}
        {beside}
    }
    .into_any()
}

/// Its buttons and menu.
#[component]
fn Tools(job: Memo<JobSummary>, job_id: String, to_cancel: RwSignal<Option<JobSummary>>) -> impl IntoView {
    let verb = Memo::new(move |_| {
        job.with(|job| stop::stop(job).filter(|stop| stop.is_possible).map(|stop| stop.verb))
    });
    let cancel_href = paths::job_cancel(&job_id);
    let title = job.with_untracked(|job| format!("{}, {}", job.name, job.job_id));
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        to_cancel.set(Some(job.get_untracked()));
    };
    let is_allowed = use_account().may(Action::JobCancel);
    let in_row = {
        let (href, title) = (cancel_href.clone(), title.clone());
        move || {
            verb.get().filter(|_| is_allowed).map(|verb| {
                view! {
                    <a
                        class="button button--small button--quiet"
                        data-drop="4"
                        href=href.clone()
                        aria-label=format!("{} {title}", verb.as_str())
                        on:click=ask
                    >
                        {verb.in_row()}
                    </a>
                }
            })
        }
    };
    let in_menu = move || {
        verb.get().map(|verb| {
            if !is_allowed {
                return view! { <NotAllowed verb /> }.into_any();
            }
            view! {
                <li>
                    <a class="menu__item" href=cancel_href.clone() on:click=ask>
                        {verb.in_row()}
                    </a>
                </li>
            }
            .into_any()
        })
    };
    let link = paths::job(&job_id);
    let copy_link = move |_| dom::copy_to_clipboard(&dom::absolute_url(&link));
    let copy_az =
        move |_| dom::copy_to_clipboard(&code_samples::az(&code_samples::same_job(&job.get_untracked())));
    view! {
        {in_row}
        <Menu
            label=format!("More for {title}")
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

/// In place of the menu's item to cancel or stop the job: the permission that the user lacks.
#[component]
fn NotAllowed(verb: stop::Verb) -> impl IntoView {
    view! {
        <li>
            <span class="menu__item" aria-disabled="true">
                {verb.in_row()}
                " "
                <span class="menu__end">"needs " <code>{Action::JobCancel.as_str()}</code></span>
            </span>
        </li>
    }
}
