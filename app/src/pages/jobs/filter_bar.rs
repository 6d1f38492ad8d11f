//! The filter bar: the query string itself, readable and editable. Tokens can be typed, edited and removed; without
//! scripts it is a plain form, and what is typed is understood all the same.

use console_wire::job::JobTab;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::state::Jobs;
use crate::{
    format::number::{count_noun, grouped},
    jobs_query::{JobsQuery, KEYS, ORDERS, token},
    kit::{CopyButton, Icon, Menu, dom},
    layout::LiveBadge,
    paths,
};

/// The bar.
#[component]
pub(super) fn FilterBar(
    /// The page's state.
    jobs: Jobs,
) -> impl IntoView {
    let Jobs { view, live, .. } = jobs;
    let navigate = use_navigate();
    let text = RwSignal::new(view.with_untracked(|view| view.q.clone()));
    let words = Memo::new(move |_| view.with(|view| view.q.clone()));
    Effect::new(move |_| text.set(words.get()));
    let is_known = Memo::new(move |_| jobs.counts().is_some());
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (mut typed, unknown) = view.with_untracked(|view| view.with_search(&text.get_untracked()));
        // Tokens leave the field now, so that later typing is not lost.
        text.set(typed.q.clone());
        // Unknown tokens stay in the address, so that the page can name them.
        for token in unknown {
            if !typed.q.is_empty() {
                typed.q.push(' ');
            }
            typed.q.push_str(&token);
        }
        navigate(&typed.address(), leptos_router::NavigateOptions::default());
    };
    let edit = move |key: &'static str, value: String| {
        text.update(|text| text.insert_str(0, &format!("{} ", token(key, &value))));
        dom::focus("job-filter");
    };
    view! {
        <form
            class="filter-bar"
            action=paths::JOBS
            method="get"
            role="search"
            aria-label="Filter jobs"
            on:submit=apply
        >
            <div class="filter-bar__field">
                <span class="filter-bar__path only-wide" aria-hidden="true">
                    "/jobs?"
                </span>
                {move || {
                    let tokens = view.with(JobsQuery::tokens);
                    (!tokens.is_empty()).then(|| view! { <Tokens view=view.get() tokens edit /> })
                }}
                <input
                    class="filter-bar__input"
                    type="search"
                    id="job-filter"
                    name="q"
                    list="job-filters"
                    data-search=""
                    aria-label="Add a filter"
                    placeholder="status, action, target, device, since, longer, or words of the name"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value=text.get_untracked()
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
                <Suggestions />
                <button class="visually-hidden" type="submit">
                    "Apply filters"
                </button>
                <Show when=move || view.with(JobsQuery::is_filtered)>
                    <a
                        class="copy"
                        href=move || view.with(|view| JobsQuery::default().on_tab(view.job_tab()).address())
                        data-key="Escape"
                        aria-label="Clear all filters"
                        title="Clear all filters"
                        on:click=move |_| text.set(String::new())
                    >
                        <Icon name="x" />
                    </a>
                </Show>
                <CopyButton text=Signal::derive(dom::page_url) what="link to this view" icon="link" />
            </div>
            <Shown jobs />
            <SortBy jobs />
            <Export jobs />
            {move || is_known.get().then(|| view! { <LiveBadge live /> })}
        </form>
    }
    .into_any()
}

