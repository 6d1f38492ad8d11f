//! The devices of the job: the list with its tools. The address says which devices and in which order.

mod auto_follow;
mod chips;
pub(super) mod grid;
mod next_failure;
mod pointer_idle;
pub(super) mod row_cache;
mod row_recycler;
mod table;
mod toolbar;

use console_wire::cause::CauseKey;
use leptos::prelude::*;

use self::{
    auto_follow::AutoFollow, grid::Grid, next_failure::NextFailure, row_cache::RowCache, table::Table,
    toolbar::Toolbar,
};
pub(super) use self::{chips::Chips, pointer_idle::PointerIdle};
use super::{
    context::{JobPage, RowsKey, use_job_page},
    printed::PrintedRows,
    snapshots::FIRST,
    url_state::UrlState,
};
use crate::{
    api::{job_results::ResultView, job_snapshot::JobSnapshot},
    data::read::Good,
    error::ApiError,
    format::{
        landing,
        rows::{self, Known},
    },
    kit::{ErrorPanel, Icon, dom},
};

/// What the section shows below its tools.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    /// The rows of this view.
    Rows(RowsKey),
    /// Why there are none.
    Failed(RowsKey, ApiError),
}

impl Shown {
    /// What the newest snapshot shows. One without rows leaves those of the same view on the page.
    fn of(before: Option<&Self>, good: &Good<RowsKey, JobSnapshot>) -> Option<Self> {
        let key = good.key.clone();
        match &good.value.rows {
            Some(Ok(_)) => Some(Self::Rows(key)),
            Some(Err(error)) => Some(Self::Failed(key, error.clone())),
            None => before.cloned(),
        }
    }
}

/// The list with its tools.
#[component]
pub(super) fn Results() -> impl IntoView {
    let JobPage { job, url, snapshots, grid, first, insight, .. } = use_job_page();
    let (section, follows) = (snapshots.rows.section, snapshots.rows.follows);
    // The order that the server uses where the address names none.
    let is_over = job.with_untracked(|job| job.status.is_terminal());
    let default = if is_over { "problems" } else { "latest" };
    Effect::new(move |_| {
        // The server does not know the remembered order, so the first frame has the default.
        if dom::is_hydrated() {
            url.remembered.set(toolbar::remembered_order(is_over, default));
        }
    });
    let order = Memo::new(move |_| match url.rows.with(|rows| rows.order.clone()) {
        order if order.is_empty() => grid.get().and_then(Grid::order).unwrap_or_else(|| default.to_owned()),
        order => order,
    });
    // The snapshot's count where it knows one, since the rows may be older.
    let note = move || {
        let counted = job.with(|job| {
            insight.with(|insight| {
                url.rows.with(|view| Known { outcomes: &job.outcomes, causes: &insight.causes }.count(view))
            })
        });
        let shown = grid.get().and_then(|grid| grid.rows.try_with(RowCache::total));
        let all = job.with(|job| job.outcomes.total());
        rows::note(all, counted.or(shown), url.rows.with(ResultView::is_filtered))
    };
    let shown = Memo::new(move |before: Option<&Option<Shown>>| {
        let before = before.and_then(Option::as_ref);
        snapshots.reading.good().with(|good| Shown::of(before, good.as_ref()?))
    });
    let content = move || {
        let is_of_this_job = |key: &RowsKey| first.with_value(|first| first.job_id == key.job_id);
        match shown.get()? {
            Shown::Rows(key) if is_of_this_job(&key) => {
                let grid = snapshots.reading.good().with_untracked(|good| {
                    let read = good.as_ref().map(|good| &good.value)?;
                    let window = read.rows.as_ref()?.as_ref().ok()?;
                    Some(Grid::new(key, window, &read.job))
                })?;
                Some(view! { <Rows grid /> }.into_any())
            }
            Shown::Failed(key, error) if is_of_this_job(&key) => {
                Some(view! { <ErrorPanel error retry=snapshots.reading.retry() /> }.into_any())
            }
            _ => None,
        }
    };
    view! {
        <section class="panel run__section" aria-labelledby="devices-title" node_ref=section>
            <div class="panel__header">
                <h2 class="panel__title" id="devices-title">
                    "Devices "
                    <span class="panel__note">{note}</span>
                </h2>
                <Offer follows />
                <div class="panel__tools">
                    <Toolbar order />
                    <AutoFollow order follows />
                    <NextFailure />
                </div>
            </div>
            <Filters />
            {content}
        </section>
    }
    .into_any()
}

