//! The query, a plain form that changes the address, and the button for a job on the listed devices.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::state::{Devices, is_about_the_query};
use crate::{
    error::ApiError,
    format::query::FIXED_NAMES,
    forms::{QueryBar, QueryProblem, SearchForm},
    kit::{Condition, CopyButton, Icon, dom},
    paths,
};

/// The query that was answered last and, if it is wrong, its error.
#[derive(Debug, Clone, Copy)]
struct Refused {
    condition: Memo<String>,
    error: Memo<Option<ApiError>>,
}

impl Refused {
    fn of(devices: Devices) -> Self {
        let answer = devices.rows.answer();
        let error = devices.error();
        Self {
            condition: Memo::new(move |_| {
                answer.with(|answer| {
                    answer.as_ref().map(|answer| answer.key.condition.clone()).unwrap_or_default()
                })
            }),
            error: Memo::new(move |_| error.get().filter(is_about_the_query)),
        }
    }
}

/// The button for a job on the listed devices. Only a list that a query has narrowed makes it the page's main action; it is
/// disabled while the query is wrong or matches no device.
#[component]
pub(super) fn NewJob(devices: Devices) -> impl IntoView {
    let error = Refused::of(devices).error;
    let condition = devices.listed_condition();
    let is_none = devices.known(|good| good.key.after.is_empty() && good.value.table.rows.items.is_empty());
    let selection = devices.selection;
    let has_selection = Memo::new(move |_| selection.with(|selection| !selection.is_empty()));
    let why_not = Memo::new(move |_| match (error.with(Option::is_some), is_none.get()) {
        (true, _) => Some("Fix the query first."),
        (false, true) => Some("No device matches."),
        (false, false) => None,
    });
    let is_every = Memo::new(move |_| {
        condition.with(|condition| {
            condition.as_ref().is_none_or(|condition| condition.trim().is_empty() || condition.trim() == "*")
        })
    });
    let class = move || {
        if has_selection.get() || is_every.get() { "button" } else { "button button--primary" }
    };
    move || {
        if let Some(why_not) = why_not.get() {
            return view! {
                <span class="cluster">
                    <span class="field__hint" id="new-job-why">
                        {why_not}
                    </span>
                    <a class="button" role="link" aria-disabled="true" aria-describedby="new-job-why">
                        <Icon name="plus" />
                        "New job on these"
                    </a>
                </span>
            }
            .into_any();
        }
        let is_every = is_every.get();
        let href = move || match condition.get() {
            Some(condition) if !is_every => paths::job_new_where(&condition),
            _ => paths::JOB_NEW.to_owned(),
        };
        view! {
            <a class=class href=href>
                <Icon name="plus" />
                {if is_every { "New job" } else { "New job on these" }}
            </a>
        }
        .into_any()
    }
}

/// The form. It keeps the other parameters of the address.
#[component]
pub(super) fn Query(devices: Devices) -> impl IntoView {
    let is_interactive = dom::use_interactive();
    let navigate = use_navigate();
    let url = devices.url;
    let Refused { condition, error } = Refused::of(devices);
    let is_refused = Memo::new(move |_| error.with(Option::is_some));
    let text = RwSignal::new(condition.get_untracked());
    // An address that came another way: Back, a link, a correction.
    Effect::new(move |before: Option<String>| {
        let now = url.with(|url| url.condition.clone());
        if before.is_some_and(|before| before != now) {
            text.set(now.clone());
        }
        now
    });
    let fault = Signal::derive(move || {
        let as_refused = condition.with(|refused| text.with(|text| text == refused));
        let column = error.with(|error| error.as_ref()?.0.errors.first()?.column);
        column.filter(|_| as_refused)
    });
    let known = devices.known(|good| good.value.table.names.clone());
    let names = Signal::derive(move || {
        known.get().into_iter().chain(FIXED_NAMES.into_iter().map(str::to_owned)).collect::<Vec<_>>()
    });
    let searched = devices.searched();
    let is_plain_text = Memo::new(move |_| searched.with(Option::is_some));
    let good = url.with_untracked(|url| url.good_next(!is_refused.get_untracked()));
    let facet = move || url.with(|url| url.facet.clone());
    let columns = move || url.with(|url| url.columns.text());
    let on_fix = Callback::new(move |fixed: String| {
        let fixed = url.with_untracked(|url| url.matching(fixed).address());
        navigate(&fixed, NavigateOptions::default());
    });
    view! {
        <SearchForm to=paths::DEVICES attr:role="search" attr:aria-label="Query devices">
            <input type="hidden" name="good" value=good disabled=move || is_interactive.get() />
            <input type="hidden" name="facet" value=facet disabled=move || facet().is_empty() />
            <input
                type="hidden"
                name="refused"
                value=paths::REFUSED_LATELY
                disabled=move || !url.with(|url| url.is_refused)
            />
            <input type="hidden" name="cols" value=columns disabled=move || columns().is_empty() />
            <QueryBar
                label="Device query: a part of an id, a tag's value, or a condition"
                placeholder="an id, a tag's value, or a condition such as tags.building = '41'"
                text
                names
                error_column=fault
                is_refused
                is_plain_text
            >
                <CopyButton text what="the query" />
                <button class="button button--small" type="submit">
                    "Run "
                    <kbd class="key" aria-hidden="true">
                        "↵"
                    </kbd>
                </button>
            </QueryBar>
        </SearchForm>
        {move || {
            error.get().map(|error| view! { <QueryProblem error text=condition.get_untracked() on_fix /> })
        }}
    }
    .into_any()
}

/// Of a plain text in the query bar: the condition that it was taken for, as a link to edit it.
#[component]
pub(super) fn SearchedAs(devices: Devices) -> impl IntoView {
    let searched = devices.searched();
    move || {
        let condition = searched.get()?;
        let href = devices.url.with(|url| url.matching(condition.clone()).address());
        let title = condition.clone();
        Some(view! {
            <p class="devices__searched">
                "As a query: "
                <a class="link" href=href title=title>
                    <Condition text=condition />
                </a>
            </p>
        })
    }
}
