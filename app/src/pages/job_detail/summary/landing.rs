//! The landing map: every device in the order its call was sent. The cell under the pointer is described below the map.

use console_wire::{
    job::JobSummary,
    landing::LandingCell,
    outcome::{Outcome, Outcomes},
};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::super::context::{JobPage, use_job_page};
use crate::{
    api::job_insight::name_cell,
    data::read::{ReadOptions, use_read_from},
    format::{
        job, landing,
        number::{count_noun, devices, fixed, grouped},
        outcome, time,
    },
    kit::{LandingMap, clock::use_clock},
};

/// How long the pointer stays on a cell before its text is read, in milliseconds.
const PAUSE: u64 = 60;
const NAME: &str = "landing-name";

/// The map with its axis. Before a job begins its space is reserved, if the device count is known, so that nothing below
/// moves when it appears.
#[component]
pub(in crate::pages::job_detail) fn LandingPanel() -> impl IntoView {
    let JobPage { insight, job, url, as_of, .. } = use_job_page();
    let cells =
        Memo::new(move |_| insight.with(|insight| insight.landing.outcomes().collect::<Vec<Outcome>>()));
    let is_new = job.with_untracked(|job| !job.status.is_terminal());
    let awaited = Memo::new(move |_| {
        let is_awaited = is_new && cells.with(Vec::is_empty);
        if is_awaited { landing::cell_count(job.with(job::device_count)) } else { 0 }
    });
    let is_awaited = move || awaited.get() > 0;
    let per_cell = Memo::new(move |_| insight.with(|insight| insight.landing.per_cell));
    let words = Signal::derive(move || {
        let each = match per_cell.get() {
            0 | 1 => "one a cell".to_owned(),
            many => format!("{} a cell", grouped(many)),
        };
        let (count, summary) = job.with(|job| (job.outcomes.total(), outcome::summary(&job.outcomes)));
        format!("{} in the order they were sent, {each}: {summary}. Arrow keys name a cell.", devices(count))
    });
    let chosen = RwSignal::new(None::<u16>);
    let name = use_cell_text(chosen, url.job_id);
    let navigate = use_navigate();
    let open = Callback::new(move |cell: u16| {
        let address = url.with_untracked(|state| {
            state.rows.cell = cell.to_string();
            state.rows.state.clear();
            state.rows.cause.clear();
        });
        navigate(&address, NavigateOptions { scroll: false, ..Default::default() });
    });
    view! {
        <figure
            class="landing"
            class:landing--awaited=is_awaited
            aria-label="Landing order"
            hidden=move || cells.with(Vec::is_empty) && !is_awaited()
        >
            <LandingMap cells awaited label=words chosen open described_by=NAME />
            <div class="landing__foot">
                <Axis job as_of chosen />
                <p class="landing__name" id=NAME aria-live="polite">
                    {move || name.get()}
                </p>
            </div>
        </figure>
    }
    .into_any()
}

/// The text of the chosen cell, read once the pointer has stayed on it.
fn use_cell_text(chosen: RwSignal<Option<u16>>, job_id: Memo<String>) -> Memo<String> {
    let wanted = RwSignal::new(None);
    Effect::new(move |_| {
        let cell = chosen.get();
        if cell.is_none() {
            wanted.set(None);
        } else {
            let read = move || {
                if chosen.try_get_untracked() == Some(cell) {
                    wanted.set(cell.map(|cell| (job_id.get_untracked(), cell)));
                }
            };
            set_timeout(read, std::time::Duration::from_millis(PAUSE));
        }
    });
    let read = use_read_from(wanted, None, ReadOptions::once(), |(job_id, cell): (String, u16)| {
        name_cell(job_id, cell.into())
    });
    let good = read.good();
    Memo::new(move |_| {
        good.with(|good| good.as_ref().map(|good| cell_words(&good.value)).unwrap_or_default())
    })
}

/// The times of its start, now and its end.
#[component]
fn Axis(job: Memo<JobSummary>, as_of: Timestamp, chosen: RwSignal<Option<u16>>) -> impl IntoView {
    let clock = use_clock();
    // With the day where that is not today.
    let written = move |at: Timestamp| time::day_clock(at, clock.now_or(as_of), clock.offset_minutes(at));
    let start =
        move || job.with(|job| job.start_time).map(|at| format!("{} sent", written(at))).unwrap_or_default();
    let end = move || {
        let end = job.with(|job| job.end_time.filter(|_| job.status.is_terminal()));
        end.map(|at| format!("{} ended", written(at))).unwrap_or_default()
    };
    let sent = Memo::new(move |_| {
        job.with(|job| (job.status == JobStatus::Running).then(|| sent_share(&job.outcomes))).flatten()
    });
    let now = move || {
        sent.get().map(|sent| {
            // Beside the time of the start, and not beyond the edge.
            let (at, anchor) = match sent {
                sent if sent < 12.0 => (10.0, "start"),
                sent if sent > 92.0 => (100.0, "end"),
                sent => (sent, "middle"),
            };
            let text = format!("now {}", written(clock.now_or(as_of)));
            view! {
                <text class="landing__now" x=format!("{}%", fixed(at, 2)) y="11" text-anchor=anchor>
                    {text}
                </text>
            }
        })
    };
    view! {
        <svg class="landing__axis" aria-hidden="true" class:landing__axis--off=move || chosen.with(Option::is_some)>
            <text x="0" y="11">
                {start}
            </text>
            {now}
            <text x="100%" y="11" text-anchor="end">
                {end}
            </text>
        </svg>
    }
    .into_any()
}

/// The share of devices whose call was sent, in percent.
fn sent_share(outcomes: &Outcomes) -> Option<f64> {
    let total = outcomes.total();
    #[expect(clippy::cast_precision_loss, reason = "a share is a rounded number")]
    let share = (total - outcomes.queued) as f64 / total as f64 * 100.0;
    (total > 0).then_some(share)
}

/// The text of a cell.
fn cell_words(cell: &LandingCell) -> String {
    let count = cell.outcomes.total();
    let states = outcome::summary(&cell.outcomes);
    if count <= 1 {
        let state = Outcome::ALL.into_iter().find(|state| cell.outcomes.get(*state) > 0);
        let word = state.map_or("", |state| outcome::badge(state).label).to_ascii_lowercase();
        return format!("{}, {word}", cell.first);
    }
    let count = count_noun(count, "device", "devices");
    format!("{count} from {} to {}: {states}", cell.first, cell.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(outcomes: Outcomes) -> LandingCell {
        let id = |id: &str| serde_json::from_value(serde_json::json!(id)).unwrap();
        LandingCell {
            cell: 3,
            outcomes,
            first: id("door-1"),
            last: id("door-9"),
            sent_from: None,
            sent_until: None,
        }
    }

    #[test]
    fn cells_are_described() {
        let one = Outcomes { timed_out: 1, ..Outcomes::default() };
        assert_eq!(cell_words(&cell(one)), "door-1, timed out");
        let many = Outcomes { succeeded: 8, failed: 1, ..Outcomes::default() };
        assert_eq!(cell_words(&cell(many)), "9 devices from door-1 to door-9: 8 succeeded, 1 failed");
    }

    #[test]
    fn the_share_that_was_sent() {
        let half = Outcomes { succeeded: 1, in_flight: 1, queued: 2, ..Outcomes::default() };
        assert_eq!(sent_share(&half), Some(50.0));
        assert_eq!(sent_share(&Outcomes::default()), None);
    }
}
