//! The open facet's values and how many devices have each: links to these devices; the link of the chosen value removes
//! it again.
//!
//! The hub counts them in one query, after the page is interactive. The condition is counted without what it says of the
//! attribute itself, so that the other values stay on the page.

use console_wire::device_table::Facet;
use leptos::prelude::*;
use serde_json::Value;

use super::state::{Devices, with_test};
use crate::{
    api::device_list::read_facet,
    data::read::{ReadOptions, Reading, use_read_from},
    error::ApiError,
    format::{
        condition, device,
        number::{count_noun, grouped},
        time,
    },
    kit::{Icon, clock::use_clock},
};

/// Counts of one attribute's values, for a condition and the attribute's path.
pub(super) type FacetCounts = Reading<(String, String), Facet>;

/// Counts the values of whichever facet is open. `first` was counted for the first frame.
pub(super) fn use_facet_counts(
    devices: Devices,
    open: Memo<String>,
    first: Option<Result<Facet, ApiError>>,
) -> FacetCounts {
    let good = devices.good_condition();
    let test = devices.test();
    let key = Memo::new(move |_| {
        let condition = good.get().filter(|condition| condition::can_narrow(condition))?;
        let path = open.get();
        let others = test.with(|test| with_test(condition::without(&condition, &path), test.as_deref()));
        (!path.is_empty()).then_some((others, path))
    });
    use_read_from(key, first, ReadOptions::once(), |(condition, path)| read_facet(condition, path))
}

/// The values, in a line of their own that keeps its height while they are counted.
#[component]
pub(super) fn FacetValues(
    devices: Devices,
    counts: FacetCounts,
    open: Memo<String>,
    is_shown: Memo<bool>,
) -> impl IntoView {
    let name = Memo::new(move |_| open.with(|open| device::attribute(open)));
    let is_open = move || is_shown.get() && open.with(|open| !open.is_empty());
    let content = move || match counts.current() {
        None => view! { <span class="panel__note">{format!("Counting devices by {}…", name.get())}</span> }
            .into_any(),
        Some(Err(error)) => view! {
            <span class="with-icon panel__note">
                <Icon name="circle-alert" />
                {format!("Not counted. {}. {}", error.0.title, error.0.detail)}
            </span>
        }
        .into_any(),
        Some(Ok(facet)) if facet.is_unbounded => view! {
            <span class="panel__note">
                {format!("{} has more than a hundred values: too many to choose from.", name.get())}
            </span>
        }
        .into_any(),
        Some(Ok(facet)) => view! { <Chips devices facet /> }.into_any(),
    };
    move || {
        is_open().then(|| {
            view! {
                <div class="facets facets--values" role="group" aria-label=move || format!("Devices by {}", name.get())>
                    {move || content()}
                </div>
            }
        })
    }
}

/// A chip for each value.
#[component]
fn Chips(devices: Devices, facet: Facet) -> impl IntoView {
    let clock = use_clock();
    let url = devices.url;
    let condition = devices.good_condition();
    let Facet { path, values, other_values, unset_count, as_of, .. } = facet;
    let chip = |value: Option<Value>, count: u64| {
        let (path, of) = (path.clone(), value.clone());
        // Chosen is what narrowing would not change.
        let address = Memo::new(move |_| {
            let condition = condition.get().unwrap_or_default();
            let narrowed = condition::with(&condition, &path, of.as_ref());
            let is_chosen = condition::applied(&condition)
                .into_iter()
                .any(|applied| condition::applied(&narrowed).contains(&applied) && applied.path == path);
            let to = if is_chosen { condition::without(&condition, &path) } else { narrowed };
            (url.with(|url| url.matching(to).address()), is_chosen)
        });
        let words = value.as_ref().map_or("not set".to_owned(), device::plain);
        let unit = if count == 1 { " device" } else { " devices" };
        let is_set = value.is_some();
        view! {
            <li>
                <a
                    class="filter-chip"
                    href=move || address.get().0
                    aria-current=move || address.get().1.then_some("true")
                >
                    // One part, so that its text has no gaps.
                    <span>
                        {if is_set {
                            view! {
                                <code>
                                    <bdi>{words}</bdi>
                                </code>
                            }
                            .into_any()
                        } else {
                            words.into_any()
                        }}
                        ": "
                        <span class="facets__count">{grouped(count)} {unit}</span>
                    </span>
                </a>
            </li>
        }
    };
    let mut chips: Vec<_> = values.into_iter().map(|of| chip(Some(of.value), of.count)).collect();
    if unset_count > 0 {
        chips.push(chip(None, unset_count));
    }
    let others = (other_values > 0)
        .then(|| format!("and {}", count_noun(other_values, "other value", "other values")));
    let at = move || format!("counted {}", time::clock(as_of, clock.offset_minutes(as_of)));
    view! {
        <ul class="facets__strip">{chips}</ul>
        <span class="panel__note">{others}</span>
        <span class="panel__note only-wide">{move || at()}</span>
    }
    .into_any()
}