/// The tokens, each with its own way out; and as hidden fields, so that a plain form keeps them.
#[component]
fn Tokens(
    view: JobsQuery,
    tokens: Vec<(&'static str, String)>,
    edit: impl Fn(&'static str, String) + Copy + 'static,
) -> impl IntoView {
    let items: Vec<_> = tokens
        .into_iter()
        .enumerate()
        .map(|(index, (key, value))| {
            let href = view.without(key).address();
            let again = value.clone();
            view! {
                <li>
                    {(index > 0).then(|| view! { <span class="filter-bar__and" aria-hidden="true">"&"</span> })}
                    <span class="filter-token">
                        <input type="hidden" name=key value=value.clone() />
                        <button
                            class="filter-token__text"
                            type="button"
                            aria-label=format!("Edit {key} {value}")
                            on:click=move |_| edit(key, again.clone())
                        >
                            <span class="filter-token__key">{key} "="</span>
                            <span class="filter-token__value">{value.clone()}</span>
                        </button>
                        <a class="filter-token__remove" href=href aria-label=format!("Remove {key} {value}")>
                            <Icon name="x" />
                        </a>
                    </span>
                </li>
            }
        })
        .collect();
    view! { <ul class="filter-bar__tokens" aria-label="Active filters">{items}</ul> }.into_any()
}

/// What may be typed, for the browser to complete.
#[component]
fn Suggestions() -> impl IntoView {
    let options: Vec<_> = KEYS
        .iter()
        .flat_map(|key| key.values.iter().map(|value| token(key.name, value)))
        .map(|text| view! { <option value=text></option> })
        .collect();
    view! { <datalist id="job-filters">{options}</datalist> }.into_any()
}

/// Links to files of exactly this view.
#[component]
fn Export(jobs: Jobs) -> impl IntoView {
    let count = move || jobs.matching().map(|counts| counts.get(jobs.view.with(JobsQuery::job_tab)));
    let file = move |name: &'static str, ending: &'static str| {
        let href = move || {
            let as_of = jobs.known(|read| read.as_of)?;
            Some(jobs.view.with(|view| view.file(ending, as_of)))
        };
        view! {
            <li>
                <a class="menu__item" href=href rel="external" download="">
                    {name}
                    " "
                    <span class="menu__end">{move || count().map(|count| count_noun(count, "job", "jobs"))}</span>
                </a>
            </li>
        }
    };
    view! {
        <Menu
            button="button button--quiet"
            summary=view! {
                <Icon name="download" />
                "Export"
            }
                .into_any()
        >
            <li class="menu__note">"Exactly this view, in this order, all its pages"</li>
            {file("CSV", "csv")}
            {file("JSON", "json")}
        </Menu>
    }
    .into_any()
}

/// The orders of the list, on screens that have no room for column heads to click.
#[component]
fn SortBy(jobs: Jobs) -> impl IntoView {
    let view = jobs.view;
    let items = ORDERS.map(|(sort, label)| {
        let is_current = Memo::new(move |_| view.with(|view| view.sort == sort));
        let href = move || view.with(|view| view.in_order(sort).address());
        view! {
            <li>
                <a class="menu__item" href=href aria-current=move || is_current.get().then_some("true")>
                    {label}
                    {move || {
                        is_current.get().then(|| view! { <span class="menu__end"><Icon name="check" /></span> })
                    }}
                </a>
            </li>
        }
    });
    view! {
        <Menu
            class="menu only-narrow"
            button="button button--quiet"
            summary=view! {
                <Icon name="chevrons-up-down" />
                "Sort by"
            }
                .into_any()
        >
            {items.into_iter().collect_view()}
        </Menu>
    }
    .into_any()
}

/// How many jobs the view shows, of how many; empty while that is unknown.
#[component]
fn Shown(jobs: Jobs) -> impl IntoView {
    let shown = move || {
        let (matching, counts) = jobs.matching().zip(jobs.counts())?;
        let count = matching.get(jobs.view.with(JobsQuery::job_tab));
        let all = counts.get(JobTab::All);
        let jobs = if all == 1 { "job" } else { "jobs" };
        let rest = if count == all { format!(" {jobs}") } else { format!(" of {} {jobs}", grouped(all)) };
        Some(view! {
            <strong>{grouped(count)}</strong>
            {rest}
        })
    };
    view! {
        <span class="filter-bar__result" role="status">
            {shown}
        </span>
    }
    .into_any()
}
