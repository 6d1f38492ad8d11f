//! `/schedules`: jobs that run again and again, when each runs next, and how the last runs ended.

use console_wire::schedule::{RunMark, Schedule, ScheduleStatus};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::schedules::{ScheduleList, list_schedules},
    data::read::{ReadOptions, Reading, use_read},
    format::{
        job,
        number::{count_noun, grouped},
        schedule::{mark, marks, status, target},
    },
    forms::SearchForm,
    kit::{
        BadgeView, Column, ColumnHeads, ColumnWidths, ErrorPanel, Icon, PollBadge, TimeFormat, TimeText,
        UnknownParams,
    },
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5_000;

/// Status, words and cursor.
type Wanted = (String, String, String);

/// The page.
#[component]
pub(crate) fn SchedulesPage() -> impl IntoView {
    let params = use_query_map();
    let wanted = Memo::new(move |_| {
        let get = |name| params.with(|params| params.get(name).unwrap_or_default());
        let tab = ScheduleStatus::from_wire(&get("tab")).map(ScheduleStatus::as_str).unwrap_or_default();
        Some((tab.to_owned(), get("q"), get("after")))
    });
    let unknown = Memo::new(move |_| {
        params.with(|params| {
            let is_tab = |tab: &str| tab == "all" || ScheduleStatus::from_wire(tab).is_some();
            let wrong = paths::unknown(params, "tab", is_tab);
            wrong.into_iter().chain(paths::unknown_names(params, &["tab", "q", "after"])).collect::<Vec<_>>()
        })
    });
    let read = use_read(wanted, ReadOptions::every(POLL), |(status, search, after)| {
        list_schedules(status, search, after)
    });
    // The time of the first read stays, so that nothing is rendered again while nothing but the time has changed.
    let list = Memo::new(move |before: Option<&Option<ScheduleList>>| {
        let newest = read.good().with(|good| good.as_ref().map(|good| good.value.clone()))?;
        let as_of = before.and_then(Option::as_ref).map_or(newest.as_of, |before| before.as_of);
        Some(ScheduleList { as_of, ..newest })
    });
    let failed = Memo::new(move |_| read.error().filter(|_| list.with(Option::is_none)));
    view! {
        <Title text="Schedules" />
        <main class="page" id="main" tabindex="-1">
            <Header read />
            <UnknownParams params=unknown />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    move || match failed.get() {
                        Some(error) => view! { <ErrorPanel error retry=read.retry() /> }.into_any(),
                        None => {
                            list.get().map(|list| view! { <List list wanted=wanted.get().unwrap_or_default() /> }).into_any()
                        }
                    }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Header(read: Reading<Wanted, ScheduleList>) -> impl IntoView {
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <h1>"Schedules"</h1>
                </div>
                <p class="page__lead">
                    <span>"Jobs that run again and again, by the clock of a zone"</span>
                </p>
            </div>
            <div class="page__actions">
                <PollBadge stale_since=read.stale_since() />
                <a class="button button--primary" href=paths::job_new_repeats()>
                    <Icon name="plus" />
                    "New schedule"
                </a>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn List(list: ScheduleList, wanted: Wanted) -> impl IntoView {
    let ScheduleList { page, as_of } = list;
    let (tab, search, _) = wanted;
    if page.counts.all() == 0 {
        return view! { <FirstSchedule /> }.into_any();
    }
    let counts = page.counts;
    let item = |status: Option<ScheduleStatus>| {
        let (word, label, count) = match status {
            None => ("", "All", counts.all()),
            Some(ScheduleStatus::Active) => ("active", "Active", counts.active),
            Some(ScheduleStatus::Paused) => ("paused", "Paused", counts.paused),
            Some(ScheduleStatus::Ended) => ("ended", "Ended", counts.ended),
        };
        let current = (tab == word).then_some("page");
        view! {
            <a class="tabs__item" href=paths::schedules_of(word, "") aria-current=current>
                {label}
                <span class="tabs__count">{grouped(count)}</span>
            </a>
        }
    };
    let tabs = [
        item(None),
        item(Some(ScheduleStatus::Active)),
        item(Some(ScheduleStatus::Paused)),
        item(Some(ScheduleStatus::Ended)),
    ];
    let is_none = page.items.is_empty();
    let typed = search.clone();
    let more = page.next_cursor.as_deref().map(|cursor| paths::schedules_of(&tab, cursor));
    let groups = ScheduleStatus::ALL.map(|status| {
        let of_status: Vec<Schedule> =
            page.items.iter().filter(|schedule| schedule.status == status).cloned().collect();
        view! { <Group status schedules=of_status as_of /> }
    });
    view! {
        <nav class="tabs tabs--bleed" aria-label="Schedule lists">
            {Vec::from(tabs)}
        </nav>
        <SearchForm to=paths::SCHEDULES>
            <div class="groups__search">
                {(!tab.is_empty()).then(|| view! { <input type="hidden" name="tab" value=tab.clone() /> })}
                <input
                    class="input"
                    type="search"
                    name="q"
                    aria-label="Search schedules"
                    placeholder="words of the name or action"
                    maxlength="200"
                    value=typed
                />
                <button class="button" type="submit">
                    <Icon name="search" />
                    "Search"
                </button>
            </div>
        </SearchForm>
        {if is_none {
            view! { <NoMatch search /> }.into_any()
        } else {
            view! { <Table groups=groups.into_iter().map(IntoAny::into_any).collect() /> }.into_any()
        }}
        {more
            .map(|href| {
                view! {
                    <a class="button" href=href>
                        "Show more"
                    </a>
                }
            })}
    }
    .into_any()
}

#[component]
fn Table(groups: Vec<AnyView>) -> impl IntoView {
    let columns = vec![
        Column::new("Schedule", "schedules-table__name"),
        Column::new("Rule", "schedules-table__rule"),
        Column { drop: Some("2"), ..Column::new("Action", "") },
        Column::new("Next run", "schedules-table__next"),
        Column::new("Last result", "schedules-table__last"),
        Column { drop: Some("3"), ..Column::new("Last 14 runs", "schedules-table__runs") },
        Column { drop: Some("4"), ..Column::new("Owner", "schedules-table__owner") },
    ];
    view! {
        <table class="data-table data-table--bleed data-table--sticky data-table--stack data-table--fixed schedules-table">
            <caption class="visually-hidden">"Schedules: active ones by their next run, then paused, then ended ones"</caption>
            <ColumnWidths columns=&columns />
            <ColumnHeads columns />
            {groups}
        </table>
    }
    .into_any()
}

/// The schedules of a status; nothing where there are none.
#[component]
fn Group(status: ScheduleStatus, schedules: Vec<Schedule>, as_of: Timestamp) -> impl IntoView {
    let count = schedules.len() as u64;
    let (title, note) = match status {
        ScheduleStatus::Active => ("Active", count_noun(count, "schedule", "schedules")),
        ScheduleStatus::Paused => {
            ("Paused", format!("{}, nothing is sent", count_noun(count, "schedule", "schedules")))
        }
        ScheduleStatus::Ended => ("Ended", count_noun(count, "schedule", "schedules")),
    };
    let rows: Vec<AnyView> =
        schedules.into_iter().map(|schedule| view! { <Row schedule as_of /> }.into_any()).collect();
    (count > 0).then(|| {
        view! {
            <tbody>
                <tr class="data-table__group">
                    <th scope="rowgroup" colspan="2">
                        <strong>{title}</strong>
                        " "
                        <span>{note}</span>
                    </th>
                    <td data-drop="2"></td>
                    <td></td>
                    <td></td>
                    <td data-drop="3"></td>
                    <td data-drop="4"></td>
                </tr>
                {rows}
            </tbody>
        }
    })
}

#[component]
fn Row(schedule: Schedule, as_of: Timestamp) -> impl IntoView {
    let owner = schedule.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default();
    let whom = target(&schedule);
    view! {
        <tr>
            <th scope="row" class="data-table__clip">
                <a class="data-table__main" href=paths::schedule(&schedule.schedule_id)>
                    {schedule.name.clone()}
                </a>
                <code class="data-table__sub">{schedule.schedule_id.clone()}</code>
            </th>
            <td class="data-table__clip" title=schedule.sentence.clone()>
                <span class="data-table__main">{schedule.rule.clone()}</span>
                <span class="data-table__sub">{schedule.spec.zone.clone()}</span>
            </td>
            <td class="data-table__clip on-wide" data-drop="2" title=whom.clone()>
                <code class="data-table__main">{schedule.action.clone()}</code>
                <span class="data-table__sub">{whom.clone()}</span>
            </td>
            <td class="data-table__clip">
                <Next schedule=schedule.clone() as_of />
            </td>
            <td class="data-table__clip">
                <LastResult schedule=schedule.clone() as_of />
            </td>
            <td class="on-wide" data-drop="3">
                <Marks runs=schedule.last_runs.clone() />
            </td>
            <td class="data-table__clip on-wide" data-drop="4">
                {owner}
            </td>
        </tr>
    }
    .into_any()
}

/// When it runs next, or why not.
#[component]
fn Next(schedule: Schedule, as_of: Timestamp) -> impl IntoView {
    match (schedule.status, schedule.pause, schedule.next) {
        (ScheduleStatus::Active, _, Some(next)) => view! {
            <span class="data-table__main">
                <TimeText at=next.due as_of style=TimeFormat::Relative />
            </span>
            <span class="data-table__sub">
                {match next.clock_change {
                    Some(change) => view! { <ClockMark change /> }.into_any(),
                    None => view! { <TimeText at=next.due as_of style=TimeFormat::Clock /> }.into_any(),
                }}
            </span>
        }
        .into_any(),
        (found, pause, _) => {
            let reason = pause.map(|pause| pause.reason);
            view! {
                <span class="data-table__main">
                    <BadgeView badge=Signal::stored(status(found)) />
                </span>
                <span class="data-table__sub" title=reason.clone()>
                    {reason.clone()}
                </span>
            }
            .into_any()
        }
    }
}

/// What a change of the clock does to a run.
#[component]
pub(crate) fn ClockMark(change: String) -> impl IntoView {
    view! {
        <span class="clock-mark">
            <Icon name="clock-alert" />
            {change}
        </span>
    }
}

/// How the job of its last run ended.
#[component]
fn LastResult(schedule: Schedule, as_of: Timestamp) -> impl IntoView {
    schedule.last_job.map(|last| {
        let badge = job::state::State::of(&last).short_badge();
        let at = last.end_time.or(last.start_time).unwrap_or(last.created_time);
        view! {
            <a class="data-table__main" href=paths::job(&last.job_id)>
                <BadgeView badge=Signal::stored(badge) />
            </a>
            <span class="data-table__sub">
                <TimeText at as_of style=TimeFormat::Relative />
            </span>
        }
    })
}

/// The last runs, a bar each.
#[component]
pub(crate) fn Marks(runs: Vec<RunMark>) -> impl IntoView {
    let words = marks(&runs);
    let bars: Vec<_> = runs.iter().map(|run| view! { <span data-mark=mark(run)></span> }).collect();
    view! {
        <div class="run-marks" role="img" aria-label=words>
            {bars}
        </div>
    }
    .into_any()
}

/// What a schedule is, where there is none yet.
#[component]
fn FirstSchedule() -> impl IntoView {
    view! {
        <section class="empty-state" aria-labelledby="empty-title">
            <h2 id="empty-title">"No schedules yet."</h2>
            <p class="empty-state__text">
                "A schedule starts a job again and again: every day at 02:30 in Berlin, on the last Sunday of a month, every 6 hours. "
                "It says what happens when clocks change, when a run still goes on, and when the console was down, and keeps what became of each run."
            </p>
            <div class="cluster">
                <a class="button button--primary" href=paths::job_new_repeats()>
                    <Icon name="plus" />
                    "Create the first schedule"
                </a>
                <a class="link" href=paths::JOB_NEW>
                    "Run a job once"
                </a>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn NoMatch(search: String) -> impl IntoView {
    let title = if search.trim().is_empty() {
        "No schedule here.".to_owned()
    } else {
        format!("No schedule matches {}.", search.trim())
    };
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{title}</h2>
            <a class="button button--small" href=paths::SCHEDULES data-key="Escape">
                "Show every schedule"
            </a>
        </section>
    }
    .into_any()
}
