//! The browser tab: title and icon show the progress of the open job, and in a background tab how it ended, until the user
//! returns.

use console_wire::{job::JobSummary, outcome::Outcomes};
use leptos::prelude::*;

use crate::{
    format::{
        job::{self, state::State},
        markup,
        number::fixed,
    },
    kit::dom,
};

/// The icon's circle: its radius and the length around it, in the icon's own units.
const RADIUS: f64 = 7.0;
const AROUND: f64 = std::f64::consts::TAU * RADIUS;

/// What the tab shows of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TabState {
    /// Percent of its devices that have ended, and whether any of them failed.
    Running { percent: u64, has_problems: bool },
    /// How it ended.
    Ended { label: &'static str, end: End },
}

/// How a job ended, as a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Every device succeeded.
    Good,
    /// Something failed.
    Bad,
    /// Neither: cancelled, or no device matched.
    Neutral,
}

impl TabState {
    fn of(job: &JobSummary) -> Option<Self> {
        let has_problems = job.has_problems();
        if job.status.is_terminal() {
            let end = match State::of(job) {
                State::Completed => End::Good,
                _ if job.has_failures() => End::Bad,
                _ => End::Neutral,
            };
            return Some(Self::Ended { label: job::badge(job).label, end });
        }
        let percent = percent(&job.outcomes)?;
        Some(Self::Running { percent, has_problems })
    }

    fn title(self) -> String {
        match self {
            Self::Running { percent, .. } => format!("{percent} %"),
            Self::Ended { label, .. } => label.to_owned(),
        }
    }

    /// The icon as SVG: a ring that fills up, or a disc with a tick or a cross.
    fn icon(self) -> String {
        let colour = match self {
            Self::Running { has_problems: true, .. } | Self::Ended { end: End::Bad, .. } => "#d83c34",
            Self::Running { .. } | Self::Ended { end: End::Good, .. } => "#2f9e6e",
            Self::Ended { end: End::Neutral, .. } => "#7b808a",
        };
        let mark = match self {
            Self::Running { percent, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "at most 100")]
                let length = AROUND * percent as f64 / 100.0;
                let (length, around, radius) = (fixed(length, 1), fixed(AROUND, 1), fixed(RADIUS, 0));
                format!(
                    "<circle cx='9' cy='9' r='{radius}' fill='none' stroke='#8888' stroke-width='4'/>\
                     <circle cx='9' cy='9' r='{radius}' fill='none' stroke='{colour}' stroke-width='4' \
                     stroke-dasharray='{length} {around}' transform='rotate(-90 9 9)'/>"
                )
            }
            Self::Ended { end, .. } => {
                let stroke = match end {
                    End::Good => "M5.5 9.5l2.5 2.5 4.5-5.5",
                    End::Bad => "M6 6l6 6M12 6l-6 6",
                    End::Neutral => "M5.5 9h7",
                };
                format!(
                    "<circle cx='9' cy='9' r='9' fill='{colour}'/>\
                     <path d='{stroke}' fill='none' stroke='#fff' stroke-width='2'/>"
                )
            }
        };
        format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'>{mark}</svg>")
    }
}

/// Whole percent of the devices that have ended; 100 only when all have. `None` before they are counted.
fn percent(outcomes: &Outcomes) -> Option<u64> {
    let (finished, total) = (outcomes.finished(), outcomes.total());
    (finished * 100).checked_div(total)
}

/// What every title ends with.
const PRODUCT: &str = "Fleetcast";
/// Between the parts of a title.
const BETWEEN: &str = " · ";

/// The title that the server rendered: it stays until the page sets its own. Empty on the server.
pub(crate) fn first_title() -> String {
    let title = dom::page_title().unwrap_or_default();
    let page = title.strip_suffix(PRODUCT).map(|page| page.strip_suffix(BETWEEN).unwrap_or(page));
    page.unwrap_or_default().to_owned()
}

/// The tab of this page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tab(RwSignal<Option<TabState>>);

/// The tab of this page.
pub(crate) fn use_tab() -> Tab {
    expect_context()
}

impl Tab {
    pub(crate) fn provide() {
        let state = RwSignal::new(None::<TabState>);
        Effect::new(move |was: Option<bool>| {
            let state = state.get();
            // The document's own icon stays until there is progress to show.
            if state.is_some() || was == Some(true) {
                dom::set_favicon(state.map(TabState::icon).as_deref());
            }
            state.is_some()
        });
        provide_context(Self(state));
    }

