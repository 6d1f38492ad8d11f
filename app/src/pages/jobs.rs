//! `/jobs`: find a job, see what runs, stop it before it starts.
//!
//! The address is the view: [`JobsQuery`] reads and writes it, and `state` follows it. Head, tabs and filters stay as
//! they are while rows are read. A page of rows is read once; from then on the rows take their news from the stream and
//! keep their places, and jobs that have come since are offered.

pub(crate) mod empty;
mod filter_bar;
mod first_job;
mod nothing;
mod row;
mod state;
mod table;

use console_wire::job::{JobSummary, JobTab};
use futures::FutureExt as _;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{job_list::JobsView, jobs::CancelJob},
    components::{CancelDialog, ErrorPanel, Icon, Ignored, StaleNotice},
    jobs_query::JobsQuery,
    live::{Live, use_live},
    paths,
    present::number::{counted, grouped},
    reactive::memo,
};
use empty::empty_part;
use filter_bar::FilterBar;
use state::{Jobs, Told, read};
use table::{JobsTable, Skeleton};

/// The jobs page.
#[component]
pub(crate) fn JobsPage() -> impl IntoView {
    let params = use_query_map();
    let address = memo(move || params.with(JobsQuery::from_params));
    let view = memo(move || address.with(|(view, _)| view.clone()));
    let live = use_live();
    let cancel = ServerAction::<CancelJob>::new();
    let asked = RwSignal::new(None::<JobSummary>);
    let begun = StoredValue::new(view.get_untracked());
    let first = Resource::new(|| (), move |()| read(begun.get_value()));
    view! {
        <Title text="Jobs" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=move || view! { <Loading view /> }>
                {move || Suspend::new(async move {
                    let told = Told { read: first.await, asked: begun.get_value() };
                    let jobs = Jobs::follow(view, live, told);
                    let ignored = memo(move || address.with(|(_, ignored)| ignored.clone()));
                    view! { <Loaded jobs ignored asked /> }
                })}
            </Suspense>
            <CancelDialog asked action=cancel />
        </main>
    }
    .into_any()
}

/// The page with its first data.
#[component]
fn Loaded(
    jobs: Jobs,
    /// What in the address means nothing.
    ignored: Memo<Vec<String>>,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let Jobs { view, live, told, refresh } = jobs;
    let is_first = memo(move || jobs.is_first());
    view! {
        <Header jobs />
        <Tabs jobs view />
        {move || (!is_first.get()).then(|| view! { <FilterBar jobs /> })}
        <StaleNotice live />
        <Ignored words=ignored what="The list" />
        {move || {
            let Told { asked: shown, read } = told.get();
            match read {
                Ok(read) => {
                    view! {
                        <NewerJobs live jobs=read.jobs.clone() view refresh />
                        <List read shown jobs asked />
                    }
                        .into_any()
                }
                Err(error) => view! { <ErrorPanel error /> }.into_any(),
            }
        }}
    }
    .into_any()
}

/// The rows and the way to more of them; what is said where there are none.
#[component]
fn List(
    read: JobsView,
    /// What these rows are a page of; the address may already be on its way to another.
    shown: JobsQuery,
    jobs: Jobs,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let is_first_page = shown.after.is_empty();
    let older = read.next_cursor.as_ref().map(|cursor| shown.after(cursor).address());
    let more = if shown.sort.is_empty() { "Older jobs" } else { "More jobs" };
    let has_list = read.first.is_none();
    let rows = if read.jobs.is_empty() {
        // Its program was fetched with the rows, or before the page was taken over, so it is there.
        empty_part(read, shown.clone()).now_or_never()
    } else {
        let JobsView { jobs: rows, as_of, .. } = read;
        Some(view! { <JobsTable jobs rows shown=shown.clone() as_of asked /> }.into_any())
    };
    view! {
        {rows}
        {has_list
            .then(|| {
                view! {
                    <nav class="data-table__foot" aria-label="Pages of jobs">
                        {(!is_first_page)
                            .then(|| {
                                view! {
                                    <a class="button button--small" href=shown.after("").address()>
                                        "First page"
                                    </a>
                                }
                            })}
                        {older
                            .map(|href| {
                                view! {
                                    <a class="button button--small" href=href rel="next">
                                        {more}
                                    </a>
                                }
                            })}
                    </nav>
                }
            })}
    }
    .into_any()
}

/// Title and the way to a new job.
#[component]
fn Header(
    /// What is known, if anything is. The page's one primary button is this one, but for an offer of a first job.
    #[prop(optional, into)]
    jobs: Option<Jobs>,
) -> impl IntoView {
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Jobs"</h1>
            </div>
            <div class="page__actions">
                <a class="button" class:button--primary=move || !jobs.is_some_and(Jobs::is_first) href=paths::JOB_NEW>
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

/// The lists with their counts, once they are known; the filters go with them.
#[component]
fn Tabs(#[prop(optional, into)] jobs: Option<Jobs>, view: Memo<JobsQuery>) -> impl IntoView {
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
                <span class="tabs__count">{move || jobs.and_then(Jobs::counts).map(|counts| grouped(counts.get(item)))}</span>
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
    let newer = memo(move || {
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
        <Header />
        <Tabs view />
        <Skeleton />
    }
    .into_any()
}
