//! `/schedules/{id}`: one schedule: its rule, its next runs, what happens in special cases, and what became of each run.

mod dialogs;
mod runs;

use console_wire::{
    access::Action,
    schedule::{Schedule, ScheduleStatus},
};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

pub(crate) use self::runs::NextRunsTable;
use self::{
    dialogs::{CommentDialog, DeleteDialog},
    runs::{NextTable, Runs},
};
use super::not_found::NotThere;
use crate::{
    account::use_account,
    api::schedules::{
        DeleteSchedule, PauseSchedule, ResumeSchedule, RunScheduleNow, ScheduleView, read_schedule,
    },
    data::read::{ReadOptions, Reading, use_read},
    format::schedule::{special_cases, status, target},
    forms::PostForm,
    kit::{
        BadgeView, CopyButton, ErrorPanel, Icon, PermissionNote, PollBadge, TimeFormat, TimeText,
        UnknownParams, title_of,
    },
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 3_000;

/// What is read: a schedule, and from where on its runs.
type ScheduleReading = Reading<(String, String), ScheduleView>;

/// The actions of the page.
#[derive(Clone, Copy)]
struct Actions {
    pause: ServerAction<PauseSchedule>,
    resume: ServerAction<ResumeSchedule>,
    run: ServerAction<RunScheduleNow>,
    delete: ServerAction<DeleteSchedule>,
    /// Which dialog is open: `pause`, `run`, `delete`, or none.
    asks: RwSignal<&'static str>,
}

/// The page.
#[component]
pub(crate) fn SchedulePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let schedule_id =
        Memo::new(move |_| params.with(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned()));
    let after = Memo::new(move |_| query.with(|query| query.get("after").unwrap_or_default()));
    let unknown = Memo::new(move |_| {
        query.with(|query| {
            let wrong = paths::unknown(query, "ask", |value| matches!(value, "pause" | "run" | "delete"));
            wrong.into_iter().chain(paths::unknown_names(query, &["ask", "after"])).collect::<Vec<_>>()
        })
    });
    let key = Signal::derive(move || Some((schedule_id.get(), after.get())));
    let read: ScheduleReading =
        use_read(key, ReadOptions::every(POLL), |(schedule_id, after)| read_schedule(schedule_id, after));
    let asked = query.with_untracked(|query| match query.get("ask").as_deref() {
        Some("pause") => "pause",
        Some("run") => "run",
        Some("delete") => "delete",
        _ => "",
    });
    let may = use_account().may(Action::ScheduleWrite);
    let actions = Actions {
        pause: ServerAction::new(),
        resume: ServerAction::new(),
        run: ServerAction::new(),
        delete: ServerAction::new(),
        asks: RwSignal::new(if may { asked } else { "" }),
    };
    read.refetch_when(move || {
        (actions.pause.version().get(), actions.resume.version().get(), actions.run.version().get())
    });
    // The time of the first read stays, so that nothing is rendered again while nothing but the time has changed.
    let view = Memo::new(move |before: Option<&Option<ScheduleView>>| {
        let schedule_id = schedule_id.get();
        let newest = read.good().with(|good| {
            good.as_ref().filter(|good| good.key.0 == schedule_id).map(|good| good.value.clone())
        })?;
        let as_of = before.and_then(Option::as_ref).map_or(newest.as_of, |before| before.as_of);
        Some(ScheduleView { as_of, ..newest })
    });
    let failed =
        Memo::new(move |_| read.error().filter(|error| error.is_not_found() || view.with(Option::is_none)));
    let title = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.schedule.name.clone()))
            .unwrap_or_else(|| schedule_id.get())
    });
    let is_loaded = Memo::new(move |_| view.with(Option::is_some));
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => {
                        let title = format!("There is no schedule {}", schedule_id.get());
                        view! { <NotThere title text="It may be misspelt, or it was deleted." /> }.into_any()
                    }
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>{schedule_id.get()}</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => is_loaded.get().then(|| view! { <Loaded read view actions unknown /> }).into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: ScheduleReading,
    view: Memo<Option<ScheduleView>>,
    actions: Actions,
    unknown: Memo<Vec<String>>,
) -> impl IntoView {
    let schedule = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.schedule.clone())));
    let as_of = Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.as_of)));
    let header =
        move || Some(view! { <Header schedule=schedule.get()? as_of=as_of.get_untracked()? read actions /> });
    let cases = move || Some(view! { <SpecialCases schedule=schedule.get()? /> });
    view! {
        <main class="page" id="main" tabindex="-1">
            {header}
            <UnknownParams params=unknown noun="parameter" />
            {move || {
                actions
                    .resume
                    .value()
                    .get()
                    .and_then(Result::err)
                    .map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
            }}
            <div class="schedule__columns">
                {move || view.get().map(|view| view! { <NextTable view /> })}
                {cases}
            </div>
            {move || view.get().map(|view| view! { <Runs view /> })}
            <CommentDialog schedule actions />
            <DeleteDialog schedule actions />
        </main>
    }
    .into_any()
}

