//! The next 24 hours: planned jobs, runs of schedules, maintenance windows and changes of the clock on one axis; a list on
//! narrow screens.

use console_wire::overview::{Upcoming, UpcomingKind};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{Nothing, PanelHeader};
use crate::{
    api::overview::OverviewView,
    format::{
        number::fixed,
        overview::upcoming::{Placed, begin, href, marks, percent, place, summary, zone_offset},
        time,
    },
    kit::{Icon, clock::use_clock},
    paths,
};

const NOTHING: &str = "Nothing is due. Jobs that are planned for later have their place on an axis of 24 hours here, and so have \
    runs of schedules, maintenance windows that a job in waves waits for, and changes of the clock in their time zones.";

#[component]
pub(super) fn NextDay(view: Memo<OverviewView>) -> impl IntoView {
    let entries = Memo::new(move |_| view.with(|view| view.overview.upcoming.clone()));
    let note = Signal::derive(move || {
        entries.with(|entries| summary(entries, view.with(|view| view.overview.upcoming_count)))
    });
    let all = (paths::with_query(paths::JOBS, &[("tab", "scheduled")]), "Scheduled jobs");
    view! {
        <section class="panel overview__next" aria-labelledby="next-title">
            <PanelHeader id="next-title" title="Next 24 hours" note link=all />
            {move || {
                if entries.with(Vec::is_empty) {
                    view! { <Nothing text=NOTHING /> }.into_any()
                } else {
                    view! { <Axis entries view /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Axis(entries: Memo<Vec<Upcoming>>, view: Memo<OverviewView>) -> impl IntoView {
    let clock = use_clock();
    let now = Memo::new(move |_| {
        let now = clock.now_or(view.with(|view| view.overview.as_of));
        // The mark moves each half minute.
        Timestamp::from_unix_millis(now.unix_millis().div_euclid(30_000) * 30_000)
    });
    let from = Memo::new(move |_| begin(now.get()));
    let zone = Memo::new(move |_| view.with(|view| view.overview.zone.clone()));
    let grid = [0.0, 12.5, 25.0, 37.5, 50.0, 62.5, 75.0, 87.5, 100.0]
        .map(|left: f64| view! { <i class="upcoming__grid" style:left=at(left)></i> });
    let items = move || {
        entries.with(|entries| {
            let placed = place(entries, from.get());
            placed
                .into_iter()
                .map(|placed| view! { <Item entry=entries[placed.index].clone() placed /> })
                .collect::<Vec<_>>()
        })
    };
    let hidden = move || {
        entries.with(|entries| {
            let hidden = place(entries, from.get()).iter().filter(|placed| placed.lane.is_none()).count();
            (hidden > 0).then(|| view! { <p class="overview__more field__hint upcoming__hidden">{format!("{hidden} more, where there is no room")}</p> })
        })
    };
    view! {
        <div class="upcoming">
            <Marks from name=Signal::derive(move || zone.get().map(|_| "UTC".to_owned())) offset=Callback::new(move |at| clock.offset_minutes(at)) />
            <div class="upcoming__field">
                {Vec::from(grid)}
                <i class="upcoming__past" style:width=move || at(percent(now.get(), from.get()))></i>
                <i class="upcoming__now" style:left=move || at(percent(now.get(), from.get()))></i>
                <ol class="upcoming__items">{items}</ol>
            </div>
            {move || {
                zone.get()
                    .map(|zone| {
                        let name = zone.city.clone();
                        view! {
                            <Marks
                                from
                                name=Signal::stored(Some(name))
                                offset=Callback::new(move |at| zone_offset(&zone, at))
                            />
                        }
                    })
            }}
            {hidden}
        </div>
    }
    .into_any()
}

/// The hours along the axis.
#[component]
fn Marks(
    from: Memo<Timestamp>,
    /// What zone they are in, behind the first of them.
    name: Signal<Option<String>>,
    /// Minutes to add to UTC at an instant.
    offset: Callback<Timestamp, i32>,
) -> impl IntoView {
    let labels = move || {
        marks(from.get(), |at| offset.run(at))
            .into_iter()
            .enumerate()
            .map(|(index, (left, clock, day))| {
                let name = name.get().filter(|_| index == 0);
                view! {
                    <span style:left=at(left)>
                        {clock}
                        {name.map(|name| format!(" {name}"))}
                        {day.map(|day| view! { " " <b>{day}</b> })}
                    </span>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="upcoming__axis plot__time" aria-hidden="true">
            {labels}
        </div>
    }
    .into_any()
}

#[component]
fn Item(entry: Upcoming, placed: Placed) -> impl IntoView {
    let clock = use_clock();
    let due = entry.at;
    let is_change = entry.kind == UpcomingKind::ClockChange;
    let class = match (is_change, placed.is_before) {
        (true, _) => "upcoming__item upcoming__item--change",
        (false, true) => "upcoming__item upcoming__item--before",
        (false, false) => "upcoming__item",
    };
    let icon = match entry.kind {
        UpcomingKind::Start => "calendar-clock",
        UpcomingKind::Run => "repeat",
        UpcomingKind::Window => "hourglass",
        UpcomingKind::ClockChange => "clock",
    };
    let status = if is_change { "drift" } else { "scheduled" };
    let lane = placed.lane.map_or_else(|| "none".to_owned(), |lane| lane.to_string());
    let what = match href(&entry) {
        Some(href) => view! { <a href=href>{entry.title.clone()}</a> }.into_any(),
        None => entry.title.clone().into_any(),
    };
    view! {
        <li class=class data-status=status data-lane=lane style:left=at(placed.left)>
            <span class="upcoming__what">
                <time datetime=time::machine(due) title=move || time::absolute(due, clock.offset_minutes(due))>
                    {move || time::hour_minute(due, clock.offset_minutes(due))}
                </time>
                {what}
                <span class="status" data-status=status>
                    <Icon name=icon />
                </span>
            </span>
            <span class="upcoming__sub">{entry.note}</span>
        </li>
    }
    .into_any()
}

fn at(percent: f64) -> String {
    format!("{}%", fixed(percent, 2))
}