/// Offers to show results that are newer than the rows, and after the end to put problems first, as a page that is opened
/// then does. Both move rows, so they wait for a click unless the user is not in the list.
#[component]
fn Offer(follows: RwSignal<bool>) -> impl IntoView {
    let JobPage { job, url, snapshots, grid, shows_end, .. } = use_job_page();
    let newer = Memo::new(move |_| grid.get().map_or(0, |grid| grid.newer(job)));
    // Only where the list has begun with the order of a running job, and the address names none.
    let has_ended_here = !shows_end.get_untracked();
    let is_out_of_order = Memo::new(move |_| {
        let is_latest = grid.get().and_then(Grid::order).is_some_and(|order| order == "latest");
        has_ended_here
            && is_latest
            && url.rows.with(|rows| rows.order.is_empty())
            && job.with(|job| job.status.is_terminal() && job.has_problems())
    });
    let put_problems_first = move || {
        let remembered = toolbar::remembered_order(true, "problems");
        url.remembered.set(if remembered.is_empty() { "problems".to_owned() } else { remembered });
    };
    Effect::new(move |_| {
        let is_free = shows_end.get() && is_out_of_order.get();
        if is_free && grid.get_untracked().is_some_and(|grid| snapshots.rows.is_free(grid)) {
            put_problems_first();
        }
    });
    let shows_newer = Memo::new(move |_| newer.get() > 0 && !follows.get());
    view! {
        <button
            class="link run__newer"
            type="button"
            hidden=move || !shows_newer.get()
            on:click=move |_| snapshots.show_newer()
        >
            {move || rows::newer(newer.get())}
        </button>
        <button
            class="link run__newer"
            type="button"
            hidden=move || shows_newer.get() || !is_out_of_order.get()
            on:click=move |_| put_problems_first()
        >
            "Show problems first"
        </button>
    }
    .into_any()
}

/// One view's rows; without rows, why there are none.
#[component]
fn Rows(grid: Grid) -> impl IntoView {
    let JobPage { job, url, snapshots, grid: on_page, .. } = use_job_page();
    grid.follow(url, job, snapshots);
    Effect::new(move |_| on_page.set(Some(grid)));
    let is_empty = Memo::new(move |_| grid.rows.with(|rows| rows.total() == 0));
    let why_empty = move || {
        if url.rows.with(ResultView::is_filtered) {
            "No device of this job matches."
        } else if job.with(|job| job.status.is_terminal()) {
            "No device matched when it started."
        } else if job.with(|job| job.outcomes.total()) > 0 {
            "Loading the devices."
        } else {
            "Devices appear here once the hub has counted them."
        }
    };
    view! {
        {move || {
            grid.failed
                .get()
                .map(|error| {
                    view! {
                        <ErrorPanel error />
                        <p>
                            <button class="button button--small" type="button" on:click=move |_| grid.retry()>
                                <Icon name="refresh-cw" />
                                "Try again"
                            </button>
                        </p>
                    }
                })
        }}
        {move || {
            if is_empty.get() {
                view! { <p class="empty-state__text results__none">{move || why_empty().to_owned()}</p> }.into_any()
            } else {
                view! { <Table grid /> }.into_any()
            }
        }}
        <PrintedRows />
        <MoreRows grid />
    }
    .into_any()
}

/// Links to the next and the previous rows, for a page without scripts.
#[component]
fn MoreRows(grid: Grid) -> impl IntoView {
    let url = use_job_page().url;
    let at = url.offset.get_untracked();
    let total = grid.rows.with_untracked(RowCache::total);
    let address = move |at: u64| {
        let address = url.with_untracked(|state| state.device.clear());
        let separator = if address.contains('?') { '&' } else { '?' };
        if at == 0 { address } else { format!("{address}{separator}at={at}") }
    };
    let first = u64::from(FIRST);
    view! {
        <nav class="data-table__foot only-without-scripts" aria-label="Pages of results">
            {(at > 0)
                .then(|| {
                    view! {
                        <a class="button button--small" href=address(at.saturating_sub(first))>
                            "Previous devices"
                        </a>
                    }
                })}
            {(at + first < total)
                .then(|| {
                    view! {
                        <a class="button button--small" href=address(at + first)>
                            "More devices"
                        </a>
                    }
                })}
        </nav>
    }
    .into_any()
}

/// The filters that the chips do not show: a cause, a cell. Each can be removed.
#[component]
fn Filters() -> impl IntoView {
    let url = use_job_page().url;
    let token = move |words: String, without: fn(&mut UrlState)| {
        let label = format!("Remove {words}");
        view! {
            <li class="filter-token">
                <span>{words}</span>
                <a
                    class="filter-token__remove"
                    href=move || url.with(without)
                    aria-label=label
                    data-key="Escape"
                    data-noscroll=true
                >
                    <Icon name="x" />
                </a>
            </li>
        }
    };
    let cause = move || {
        let cause = url.rows.with(|rows| rows.cause.clone());
        (!cause.is_empty()).then(|| {
            let key = CauseKey::from_text(&cause);
            token(format!("cause {} {}", key.code, key.message).trim().to_owned(), |state| {
                state.rows.cause.clear();
            })
        })
    };
    let cell = move || {
        let cell = url.rows.with(|rows| rows.cell.parse::<u32>().ok());
        cell.map(|cell| token(landing::cell_name(cell), |state| state.rows.cell.clear()))
    };
    let is_on = move || url.rows.with(|rows| !rows.cause.is_empty() || !rows.cell.is_empty());
    view! {
        <ul class="filter-tokens run__tokens" aria-label="Filters" hidden=move || !is_on()>
            {cause}
            {cell}
        </ul>
    }
    .into_any()
}
