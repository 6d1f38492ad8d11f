//! `/jobs`: find a job, see what runs, stop it before it starts.
//!
//! The address is the view: [`JobsQuery`] reads and writes it. A page of rows is read once; from then on the rows take
//! their news from the stream and keep their places, and jobs that have come since are offered.

pub(crate) mod empty;
mod filter_bar;
mod first_job;
mod nothing;
mod row;
mod table;

use console_wire::job::{JobCounts, JobSummary, JobTab};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{
        ApiError,
        job_list::{JobsView, list_jobs},
        jobs::CancelJob,
        latest,
    },
    components::{CancelDialog, ErrorPanel, Icon, Ignored, StaleNotice},
    jobs_query::JobsQuery,
    live::{Live, use_live},
    paths,
    present::number::{counted, grouped},
};
use empty::empty_part;
use filter_bar::FilterBar;
use table::{JobsTable, Skeleton};

/// The jobs page.
#[component]
pub(crate) fn JobsPage() -> impl IntoView {
    let params = use_query_map();
    let address = Memo::new(move |_| params.with(JobsQuery::from_params));
    let view = Memo::new(move |_| address.with(|(view, _)| view.clone()));
    let live = use_live();
    let refresh = RwSignal::new(0_u32);
    let cancel = ServerAction::<CancelJob>::new();
    let asked = RwSignal::new(None::<JobSummary>);
    // Not read again after a cancel: the row hears of it and keeps its place.
    let jobs = Resource::new(
        move || (view.get(), refresh.get(), live.missed()),
        |(view, ..)| async move {
            let read = list_jobs(view).await;
            // With all that shows it, so that nothing has to be waited for while a list gives way to another.
            #[cfg(feature = "hydrate")]
            if read.as_ref().is_ok_and(|read| read.jobs.is_empty()) {
                empty::fetch_part().await;
            }
            read
        },
    );
    view! {
        <Title text="Jobs" />
        <main class="page" id="main" tabindex="-1">
            <Transition fallback=move || view! { <Loading view /> }>
                {move || Suspend::new(async move {
                    match latest(jobs).await {
                        Ok(read) => {
                            live.open(paths::EVENTS.to_owned(), read.sequence);
                            let ignored = address.with_untracked(|(_, ignored)| ignored.clone());
                            let empty = if read.jobs.is_empty() {
                                Some(empty_part(read.clone(), view.get_untracked()).await)
                            } else {
                                None
                            };
                            view! { <Loaded read empty view ignored live refresh asked /> }.into_any()
                        }
                        Err(error) => view! { <Failed error view /> }.into_any(),
                    }
                })}
            </Transition>
            <CancelDialog asked action=cancel />
        </main>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(
    read: JobsView,
    /// What stands in the place of the rows, where there are none.
    empty: Option<AnyView>,
    view: Memo<JobsQuery>,
    ignored: Vec<String>,
    live: Live,
    refresh: RwSignal<u32>,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let counts_read = read.counts;
    let counts = Signal::derive(move || live.counts().unwrap_or(counts_read));
    if read.first.is_some() {
        return view! {
            <Header is_primary=false />
            <Tabs counts view />
            <NewerJobs live jobs=Vec::new() view refresh />
            {empty}
        }
        .into_any();
    }
    // What these rows are a page of; the address may already be on its way to another.
    let shown = view.get_untracked();
    let is_first_page = shown.after.is_empty();
    let older = read.next_cursor.as_ref().map(|cursor| shown.after(cursor).address());
    view! {
        <Header is_primary=true />
        <Tabs counts view />
        <FilterBar view matching=read.matching counts live />
        <StaleNotice live />
        <Ignored words=ignored what="The list" />
        <NewerJobs live jobs=read.jobs.clone() view refresh />
        {empty
            .unwrap_or_else(|| {
                let JobsView { jobs, as_of, .. } = read;
                view! { <JobsTable jobs shown=shown.clone() counts as_of live asked /> }.into_any()
            })}
        <nav class="data-table__foot" aria-label="Pages of jobs">
            {(!is_first_page).then(|| {
                view! {
                    <a class="button button--small" href=shown.after("").address()>
                        "First page"
                    </a>
                }
            })}
            {older.map(|href| {
                view! {
                    <a class="button button--small" href=href rel="next">
                        {if shown.sort.is_empty() { "Older jobs" } else { "More jobs" }}
                    </a>
                }
            })}
        </nav>
    }
    .into_any()
}

/// Title and the way to a new job.
#[component]
fn Header(
    /// Whether this is the page's one primary button.
    is_primary: bool,
) -> impl IntoView {
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Jobs"</h1>
            </div>
            <div class="page__actions">
                <a class=if is_primary { "button button--primary" } else { "button" } href=paths::JOB_NEW>
                    <Icon name="plus" />
                    "New job"
                    <kbd class="key button__key needs-scripts" aria-hidden="true">
                        "n"
                    </kbd>
                </a>
            </div>
        </div>
    }
    .into_any()
}

/// The lists with their counts; the filters go with them.
#[component]
fn Tabs(#[prop(into)] counts: Signal<JobCounts>, view: Memo<JobsQuery>) -> impl IntoView {
    let items = JobTab::ALL.map(|item| {
        let name = match item {
            JobTab::Running => "Running",
            JobTab::Scheduled => "Scheduled",
            JobTab::Finished => "Finished",
            JobTab::All => "All",
        };
        let href = move || view.with(|view| view.on_tab(item).address());
        let current = move || view.with(|view| view.job_tab() == item).then_some("page");
        view! {
            <a class="tabs__item" href=href aria-current=current>
                {name}
                " "
                <span class="tabs__count">{move || grouped(counts.get().get(item))}</span>
            </a>
        }
    });
    view! {
        <nav class="tabs tabs--bleed" aria-label="Job lists">
            {items.into_iter().collect_view()}
        </nav>
    }
    .into_any()
}

/// Jobs that have come since the page was read and belong into its view: offered, not pushed in.
#[component]
fn NewerJobs(
    live: Live,
    jobs: Vec<JobSummary>,
    view: Memo<JobsQuery>,
    refresh: RwSignal<u32>,
) -> impl IntoView {
    let newest = jobs.iter().map(|job| job.created_time).max();
    let newer = Memo::new(move |_| {
        view.with(|view| {
            live.others(|job| {
                newest.is_some_and(|newest| job.created_time <= newest)
                    || jobs.iter().any(|known| known.job_id == job.job_id)
                    || !view.holds(job)
            })
        })
    });
    view! {
        <Show when=move || view.with(|view| view.after.is_empty()) && newer.get().gt(&0)>
            <p class="newer">
                <button class="link" type="button" on:click=move |_| refresh.update(|times| *times += 1)>
                    {move || format!("Show {}", counted(newer.get() as u64, "newer job", "newer jobs"))}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

/// The page before its first data: its frame, and rows to come.
#[component]
fn Loading(view: Memo<JobsQuery>) -> impl IntoView {
    view! {
        <Header is_primary=true />
        <Tabs counts=JobCounts::default() view />
        <Skeleton />
    }
    .into_any()
}

/// The list cannot be read; the tabs and the filters stay usable.
#[component]
fn Failed(error: ApiError, view: Memo<JobsQuery>) -> impl IntoView {
    view! {
        <Header is_primary=true />
        <FilterBar view />
        <ErrorPanel error />
    }
    .into_any()
}
