//! `/jobs`: find a job, see what runs, stop it before it starts.

mod first_job;
mod table;

use console_wire::job::{JobCounts, JobSummary, JobTab};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Form, hooks::use_query_map};

use crate::{
    api::{
        ApiError,
        jobs::{CancelJob, JobsView, list_jobs},
    },
    components::{CancelDialog, ErrorPanel, Icon, LiveBadge, StaleNotice},
    live::{Live, use_live},
    paths,
    present::number::{counted, grouped},
};
use first_job::FirstJobOffer;
use table::JobsTable;

/// The jobs page.
#[component]
pub(crate) fn JobsPage() -> impl IntoView {
    let query = use_query_map();
    let parameter =
        move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name)).unwrap_or_default());
    let (tab, words, after) = (parameter("tab"), parameter("q"), parameter("after"));
    let live = use_live();
    let refresh = RwSignal::new(0_u32);
    let cancel = ServerAction::<CancelJob>::new();
    let asked = RwSignal::new(None::<JobSummary>);
    let jobs = Resource::new(
        move || (tab.get(), words.get(), after.get(), refresh.get(), live.missed(), cancel.version().get()),
        |(tab, q, after, ..)| list_jobs(tab, q, after),
    );
    view! {
        <Title text="Jobs" />
        <main class="page" id="main" tabindex="-1">
            <Transition>
                {move || Suspend::new(async move {
                    let tab = JobTab::from_wire(&tab.get()).unwrap_or_default();
                    match jobs.await {
                        Ok(view) => {
                            live.open(paths::EVENTS.to_owned(), view.sequence);
                            view! { <Loaded view tab words after live refresh asked /> }.into_any()
                        }
                        Err(error) => view! { <Failed error tab words /> }.into_any(),
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
    view: JobsView,
    tab: JobTab,
    words: Memo<String>,
    after: Memo<String>,
    live: Live,
    refresh: RwSignal<u32>,
    asked: RwSignal<Option<JobSummary>>,
) -> impl IntoView {
    let read = view.counts;
    let counts = Signal::derive(move || live.counts().unwrap_or(read));
    if let Some(first) = view.first {
        let as_of = view.as_of;
        return view! {
            <Header is_primary=false />
            <Tabs counts tab words />
            <NewerJobs live jobs=Vec::new() is_first_page=true refresh />
            <FirstJobOffer first as_of />
        }
        .into_any();
    }
    let is_first_page = after.with_untracked(String::is_empty);
    let is_empty = view.jobs.is_empty();
    let older = view.next_cursor.map(|cursor| {
        let tab = if tab == JobTab::All { "" } else { tab.as_str() };
        paths::with_query(paths::JOBS, &[("tab", tab), ("q", &words.get_untracked()), ("after", &cursor)])
    });
    let jobs = view.jobs;
    let as_of = view.as_of;
    view! {
        <Header is_primary=true />
        <Tabs counts tab words />
        <div class="filter-bar">
            <Filter tab words />
            <LiveBadge live />
        </div>
        <StaleNotice live />
        <NewerJobs live jobs=jobs.clone() is_first_page refresh />
        {if is_empty {
            view! { <NothingMatches tab words /> }.into_any()
        } else {
            view! { <JobsTable jobs tab as_of live asked /> }.into_any()
        }}
        <nav class="data-table__foot" aria-label="Pages of jobs">
            {(!is_first_page).then(|| {
                let tab = if tab == JobTab::All { "" } else { tab.as_str() };
                let href = paths::with_query(paths::JOBS, &[("tab", tab), ("q", &words.get_untracked())]);
                view! {
                    <a class="button button--small" href=href>
                        "Newest jobs"
                    </a>
                }
            })}
            {older.map(|href| {
                view! {
                    <a class="button button--small" href=href>
                        "Older jobs"
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
                </a>
            </div>
        </div>
    }
    .into_any()
}

/// The lists with their counts; the search goes with them.
#[component]
fn Tabs(#[prop(into)] counts: Signal<JobCounts>, tab: JobTab, words: Memo<String>) -> impl IntoView {
    let items = JobTab::ALL.map(|item| {
        let name = match item {
            JobTab::Running => "Running",
            JobTab::Scheduled => "Scheduled",
            JobTab::Finished => "Finished",
            JobTab::All => "All",
        };
        let word = if item == JobTab::All { "" } else { item.as_str() };
        let href = move || paths::with_query(paths::JOBS, &[("tab", word), ("q", &words.get())]);
        view! {
            <a class="tabs__item" href=href aria-current=(item == tab).then_some("page")>
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

/// The search, a plain form whose content is the address.
#[component]
fn Filter(tab: JobTab, words: Memo<String>) -> impl IntoView {
    let hidden =
        (tab != JobTab::All).then(|| view! { <input type="hidden" name="tab" value=tab.as_str() /> });
    view! {
        <Form action=paths::JOBS method="GET" attr:class="filter-bar__form" attr:role="search" attr:aria-label="Filter jobs">
            {hidden}
            <div class="filter-bar__field">
                <Icon name="search" />
                <input
                    class="filter-bar__input"
                    type="search"
                    name="q"
                    aria-label="Words of the job id, the action or the target"
                    placeholder="Words of the job id, the action or the target"
                    autocomplete="off"
                    value=words.get_untracked()
                    prop:value=move || words.get()
                />
                <button class="visually-hidden" type="submit">
                    "Filter"
                </button>
            </div>
        </Form>
    }
    .into_any()
}

/// Jobs that have come since the page was read: offered, not pushed in.
#[component]
fn NewerJobs(
    live: Live,
    jobs: Vec<JobSummary>,
    is_first_page: bool,
    refresh: RwSignal<u32>,
) -> impl IntoView {
    let newest = jobs.iter().map(|job| job.created_time).max();
    let newer = Memo::new(move |_| {
        live.others(|job| {
            newest.is_some_and(|newest| job.created_time <= newest)
                || jobs.iter().any(|known| known.job_id == job.job_id)
        })
    });
    view! {
        <Show when=move || { is_first_page && newer.get() > 0 }>
            <p class="newer">
                <button class="link" type="button" on:click=move |_| refresh.update(|times| *times += 1)>
                    {move || format!("Show {}", counted(newer.get() as u64, "newer job", "newer jobs"))}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

/// The list is empty, and why.
#[component]
fn NothingMatches(tab: JobTab, words: Memo<String>) -> impl IntoView {
    let words = words.get_untracked();
    let place = match tab {
        JobTab::Running => "is running",
        JobTab::Scheduled => "is scheduled",
        JobTab::Finished => "has finished",
        JobTab::All => "is here",
    };
    let (sentence, remove) = if words.trim().is_empty() {
        let sentence = format!("No job {place} now.");
        (sentence, (tab != JobTab::All).then(|| (paths::JOBS.to_owned(), "Show all jobs".to_owned())))
    } else {
        let kept = if tab == JobTab::All { "" } else { tab.as_str() };
        let href = paths::with_query(paths::JOBS, &[("tab", kept)]);
        (
            format!("No job that {place} matches \u{201c}{words}\u{201d}."),
            Some((href, format!("Remove \u{201c}{words}\u{201d}"))),
        )
    };
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{sentence}</h2>
            {remove.map(|(href, words)| view! { <a class="button button--small" href=href>{words}</a> })}
        </section>
    }
    .into_any()
}

/// The list cannot be read; the tabs and the search stay usable.
#[component]
fn Failed(error: ApiError, tab: JobTab, words: Memo<String>) -> impl IntoView {
    view! {
        <Header is_primary=true />
        <div class="filter-bar">
            <Filter tab words />
        </div>
        <ErrorPanel error />
    }
    .into_any()
}
