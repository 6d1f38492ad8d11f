//! How the job landed: every device in the order it was sent. A cell that is pointed at is named below the map.

use console_wire::{
    job::JobSummary,
    landing::LandingCell,
    outcome::{Outcome, Outcomes},
};
use hub_wire::{Timestamp, job::JobStatus};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{insight::Insight, view::View};
use crate::{
    api::job_insight::name_cell,
    clock::use_clock,
    components::LandingMap,
    present::{
        job,
        landing::{self, Grid},
        number::{counted, devices, fixed, grouped},
        outcome, time,
    },
    reactive::{effect, memo},
};

/// Pause of the pointer after which a cell is asked for, in milliseconds.
const PAUSE: u64 = 60;
const NAME: &str = "landing-name";

/// The map with its axis. While a job has not begun its place is kept, as far as its devices are known, so that nothing
/// below it moves when it comes.
#[component]
pub(super) fn LandingPanel(
    insight: Insight,
    job: Memo<JobSummary>,
    view: View,
    as_of: Timestamp,
) -> impl IntoView {
    let cells = memo(move || insight.with(|told| told.landing.outcomes().collect::<Vec<Outcome>>()));
    let is_new = job.with_untracked(|job| !job.status.is_terminal());
    let awaited = memo(move || {
        let is_awaited = is_new && cells.with(Vec::is_empty);
        if is_awaited { landing::cells_of(job.with(job::device_count)) } else { 0 }
    });
    let is_awaited = move || awaited.get() > 0;
    let per_cell = memo(move || insight.with(|told| told.landing.per_cell));
    let words = Signal::derive(move || {
        let each = match per_cell.get() {
            0 | 1 => "one a cell".to_owned(),
            many => format!("{} a cell", grouped(many)),
        };
        let (count, summary) = job.with(|job| (job.outcomes.total(), outcome::summary(&job.outcomes)));
        format!("{} in the order they were sent, {each}: {summary}. Arrow keys name a cell.", devices(count))
    });
    let chosen = RwSignal::new(None::<u16>);
    let name = use_name(chosen, view);
    let navigate = use_navigate();
    let open = Callback::new(move |cell: u16| {
        let address = view.with_untracked(|asked| {
            asked.rows.cell = cell.to_string();
            asked.rows.state.clear();
            asked.rows.cause.clear();
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
            <LandingMap cells awaited words chosen open described_by=NAME />
            <div class="landing__foot">
                <Axis cells job as_of chosen />
                <p class="landing__name" id=NAME aria-live="polite">
                    {move || name.get()}
                </p>
            </div>
        </figure>
    }
    .into_any()
}

/// What the chosen cell is called, asked of the server once the pointer rests.
fn use_name(chosen: RwSignal<Option<u16>>, view: View) -> RwSignal<String> {
    let name = RwSignal::new(String::new());
    effect(move || {
        let Some(cell) = chosen.get() else { return name.set(String::new()) };
        let is_current = move || chosen.try_get_untracked().flatten() == Some(cell);
        let ask = move || {
            if !is_current() {
                return;
            }
            let job_id = view.job_id.get_untracked();
            spawn_local(async move {
                let told = name_cell(job_id, cell.into()).await;
                if let Some(told) = told.ok().filter(|_| is_current()) {
                    name.set(cell_words(&told));
                }
            });
        };
        set_timeout(ask, std::time::Duration::from_millis(PAUSE));
    });
    name
}

/// When it began, where it is, when it ends.
#[component]
fn Axis(
    cells: Memo<Vec<Outcome>>,
    job: Memo<JobSummary>,
    as_of: Timestamp,
    chosen: RwSignal<Option<u16>>,
) -> impl IntoView {
    let clock = use_clock();
    let written = move |at: Timestamp| time::clock(at, clock.offset_minutes(at));
    let share = memo(move || cells.with(|cells| Grid::of(cells.len()).share()));
    let start =
        move || job.with(|job| job.start_time).map(|at| format!("{} sent", written(at))).unwrap_or_default();
    let end = move || {
        let end = job.with(|job| job.end_time.filter(|_| job.status.is_terminal()));
        end.map(|at| format!("{} ended", written(at))).unwrap_or_default()
    };
    let sent = memo(move || {
        job.with(|job| (job.status == JobStatus::Running).then(|| sent_share(&job.outcomes))).flatten()
    });
    let now = move || {
        sent.get().map(|sent| {
            let at = sent / 100.0 * share.get();
            let anchor = if at < 12.0 { "start" } else { "middle" };
            let text = format!("now {}", written(clock.now_or(as_of)));
            view! {
                <text class="landing__now" x=format!("{}%", fixed(at.max(10.0), 2)) y="11" text-anchor=anchor>
                    {text}
                </text>
            }
            .into_any()
        })
    };
    view! {
        <svg class="landing__axis" aria-hidden="true" class:landing__axis--off=move || chosen.with(Option::is_some)>
            <text x="0" y="11">
                {move || start()}
            </text>
            {move || now()}
            <text x=move || format!("{}%", fixed(share.get().max(20.0), 2)) y="11" text-anchor="end">
                {move || end()}
            </text>
        </svg>
    }
    .into_any()
}

/// Devices that were sent, in percent.
fn sent_share(outcomes: &Outcomes) -> Option<f64> {
    let total = outcomes.total();
    let tenths = (total - outcomes.queued).saturating_mul(1000).checked_div(total)?;
    u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
}

/// A cell in words.
fn cell_words(cell: &LandingCell) -> String {
    let count = cell.outcomes.total();
    let states = outcome::summary(&cell.outcomes);
    if count <= 1 {
        let state = Outcome::ALL.into_iter().find(|state| cell.outcomes.get(*state) > 0);
        let word = state.map_or("", |state| outcome::badge(state).word).to_ascii_lowercase();
        return format!("{}, {word}", cell.first);
    }
    let count = counted(count, "device", "devices");
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
    fn cells_are_named() {
        let one = Outcomes { timed_out: 1, ..Outcomes::default() };
        assert_eq!(cell_words(&cell(one)), "door-1, timed out");
        let many = Outcomes { succeeded: 8, failed: 1, ..Outcomes::default() };
        assert_eq!(cell_words(&cell(many)), "9 devices from door-1 to door-9: 8 succeeded, 1 failed");
    }

    #[test]
    fn what_was_sent() {
        let half = Outcomes { succeeded: 1, in_flight: 1, queued: 2, ..Outcomes::default() };
        assert_eq!(sent_share(&half), Some(50.0));
        assert_eq!(sent_share(&Outcomes::default()), None);
    }
}