#[component]
fn Header(schedule: Schedule, as_of: Timestamp, read: ScheduleReading, actions: Actions) -> impl IntoView {
    let schedule_id = schedule.schedule_id.clone();
    let whom = target(&schedule);
    let owner = schedule.owner.as_ref().map(|owner| format!("owner {}", owner.name));
    let pause = schedule.pause.as_ref().map(|pause| {
        view! {
            <p class="schedule__pause">
                <Icon name="circle-pause" />
                <span>
                    {format!("Paused: {}. ", pause.reason)}
                    <TimeText at=pause.since as_of style=TimeFormat::Relative />
                </span>
            </p>
        }
    });
    let next = schedule.next.clone().filter(|_| schedule.status == ScheduleStatus::Active).map(|next| {
        view! {
            <span>
                "Next " <strong><TimeText at=next.due as_of style=TimeFormat::Relative /></strong> ", "
                <TimeText at=next.due as_of style=TimeFormat::Clock />
            </span>
        }
    });
    let expression = match &schedule.spec.rule {
        console_wire::schedule::Rule::Cron { expression } => Some(expression.clone()),
        _ => None,
    };
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::SCHEDULES
                        aria-label="Back to schedules"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{schedule.name.clone()}</h1>
                    <BadgeView badge=Signal::stored(status(schedule.status)) is_filled=true />
                    <span class="run__id">
                        <code>{schedule_id.clone()}</code>
                        <CopyButton text=schedule_id.clone() what=schedule_id.clone() />
                    </span>
                </div>
                <p class="page__lead">
                    <span><code>{schedule.action.clone()}</code> " on " {whom}</span>
                    {owner.map(|owner| view! { <span>{owner}</span> })}
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                <Buttons schedule=schedule.clone() actions />
            </div>
        </div>
        {pause}
        <div class="schedule__rule">
            <h2>{schedule.sentence.clone()}</h2>
            {expression.map(|text| view! { <code>{text}</code> })}
            {next}
        </div>
    }
    .into_any()
}

/// Run now, pause or resume, edit, delete.
#[component]
fn Buttons(schedule: Schedule, actions: Actions) -> impl IntoView {
    let schedule_id = schedule.schedule_id.clone();
    let edit = paths::schedule_edit(&schedule_id);
    if !use_account().may(Action::ScheduleWrite) {
        return view! { <PermissionNote action=Action::ScheduleWrite /> }.into_any();
    }
    let link = |what: &'static str, label: &'static str, icon: &'static str| {
        let ask = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            actions.asks.set(what);
        };
        view! {
            <a class="button" href=paths::schedule_ask(&schedule_id, what) on:click=ask>
                {(!icon.is_empty()).then(|| view! { <Icon name=icon /> })}
                {label}
            </a>
        }
        .into_any()
    };
    let run = link("run", "Run now…", "play");
    let delete = link("delete", "Delete…", "");
    let pause_or_resume = if schedule.status == ScheduleStatus::Paused {
        view! {
            <PostForm action=actions.resume>
                <input type="hidden" name="schedule_id" value=schedule_id.clone() />
                <button class="button" type="submit" disabled=move || actions.resume.pending().get()>
                    <Icon name="play" />
                    "Resume"
                </button>
            </PostForm>
        }
        .into_any()
    } else {
        link("pause", "Pause…", "circle-pause")
    };
    view! {
        {run}
        {pause_or_resume}
        {delete}
        <a class="button" href=edit>
            "Edit"
        </a>
    }
    .into_any()
}

/// What happens in special cases.
#[component]
fn SpecialCases(schedule: Schedule) -> impl IntoView {
    let rows: Vec<_> = special_cases(&schedule.spec)
        .into_iter()
        .map(|(case, choice, note)| {
            view! {
                <div class="schedule__case">
                    <dt>{case}</dt>
                    <dd>
                        <strong>{choice}</strong>
                        <span>{note}</span>
                    </dd>
                </div>
            }
        })
        .collect();
    view! {
        <section aria-labelledby="cases-title">
            <div class="panel__header">
                <h2 class="panel__title" id="cases-title">
                    "Special cases"
                </h2>
            </div>
            <dl class="schedule__cases">{rows}</dl>
        </section>
    }
    .into_any()
}
