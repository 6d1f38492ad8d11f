//! `/devices/compare?left=A&right=B`: two devices' twins side by side, differences first.

use console_wire::compare::{ComparedValue, TwinComparison};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde_json::Value;

use crate::{
    api::messages::{Compared, compare_twins},
    data::read::{Answer, ReadOptions, use_read},
    error::ApiError,
    format::number::{count_noun, grouped},
    forms::SearchForm,
    kit::{ErrorPanel, Icon, Json, PollBadge, UnknownParams},
    paths,
};

/// Time between two reads, in milliseconds.
const POLL: u64 = 5000;
/// All parameters of the page.
const PARAMETERS: [&str; 3] = ["left", "right", "show"];

/// The two devices.
type Pair = (String, String);

/// The page.
#[component]
pub(crate) fn ComparePage() -> impl IntoView {
    let query = use_query_map();
    let pair = Memo::new(move |_| {
        let id = |name: &str| query.with(|query| query.get(name)).unwrap_or_default().trim().to_owned();
        (id("left"), id("right"))
    });
    let unknown = Memo::new(move |_| {
        query.with(|query| {
            let wrong = paths::unknown(query, "show", |word| matches!(word, "differences" | "all"));
            wrong.into_iter().chain(paths::unknown_names(query, &PARAMETERS)).collect::<Vec<_>>()
        })
    });
    let key = Signal::derive(move || {
        Some(pair.get()).filter(|(left, right)| !left.is_empty() && !right.is_empty())
    });
    let read = use_read(key, ReadOptions::every(POLL), |(left, right): Pair| compare_twins(left, right));
    let result = Memo::new(move |_| {
        let wanted = key.get()?;
        let Answer { key, result } = read.answer().get()?;
        // Beside other devices in the form, the values of the ones before would mislead.
        (key == wanted).then_some(result)
    });
    let content = move || {
        result.get().map(|result| match result {
            Ok(Compared::Twins(comparison)) => view! { <Twins comparison=*comparison /> }.into_any(),
            Ok(Compared::Unknown { device_id, nearest }) => {
                view! { <Unknown device_id nearest pair=pair.get_untracked() /> }.into_any()
            }
            Err(error) => failed(error, read.retry()),
        })
    };
    view! {
        <Title text="Compare twins" />
        <main class="page device" id="main" tabindex="-1">
            <div class="page__header">
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::DEVICES
                        aria-label="Back to devices"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>"Compare twins"</h1>
                </div>
                <div class="page__actions">
                    <PollBadge stale_since=read.stale_since() />
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <Pickers pair />
            <Suspense>
                {move || Suspend::new(async move {
                    read.ready().await;
                    content
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

fn failed(error: ApiError, retry: crate::kit::Retry) -> AnyView {
    view! { <ErrorPanel error retry /> }.into_any()
}

/// The form that chooses the devices; a plain form with GET.
#[component]
fn Pickers(pair: Memo<Pair>) -> impl IntoView {
    let picker = move |id: &'static str, name: &'static str, label: &'static str, value: Memo<String>| {
        view! {
            <div class="field">
                <label class="field__label" for=id>
                    {label}
                </label>
                <input
                    class="input input--code"
                    type="text"
                    id=id
                    name=name
                    required
                    maxlength="128"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value=value.get_untracked()
                    prop:value=move || value.get()
                />
            </div>
        }
    };
    let left = Memo::new(move |_| pair.with(|pair| pair.0.clone()));
    let right = Memo::new(move |_| pair.with(|pair| pair.1.clone()));
    let swapped = move || pair.with(|(left, right)| paths::compare(right, left));
    view! {
        <SearchForm to=Signal::stored(paths::COMPARE.to_owned())>
            <div class="compare__pickers">
                {picker("compare-left", "left", "Left device", left)}
                {picker("compare-right", "right", "Right device", right)}
                <div class="cluster">
                    <button class="button button--primary" type="submit">
                        "Compare"
                    </button>
                    <a class="button button--quiet" href=swapped>
                        "Swap sides"
                    </a>
                </div>
            </div>
        </SearchForm>
    }
    .into_any()
}

/// A device is unknown; suggests the nearest ids in its place.
#[component]
fn Unknown(device_id: String, nearest: Vec<String>, pair: Pair) -> impl IntoView {
    let links = nearest
        .iter()
        .enumerate()
        .map(|(index, id)| {
            let with = |other: &String| if *other == device_id { id.clone() } else { other.clone() };
            view! {
                {(index > 0).then_some(", ")}
                <a class="link" href=paths::compare(&with(&pair.0), &with(&pair.1))>
                    <code>{id.clone()}</code>
                </a>
            }
        })
        .collect_view();
    let suggestions = (!nearest.is_empty()).then(|| view! { <span>"Nearest ids: " {links}</span> });
    view! {
        <div class="notice page__notice" role="alert">
            <Icon name="circle-alert" />
            <span>"No device " <code>{device_id}</code> ". Device ids are case-sensitive. " {suggestions}</span>
        </div>
    }
    .into_any()
}

/// The values.
#[component]
fn Twins(comparison: TwinComparison) -> impl IntoView {
    let query = use_query_map();
    let (left, right) = (comparison.left.to_string(), comparison.right.to_string());
    let address = paths::compare(&left, &right);
    let (differing, all) = (comparison.differing, comparison.values.len() as u64);
    let shows_differences =
        Memo::new(move |_| query.with(|query| query.get("show")).as_deref() == Some("differences"));
    let sentence = match differing {
        0 => "No differences: all tags and properties are the same.".to_owned(),
        count => format!("{} of {}.", count_noun(count, "value differs", "values differ"), grouped(all)),
    };
    let choice = move |name: &'static str, words: String, is_differences: bool| {
        view! {
            <a
                href=paths::with_more(&address, &[("show", name)])
                aria-current=move || (shows_differences.get() == is_differences).then_some("true")
            >
                {words}
            </a>
        }
    };
    let values = StoredValue::new(comparison.values);
    let rows = move || {
        let only = shows_differences.get();
        values.with_value(|values| {
            values.iter().filter(|value| value.differs || !only).cloned().map(row).collect_view()
        })
    };
    view! {
        <section class="panel compare" aria-labelledby="compare-title">
            <div class="panel__header">
                <h2 class="panel__title" id="compare-title">
                    "Tags and properties"
                </h2>
                <nav class="segmented" aria-label="Show values">
                    {choice("differences", format!("Differences {differing}"), true)}
                    {choice("", format!("All {all}"), false)}
                </nav>
            </div>
            <p class="panel__note" role="status">
                {sentence}
            </p>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Twins side by side">
                <table class="twin-table">
                    <caption class="visually-hidden">"Two twins side by side"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Value"</th>
                            <th scope="col">
                                <a class="link" href=paths::device(&left)>
                                    {left.clone()}
                                </a>
                            </th>
                            <th scope="col">
                                <a class="link" href=paths::device(&right)>
                                    {right.clone()}
                                </a>
                            </th>
                            <th scope="col">
                                <span class="visually-hidden">"Comparison"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(compared: ComparedValue) -> impl IntoView {
    let ComparedValue { section, path, left, right, differs } = compared;
    let note = differs.then(|| {
        view! {
            <span class="status" data-status="drift">
                <Icon name="equal-not" />
                "Differs"
            </span>
        }
    });
    view! {
        <tr data-status=differs.then_some("drift")>
            <th scope="row" class="twin-table__path">
                {format!("{}.{path}", section.as_str())}
            </th>
            <td>{value(left)}</td>
            <td>{value(right)}</td>
            <td>
                <span class="twin-table__note">{note}</span>
            </td>
        </tr>
    }
}

fn value(value: Option<Value>) -> AnyView {
    match value {
        None => view! { <span class="twin-table__none">"not set"</span> }.into_any(),
        Some(value) => view! { <Json text=value.to_string() /> }.into_any(),
    }
}
