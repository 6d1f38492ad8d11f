//! Device jobs of the last 14 days, a bar a day: outcomes on top of each other, the share that failed above.

use console_wire::{
    outcome::{Outcome, Outcomes},
    overview::Day,
};
use leptos::prelude::*;

use super::PanelHeader;
use crate::{
    api::overview::OverviewView,
    format::{
        number::fixed,
        overview::{day_words, is_high, problem_share},
        time,
    },
    paths,
};

/// Parts of a bar, from the top.
const PARTS: [Outcome; 6] = [
    Outcome::Cancelled,
    Outcome::Interrupted,
    Outcome::NotOnline,
    Outcome::TimedOut,
    Outcome::Failed,
    Outcome::Succeeded,
];

#[component]
pub(super) fn DeviceJobsPerDay(view: Memo<OverviewView>) -> impl IntoView {
    let days = Memo::new(move |_| view.with(|view| view.overview.days.clone()));
    let is_empty = Memo::new(move |_| days.with(|days| days.iter().all(|day| day.outcomes.total() == 0)));
    let note = Signal::derive(move || {
        let note = if is_empty.get() {
            "each day has a bar once devices have ended"
        } else {
            "% with problems, days in UTC"
        };
        note.to_owned()
    });
    let bars = move || {
        days.with(|days| {
            let most = days.iter().map(|day| day.outcomes.total()).max().unwrap_or_default();
            let last = days.len().saturating_sub(1);
            let bar = |(index, day): (usize, &Day)| view! { <Bar day=*day most is_today=index == last /> };
            days.iter().enumerate().map(bar).collect::<Vec<_>>()
        })
    };
    view! {
        <section class="panel overview__days" aria-labelledby="days-title">
            <PanelHeader id="days-title" title="Device jobs per day" note />
            <ol class="day-bars">{bars}</ol>
        </section>
    }
    .into_any()
}

#[component]
fn Bar(day: Day, most: u64, is_today: bool) -> impl IntoView {
    let Day { begin, outcomes } = day;
    let parts = PARTS.map(|state| {
        let count = outcomes.get(state);
        view! {
            <span class="bar__part" data-status=state.as_str() hidden=count == 0 style:flex-grow=count.to_string()></span>
        }
    });
    let label = if is_today { "today".to_owned() } else { time::day_of_month(begin) };
    view! {
        <li>
            <a
                class="day-bars__day"
                href=paths::jobs_of_day(&time::day_text(begin))
                data-today=is_today.then_some("true")
            >
                <span class="visually-hidden">{day_words(begin, &outcomes)}</span>
                <span class="day-bars__share" aria-hidden="true" data-high=is_high(&outcomes).then_some("true")>
                    {problem_share(&outcomes)}
                </span>
                <span class="day-bars__stack" aria-hidden="true" style:height=height(&outcomes, most)>
                    {Vec::from(parts)}
                </span>
                <span class="day-bars__label" aria-hidden="true">
                    {label}
                </span>
            </a>
        </li>
    }
    .into_any()
}

/// The height of a bar; the highest one fills its space.
fn height(outcomes: &Outcomes, most: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let share = outcomes.total() as f64 / most.max(1) as f64;
    format!("{}%", fixed(share * 100.0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_its_space() {
        let of = |succeeded| Outcomes { succeeded, ..Outcomes::default() };
        assert_eq!([height(&of(8), 8), height(&of(2), 8), height(&of(0), 0)], ["100.0%", "25.0%", "0.0%"]);
    }
}
