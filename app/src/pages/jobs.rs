//! `/jobs`: the list of jobs.
//!
//! The address is the view: [`JobsQuery`] reads and writes it, and `state` follows it. Title, tabs and filters stay in
//! place while rows are read. A page of rows is read once; after that the event stream updates the rows in place, and
//! newer jobs are offered by a button.

mod filter_bar;
pub(super) mod first_job;
mod first_run;
mod no_matches;
mod row;
mod state;
mod table;

use console_wire::{
    access::Action,
    job::{JobSummary, JobTab},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    account::use_account,
    api::{job_list::JobsView, jobs::CancelJob},
    data::live::use_live,
    format::number::{count_noun, grouped},
    jobs_query::JobsQuery,
    kit::{ErrorPanel, Icon, PermissionNote, UnknownParams},
    layout::StaleNotice,
    pages::cancel_dialog::CancelDialog,
    paths,
};
use filter_bar::FilterBar;
use first_run::EmptyList;
use state::{Jobs, JobsAnswer};
use table::{JobsTable, Skeleton};

/// The jobs page.
#[component]
pub(crate) fn JobsPage() -> impl IntoView {
    let params = use_query_map();
    let address = Memo::new(move |_| params.with(JobsQuery::from_params));
    let view = Memo::new(move |_| address.with(|(view, _)| view.clone()));
    let unknown = Memo::new(move |_| address.with(|(_, unknown)| unknown.clone()));
    let jobs = Jobs::follow(view, use_live());
    let cancel = ServerAction::<CancelJob>::new();
    let to_cancel = RwSignal::new(None::<JobSummary>);
    view! {
        <Title text="Jobs" />
        <main class="page" id="main" tabindex="-1">
            <Suspense fallback=move || view! { <Loading view /> }>
                {move || Suspend::new(async move {
                    jobs.read.ready().await;
                    view! { <Loaded jobs unknown to_cancel /> }
                })}
            </Suspense>
            <CancelDialog
                to_cancel
                job=Signal::derive(move || to_cancel.get().map(|job| jobs.live.newest(&job)))
                action=cancel
            />
        </main>
    }
    .into_any()
}

/// The page with its first data.
#[component]
fn Loaded(
    jobs: Jobs,
    /// Parameters of the address that are unknown.
    unknown: Memo<Vec<String>>,
    /// The job that the cancel dialog is about.
    to_cancel: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let Jobs { view, live, read } = jobs;
    let is_first = Memo::new(move |_| jobs.is_first());
    view! {
        <Header jobs />
        <Tabs jobs view />
        {move || (!is_first.get()).then(|| view! { <FilterBar jobs /> })}
        <StaleNotice live />
        <UnknownParams params=unknown />
        {move || {
            let JobsAnswer { key: shown, result } = read.answer().get()?;
            Some(
                match result {
                    Ok(read) => {
                        view! {
                            <NewerJobs listed=read.jobs.clone() jobs />
                            <List read shown jobs to_cancel />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorPanel error retry=jobs.read.retry() /> }.into_any(),
                },
            )
        }}
    }
    .into_any()
}

/// The rows with links to the next and the first page; without rows, why there are none.
#[component]
fn List(
    read: JobsView,
    /// The view that these rows are a page of; the address may name another already.
    shown: JobsQuery,
    jobs: Jobs,
    to_cancel: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let is_first_page = shown.after.is_empty();
    let older = read.next_cursor.as_ref().map(|cursor| shown.after(cursor).address());
    // Only finished jobs in their groups go on with older ones.
    let is_by_age = shown.sort.is_empty() && matches!(shown.job_tab(), JobTab::All | JobTab::Finished);
    let more = if is_by_age { "Older jobs" } else { "More jobs" };
    let has_list = read.first.is_none() && read.unknown.is_none();
    let rows = if read.jobs.is_empty() {
        view! { <EmptyList read shown=shown.clone() jobs /> }.into_any()
    } else {
        let JobsView { jobs: rows, as_of, .. } = read;
        view! { <JobsTable jobs rows shown=shown.clone() as_of to_cancel /> }.into_any()
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

/// Title and the button for a new job.
#[component]
fn Header(
    /// What was read, if anything. Where a first job is offered, that offer has the page's primary button.
    #[prop(optional, into)]
    jobs: Option<Jobs>,
) -> impl IntoView {
    let button = if use_account().may(Action::JobCreate) {
        view! {
            <a class="button" class:button--primary=move || !jobs.is_some_and(Jobs::is_first) href=paths::JOB_NEW>
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
    view! {
        <div class="page__header">
            <div class="page__title">
                <h1>"Jobs"</h1>
            </div>
            <div class="page__actions">{button}</div>
        </div>
    }
    .into_any()
}

/// The lists with their counts, once these are known. Their links keep the filters.
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

/// Offers to show jobs of this view that were created since the page was read. They do not move the rows by themselves.
#[component]
fn NewerJobs(listed: Vec<JobSummary>, jobs: Jobs) -> impl IntoView {
    let Jobs { view, live, read } = jobs;
    let newest = listed.iter().map(|job| job.created_time).max();
    let newer = Memo::new(move |_| {
        view.with(|view| {
            live.others(|job| {
                newest.is_some_and(|newest| job.created_time <= newest)
                    || listed.iter().any(|known| known.job_id == job.job_id)
                    || !view.matches(job)
            })
        })
    });
    view! {
        <Show when=move || view.with(|view| view.after.is_empty()) && newer.get().gt(&0)>
            <p class="newer">
                <button class="link" type="button" on:click=move |_| read.refetch()>
                    {move || format!("Show {}", count_noun(newer.get() as u64, "newer job", "newer jobs"))}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

/// The page before its first data: title, tabs and placeholder rows.
#[component]
fn Loading(view: Memo<JobsQuery>) -> impl IntoView {
    view! {
        <Header />
        <Tabs view />
        <Skeleton />
    }
    .into_any()
}
