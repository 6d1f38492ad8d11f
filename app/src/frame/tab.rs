//! What the browser's tab says while nobody looks at the page: how far the job is, in the title and as a ring in place
//! of the icon; and how it ended, until somebody looks.

use console_wire::{job::JobSummary, outcome::Outcomes};
use leptos::prelude::*;

use crate::{
    browser,
    present::{job, number::fixed},
    reactive::memo,
};

/// The icon's circle: its radius and the length around it, in the icon's own units.
const RADIUS: f64 = 7.0;
const AROUND: f64 = std::f64::consts::TAU * RADIUS;

/// What a tab tells of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Percent of its devices that have ended, and whether any of them went wrong.
    Running { percent: u64, has_problems: bool },
    /// How it ended, in a word.
    Ended { word: &'static str, has_problems: bool },
}

impl Told {
    fn of(job: &JobSummary) -> Option<Self> {
        let has_problems = job.has_problems();
        if job.status.is_terminal() {
            return Some(Self::Ended { word: job::badge(job).word, has_problems });
        }
        let percent = percent(&job.outcomes)?;
        Some(Self::Running { percent, has_problems })
    }

    fn title(self) -> String {
        match self {
            Self::Running { percent, .. } => format!("{percent} %"),
            Self::Ended { word, .. } => word.to_owned(),
        }
    }

    /// The icon as SVG: a ring that fills, or a full disc with a tick or a cross.
    fn icon(self) -> String {
        let (Self::Running { has_problems, .. } | Self::Ended { has_problems, .. }) = self;
        let colour = if has_problems { "#d83c34" } else { "#2f9e6e" };
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
            Self::Ended { .. } => {
                let stroke = if has_problems { "M6 6l6 6M12 6l-6 6" } else { "M5.5 9.5l2.5 2.5 4.5-5.5" };
                format!(
                    "<circle cx='9' cy='9' r='9' fill='{colour}'/>\
                     <path d='{stroke}' fill='none' stroke='#fff' stroke-width='2'/>"
                )
            }
        };
        format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'>{mark}</svg>")
    }
}

/// Whole percent of the devices that have ended; never 100 before all have. None while nobody has counted them.
fn percent(outcomes: &Outcomes) -> Option<u64> {
    let (finished, total) = (outcomes.finished(), outcomes.total());
    (finished * 100).checked_div(total)
}

/// What every title ends with.
const PRODUCT: &str = "Fleetcast";
/// Between the parts of a title.
const BETWEEN: &str = " · ";

/// The page's title as the document came with it: until the page's own program is there nobody else says it, and the tab
/// would be nameless. Empty on the server, where the page says it itself.
pub(crate) fn first_title() -> String {
    let title = browser::title().unwrap_or_default();
    let page = title.strip_suffix(PRODUCT).map(|page| page.strip_suffix(BETWEEN).unwrap_or(page));
    page.unwrap_or_default().to_owned()
}

/// The tab of this page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tab(RwSignal<Option<Told>>);

/// The tab of this page.
pub(crate) fn use_tab() -> Tab {
    expect_context()
}

impl Tab {
    pub(super) fn provide() {
        let told = RwSignal::new(None::<Told>);
        Effect::new(move |was: Option<bool>| {
            let told = told.get();
            // The icon that the document came with stays alone until there is something to tell.
            if told.is_some() || was == Some(true) {
                browser::set_icon(told.map(Told::icon).as_deref());
            }
            told.is_some()
        });
        provide_context(Self(told));
    }

    /// Whether it tells of a job that runs, so that somebody may be waiting for it.
    #[cfg(feature = "hydrate")]
    pub(crate) fn is_telling(self) -> bool {
        matches!(self.0.try_get_untracked(), Some(Some(Told::Running { .. })))
    }

    /// The title of a page, with what there is to tell before it.
    pub(crate) fn title(self, page: &str) -> String {
        // The server asks for the title of a page that is done, when its signals cannot be read any more.
        let told = if cfg!(feature = "hydrate") { self.0.try_get().flatten() } else { None };
        let told = told.map(Told::title);
        let parts = told.as_deref().into_iter().chain(Some(page).filter(|page| !page.is_empty()));
        parts.chain(Some(PRODUCT)).collect::<Vec<_>>().join(BETWEEN)
    }
}

/// A page's title that changes with the page; on the server it is what it is at first, see [`Tab::title`].
pub(crate) fn title_of(text: Memo<String>) -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let first = text.get_untracked();
    move || {
        let now = if cfg!(feature = "hydrate") { text.try_get() } else { None };
        now.unwrap_or_else(|| first.clone())
    }
}

/// Lets the tab tell how a job is doing, as long as this is on the page. Shows nothing.
#[component]
pub(crate) fn TabProgress(
    /// The job.
    #[prop(into)]
    job: Signal<JobSummary>,
) -> impl IntoView {
    let Tab(told) = use_tab();
    let newest = memo(move || job.with(Told::of));
    Effect::new(move |was_running: Option<bool>| {
        let now = newest.get();
        let is_running = matches!(now, Some(Told::Running { .. }));
        // How it ended is news only for those who were not looking.
        let is_news = was_running == Some(true) && browser::is_hidden();
        let shown = if is_running || is_news { now } else { None };
        if told.try_get_untracked() != Some(shown) {
            told.set(shown);
        }
        is_running
    });
    browser::on_look(move || {
        told.try_update(|told| {
            if matches!(told, Some(Told::Ended { .. })) {
                *told = None;
            }
        });
    });
    on_cleanup(move || {
        told.try_set(None);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(succeeded: u64, failed: u64, queued: u64, title: Option<&str>) {
        let outcomes = Outcomes { succeeded, failed, queued, ..Outcomes::default() };
        let told = percent(&outcomes).map(|percent| Told::Running { percent, has_problems: failed > 0 });
        assert_eq!(told.map(Told::title).as_deref(), title, "{outcomes:?}");
    }

    #[test]
    fn progress_in_the_title() {
        check(0, 0, 0, None);
        check(0, 0, 8, Some("0 %"));
        check(611, 1, 388, Some("61 %"));
        check(999, 0, 1, Some("99 %"));
        check(999, 1, 0, Some("100 %"));
        assert_eq!(Told::Ended { word: "Completed", has_problems: false }.title(), "Completed");
    }

    /// As the server's renderer does: on any thread, and with no owner about.
    #[test]
    fn a_title_can_be_told_where_no_signal_can_be_read() {
        let owner = Owner::new();
        let (tab, title) =
            owner.with(|| (Tab(RwSignal::new(None)), title_of(Memo::new(|_| "door-0001".to_owned()))));
        let told = std::thread::spawn(move || tab.title(&title())).join().unwrap();
        assert_eq!(told, "door-0001 · Fleetcast");
    }

    #[test]
    fn icons_differ() {
        let half = Told::Running { percent: 50, has_problems: false }.icon();
        assert!(half.contains("stroke-dasharray='22.0 44.0'"), "{half}");
        let icons = [
            Told::Running { percent: 51, has_problems: false },
            Told::Ended { word: "", has_problems: false },
        ]
        .map(Told::icon);
        assert!(icons.iter().all(|icon| *icon != half) && icons[0] != icons[1]);
    }
}
