//! `/`: the overview. What a team keeps open.
//!
//! All numbers of jobs come with one answer of the server. The event stream tells when there is a newer one; it is read at most
//! twice a second, and each ten seconds since devices connect and the time goes on. The matrix of two tags is counted by the
//! hub, and read by itself.

mod activity;
mod attention;
mod causes;
mod days;
mod figures;
mod matrix;
mod running;
mod upcoming;

use console_wire::access::Action;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::{
    activity::RecentActivity,
    attention::NeedsAttention,
    causes::Causes,
    days::DeviceJobsPerDay,
    figures::Figures,
    matrix::{Matrices, TagMatrixPanel, use_matrices},
    running::RunningNow,
    upcoming::NextDay,
};
use crate::{
    account::use_account,
    api::overview::{OverviewView, read_overview},
    data::{
        live::{Live, use_live},
        read::{ReadOptions, Reading, use_read},
    },
    format::overview::lead,
    kit::{Condition, ErrorPanel, Icon, PermissionNote, UnknownParams, clock::use_clock},
    layout::{LiveBadge, StaleNotice},
    pages::jobs::first_job::FirstJobOffer,
    paths,
};

/// Milliseconds between two reads while jobs change.
const BATCH: u64 = 500;
/// Seconds between two reads otherwise.
const REREAD: i64 = 10;
/// Parameters of the address.
const PARAMETERS: [&str; 4] = ["wall", "rows", "columns", "by"];

/// The overview.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let params = use_query_map();
    let live = use_live();
    let clock = use_clock();
    let sequence = Memo::new(move |_| live.newest_sequence());
    let reading =
        use_read(Signal::stored(Some(())), ReadOptions::every(BATCH).when_moved(sequence, 0), |()| {
            read_overview()
        });
    reading.refetch_when(move || live.missed());
    reading.refetch_when(move || clock.now().map(|now| now.unix_millis() / 1000 / REREAD));
    let matrices = use_matrices(params);
    let unknown = Memo::new(move |_| {
        params.with(|params| {
            let mut unknown = paths::unknown_names(params, &PARAMETERS);
            unknown.extend(matrix::unknown(params));
            unknown
        })
    });
    Effect::new(move |_| {
        if let Some(sequence) =
            reading.good().with(|good| good.as_ref().map(|good| good.value.overview.sequence))
        {
            live.open(paths::EVENTS.to_owned(), sequence);
        }
    });
    view! {
        <Title text="Overview" />
        <main class="page overview" id="main" tabindex="-1">
            <Suspense fallback=move || view! { <Header live facts=Signal::stored(Vec::new()) /> }>
                {move || Suspend::new(async move {
                    reading.ready().await;
                    matrices.ready().await;
                    view! { <Loaded reading live matrices unknown /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// The page with its first data.
#[component]
fn Loaded(
    reading: Reading<(), OverviewView>,
    live: Live,
    matrices: Matrices,
    /// Parameters of the address that are unknown.
    unknown: Memo<Vec<String>>,
) -> impl IntoView {
    let facts = Signal::derive(move || {
        reading.good().with(|good| good.as_ref().map(|good| lead(&good.value.overview)).unwrap_or_default())
    });
    let offers_first = Signal::derive(move || {
        reading.good().with(|good| good.as_ref().is_some_and(|good| good.value.first.is_some()))
    });
    let has_value = Memo::new(move |_| reading.good().with(Option::is_some));
    view! {
        <Header live facts offers_first />
        <StaleNotice live />
        <UnknownParams params=unknown noun="parameter" />
        <ScopeNote />
        {move || {
            if !has_value.get() {
                let error = reading.error();
                return error.map(|error| view! { <ErrorPanel error retry=reading.retry() /> }).into_any();
            }
            let first = reading.good().with_untracked(|good| good.as_ref().map(|good| good.value.clone()));
            first.map(|first| view! { <Regions view=reading.value_or(first) matrices /> }).into_any()
        }}
    }
    .into_any()
}

/// All regions below the title.
#[component]
fn Regions(view: Memo<OverviewView>, matrices: Matrices) -> impl IntoView {
    let first = Memo::new(move |_| view.with(|view| view.first.clone()));
    view! {
        <Figures view />
        {move || match first.get() {
            Some(first) => view! { <FirstJobOffer first /> }.into_any(),
            None => {
                view! {
                    <div class="overview__now">
                        <RunningNow view />
                        <NeedsAttention view />
                    </div>
                    <NextDay view />
                    <div class="overview__history">
                        <TagMatrixPanel matrices />
                        <DeviceJobsPerDay view />
                    </div>
                    <div class="overview__tail">
                        <Causes view />
                        <RecentActivity view />
                    </div>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

/// Title, what is the matter in a line, and the button for a new job.
#[component]
fn Header(
    live: Live,
    facts: Signal<Vec<String>>,
    /// Where a first job is offered, that offer has the page's primary button.
    #[prop(default = Signal::stored(false))]
    offers_first: Signal<bool>,
) -> impl IntoView {
    let button = if use_account().may(Action::JobCreate) {
        view! {
            <a class="button" class:button--primary=move || !offers_first.get() href=paths::JOB_NEW>
                <Icon name="plus" />
                "New job"
                <kbd class="key button__key needs-scripts" aria-hidden="true">
                    "n"
                </kbd>
            </a>
        }
        .into_any()
    } else {
        view! {
            <PermissionNote action=Action::JobCreate id="new-job-permission" />
            <button class="button" type="button" disabled aria-describedby="new-job-permission">
                <Icon name="plus" />
                "New job"
            </button>
        }
        .into_any()
    };
    let parts = move || facts.get().into_iter().map(|fact| view! { <span>{fact}</span> }).collect::<Vec<_>>();
    view! {
        <div class="page__header overview__header">
            <div>
                <div class="page__title">
                    <h1>"Overview"</h1>
                    <LiveBadge live />
                </div>
                <p class="page__lead">{parts}</p>
            </div>
            <div class="page__actions">{button}</div>
        </div>
    }
    .into_any()
}

/// Says to a person with a scope which figures are limited to it.
#[component]
fn ScopeNote() -> impl IntoView {
    use_account().scope().map(|scope| {
        view! {
            <p class="permission-note">
                "Connected and refused devices, and devices by two tags, are those where " <Condition text=scope />
                ". The chart of 24 hours and all figures of jobs are of the whole fleet."
            </p>
        }
    })
}

/// A heading of a region with a note beside it.
#[component]
fn PanelHeader(
    id: &'static str,
    title: &'static str,
    #[prop(into)] note: Signal<String>,
    /// Where all of it is, and what the link says.
    #[prop(optional)]
    link: Option<(String, &'static str)>,
) -> impl IntoView {
    view! {
        <div class="panel__header">
            <h2 class="panel__title" id=id>
                {title}
                " "
                <span class="panel__note">{move || note.get()}</span>
            </h2>
            {link
                .map(|(href, text)| {
                    view! {
                        <div class="panel__tools">
                            <a class="link field__hint" href=href>
                                {text}
                            </a>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// What a region will show, while there is nothing.
#[component]
fn Nothing(text: &'static str) -> impl IntoView {
    view! { <p class="overview__nothing">{text}</p> }
}
