//! `/jobs/{id}/compare`: a job beside an earlier run: which devices changed their outcome. The address says with which run,
//! and which devices are listed.

mod devices;
mod table;

use console_wire::run_compare::{Comparison, Place, Run};
use hub_wire::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::{devices::Devices, table::Outcomes};
use super::not_found::NotThere;
use crate::{
    api::compare::{CompareKey, CompareView, compare_runs},
    data::read::{ReadOptions, use_read},
    format::{compare, number::devices as count_devices, time},
    forms::SearchForm,
    kit::{ErrorPanel, Icon, JobLink, PollBadge, TimeFormat, TimeText, UnknownParams, title_of},
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5_000;
/// What the address may have.
const PARAMS: [&str; 4] = ["with", "from", "to", "after"];

/// The page.
#[component]
pub(crate) fn JobComparePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = Memo::new(move |_| {
        let part = |name: &str| query.with(|query| query.get(name).unwrap_or_default());
        let place = |name: &str| state(&part(name));
        CompareKey {
            job_id: params.with(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned()),
            with: part("with"),
            from: place("from"),
            to: place("to"),
            after: part("after"),
        }
    });
    let unknown = Memo::new(move |_| {
        query.with(|query| {
            let is_place = |word: &str| Place::from_wire(word).is_some();
            let wrong = ["from", "to"].into_iter().filter_map(|name| paths::unknown(query, name, is_place));
            wrong.chain(paths::unknown_names(query, &PARAMS)).collect::<Vec<_>>()
        })
    });
    // Two runs that have ended change no more.
    let options = ReadOptions::every(POLL).only_while(may_change);
    let read = use_read(Signal::derive(move || Some(key.get())), options, compare_runs);
    let view = Memo::new(move |before: Option<&Option<CompareView>>| {
        let key = key.get();
        let newest = read
            .good()
            .with(|good| good.as_ref().filter(|good| good.key == key).map(|good| good.value.clone()));
        // The next view of the same job replaces this one when it is there.
        newest.or_else(|| before.cloned().flatten().filter(|before| before.run.job_id == key.job_id))
    });
    let failed = Memo::new(move |_| read.error().filter(|_| view.with(Option::is_none)));
    let title = Memo::new(move |_| {
        let name = view.with(|view| view.as_ref().map(|view| view.run.name.clone()));
        format!("Compare {}", name.unwrap_or_else(|| key.with(|key| key.job_id.clone())))
    });
    view! {
        <Title text=title_of(title) />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => {
                        let title = format!("There is no job {}", key.with(|key| key.job_id.clone()));
                        view! { <NotThere title text="It may be misspelt, or it is older than 30 days." /> }.into_any()
                    }
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>"Compare runs"</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => {
                        view.get()
                            .map(|view| {
                                view! {
                                    <main class="page" id="main" tabindex="-1">
                                        <Header view=view.clone() stale_since=read.stale_since() />
                                        <UnknownParams params=unknown noun="parameter" />
                                        <Content view key=key.get() />
                                    </main>
                                }
                            })
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// A word of the address, if it is a state; else an empty text.
fn state(word: &str) -> String {
    Place::from_wire(word).map_or_else(String::new, |place| place.as_str().to_owned())
}

fn may_change(view: &CompareView) -> bool {
    let has_ended = |comparison: &Comparison| comparison.before.has_ended && comparison.after.has_ended;
    !matches!(&view.comparison, Some(Ok(comparison)) if has_ended(comparison))
}

/// Name, both runs, and the choice of another one.
#[component]
fn Header(view: CompareView, stale_since: Signal<Option<Timestamp>>) -> impl IntoView {
    let CompareView { run, choices, comparison, as_of } = view;
    let back = paths::job(&run.job_id);
    let runs = comparison.and_then(Result::ok).map(|comparison| (comparison.before, comparison.after));
    let chosen = runs.as_ref().map(|(before, _)| before.job_id.clone()).unwrap_or_default();
    let lead = runs.map(|(before, after)| {
        view! {
            <RunPart words="earlier run" run=before as_of />
            <RunPart words="this run" run=after as_of />
        }
    });
    view! {
        <div class="page__header">
            <div>
                <div class="page__title">
                    <a class="button button--quiet button--icon button--small run__back" href=back aria-label="Back to the job">
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>"Compare runs"</h1>
                    <PollBadge stale_since />
                </div>
                <p class="page__lead">{lead}</p>
            </div>
            <Choice job_id=run.job_id choices chosen />
        </div>
    }
    .into_any()
}

#[component]
fn RunPart(words: &'static str, run: Run, as_of: Timestamp) -> impl IntoView {
    let devices = count_devices(run.outcomes.total());
    view! {
        <span>
            {words} " " <JobLink job_id=run.job_id name=run.name /> ", "
            <TimeText at=run.start_time as_of style=TimeFormat::Relative /> ", " {devices}
        </span>
    }
    .into_any()
}

/// Chooses another run.
#[component]
fn Choice(job_id: String, choices: Vec<Run>, chosen: String) -> AnyView {
    if choices.is_empty() {
        return ().into_any();
    }
    let options = choices
        .into_iter()
        .map(|run| {
            let words = format!("{}, {}", time::absolute(run.start_time, 0), run.name);
            view! {
                <option value=run.job_id.clone() selected=run.job_id == chosen>
                    {words}
                </option>
            }
        })
        .collect_view();
    view! {
        <SearchForm to=Signal::stored(paths::job_compare(&job_id, "", "", "", ""))>
            <div class="compare__choice">
                <label class="field__label" for="compare-with">
                    "Compare with (times in UTC)"
                </label>
                <select class="input" id="compare-with" name="with">
                    {options}
                </select>
                <button class="button" type="submit">
                    "Compare"
                </button>
            </div>
        </SearchForm>
    }
    .into_any()
}

/// The table and the list.
#[component]
fn Content(view: CompareView, key: CompareKey) -> AnyView {
    match view.comparison {
        None => {
            let other = if view.choices.is_empty() {
                "It is compared with a completed run before it that has the same action and condition, or with a rerun."
            } else {
                "It was run again: choose a rerun above to compare it with."
            };
            view! {
                <p class="compare__none">
                    <strong>"There is no earlier run of this job. "</strong>
                    {other}
                </p>
            }
            .into_any()
        }
        Some(Err(error)) => view! { <ErrorPanel error /> }.into_any(),
        Some(Ok(comparison)) => view! {
            <p class="compare__sentence">{compare::sentence(&comparison)}</p>
            <div class="compare__columns">
                <Outcomes comparison=comparison.clone() key=key.clone() />
                <Devices comparison key />
            </div>
        }
        .into_any(),
    }
}
