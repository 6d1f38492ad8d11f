//! The query, a plain form whose content is the address, and the way to a job on what it lists.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::state::{Devices, is_about_the_query};
use crate::{
    api::ApiError,
    browser,
    components::{Copy, Icon, QueryBar, QueryProblem, SearchForm},
    paths,
    present::query::FIXED_NAMES,
    reactive::memo,
};

/// What was asked last and what is wrong with it, if the query is.
#[derive(Debug, Clone, Copy)]
struct Refused {
    condition: Memo<String>,
    error: Memo<Option<ApiError>>,
}

impl Refused {
    fn of(devices: Devices) -> Self {
        let told = devices.told;
        let error = devices.error();
        Self {
            condition: memo(move || told.with(|told| told.asked.condition.clone())),
            error: memo(move || error.get().filter(is_about_the_query)),
        }
    }
}

/// The way to a job on what is listed; it names what it leads to, and leads nowhere while the query is wrong.
#[component]
pub(super) fn NewJob(devices: Devices) -> impl IntoView {
    let Refused { condition, error } = Refused::of(devices);
    let selection = devices.selection;
    let has_selection = memo(move || selection.with(|selection| !selection.is_empty()));
    let class = move || if has_selection.get() { "button" } else { "button button--primary" };
    move || {
        if error.with(Option::is_some) {
            return view! {
                <span class="cluster">
                    <span class="field__hint" id="new-job-why">
                        "The query has to be right first."
                    </span>
                    <a class="button" role="link" aria-disabled="true" aria-describedby="new-job-why">
                        <Icon name="plus" />
                        "New job on these"
                    </a>
                </span>
            }
            .into_any();
        }
        let condition = condition.get();
        let is_every = condition.trim().is_empty();
        view! {
            <a class=move || class() href=paths::job_new_where(if is_every { "*" } else { &condition })>
                <Icon name="plus" />
                {if is_every { "New job on every device" } else { "New job on these" }}
            </a>
        }
        .into_any()
    }
}

/// The form. What else the address says goes along.
#[component]
pub(super) fn Query(devices: Devices) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let navigate = use_navigate();
    let asked = devices.asked;
    let Refused { condition, error } = Refused::of(devices);
    let is_refused = memo(move || error.with(Option::is_some));
    let text = RwSignal::new(condition.get_untracked());
    // An address that came another way: Back, a link, a correction.
    Effect::new(move |before: Option<String>| {
        let now = asked.with(|asked| asked.condition.clone());
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
    let known = devices.known(|good| good.view.table.names.clone());
    let names = Signal::derive(move || {
        known.get().into_iter().chain(FIXED_NAMES.into_iter().map(str::to_owned)).collect::<Vec<_>>()
    });
    let good = asked.with_untracked(|asked| asked.good_next(!is_refused.get_untracked()));
    let facet = move || asked.with(|asked| asked.facet.clone());
    let columns = move || asked.with(|asked| asked.columns.text());
    let on_fix = Callback::new(move |fixed: String| {
        let fixed = asked.with_untracked(|asked| asked.matching(fixed).address());
        navigate(&fixed, NavigateOptions::default());
    });
    view! {
        <SearchForm to=paths::DEVICES attr:role="search" attr:aria-label="Query devices">
            <input type="hidden" name="good" value=good disabled=move || is_interactive.get() />
            <input type="hidden" name="facet" value=move || facet() disabled=move || facet().is_empty() />
            <input type="hidden" name="cols" value=move || columns() disabled=move || columns().is_empty() />
            <QueryBar label="Device query, the part after WHERE" text names fault is_refused>
                <Copy text what="the query" />
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