    /// Whether it shows a running job, so that the user may be waiting for it.
    #[cfg(feature = "hydrate")]
    pub(crate) fn is_following_job(self) -> bool {
        matches!(self.0.try_get_untracked(), Some(Some(TabState::Running { .. })))
    }

    /// The title of a page, with the job's progress before it.
    pub(crate) fn title(self, page: &str) -> String {
        // The server renders the title after the page, when its signals are disposed.
        let state = if cfg!(feature = "hydrate") { self.0.try_get().flatten() } else { None };
        let state = state.map(TabState::title);
        let parts = state.as_deref().into_iter().chain(Some(page).filter(|page| !page.is_empty()));
        let title = parts.chain(Some(PRODUCT)).collect::<Vec<_>>().join(BETWEEN);
        // Leptos does not escape the title in the document. The browser sets it as text.
        if cfg!(feature = "ssr") { markup::escaped(&title).into_owned() } else { title }
    }
}

/// A title that follows a memo; on the server its first value, see [`Tab::title`].
pub(crate) fn title_of(text: Memo<String>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let first = text.get_untracked();
    move || {
        let now = if cfg!(feature = "hydrate") { text.try_get() } else { None };
        now.unwrap_or_else(|| first.clone())
    }
}

/// Shows a job's progress in the tab, while it is on the page. Renders nothing.
#[component]
pub(crate) fn TabProgress(
    /// The job.
    #[prop(into)]
    job: Signal<JobSummary>,
) -> impl IntoView {
    let Tab(state) = use_tab();
    let newest = Memo::new(move |_| job.with(TabState::of));
    Effect::new(move |was_running: Option<bool>| {
        let now = newest.get();
        let is_running = matches!(now, Some(TabState::Running { .. }));
        // How it ended is shown only if the user did not see it.
        let is_news = was_running == Some(true) && dom::is_hidden();
        let shown = if is_running || is_news { now } else { None };
        if state.try_get_untracked() != Some(shown) {
            state.set(shown);
        }
        is_running
    });
    dom::on_visible(move || {
        state.try_update(|state| {
            if matches!(state, Some(TabState::Ended { .. })) {
                *state = None;
            }
        });
    });
    on_cleanup(move || {
        state.try_set(None);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(succeeded: u64, failed: u64, queued: u64, title: Option<&str>) {
        let outcomes = Outcomes { succeeded, failed, queued, ..Outcomes::default() };
        let state = percent(&outcomes).map(|percent| TabState::Running { percent, has_problems: failed > 0 });
        assert_eq!(state.map(TabState::title).as_deref(), title, "{outcomes:?}");
    }

    #[test]
    fn progress_in_the_title() {
        check(0, 0, 0, None);
        check(0, 0, 8, Some("0 %"));
        check(611, 1, 388, Some("61 %"));
        check(999, 0, 1, Some("99 %"));
        check(999, 1, 0, Some("100 %"));
        assert_eq!(TabState::Ended { label: "Completed", end: End::Good }.title(), "Completed");
    }

    /// As the server's renderer does: on another thread and without an owner.
    #[test]
    fn a_title_is_rendered_where_no_signal_can_be_read() {
        let owner = Owner::new();
        let (tab, title) =
            owner.with(|| (Tab(RwSignal::new(None)), title_of(Memo::new(|_| "door-0001".to_owned()))));
        let state = std::thread::spawn(move || tab.title(&title())).join().unwrap();
        assert_eq!(state, "door-0001 · Fleetcast");
    }

    #[test]
    fn icons_differ() {
        let half = TabState::Running { percent: 50, has_problems: false }.icon();
        assert!(half.contains("stroke-dasharray='22.0 44.0'"), "{half}");
        let ended = |end| TabState::Ended { label: "", end };
        let icons = [
            TabState::Running { percent: 51, has_problems: false },
            ended(End::Good),
            ended(End::Bad),
            ended(End::Neutral),
        ]
        .map(TabState::icon);
        for (place, icon) in icons.iter().enumerate() {
            assert!(*icon != half && !icons[..place].contains(icon), "{icon}");
        }
    }
}
