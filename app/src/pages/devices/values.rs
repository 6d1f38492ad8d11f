//! The open facet's values and how many devices have each: links to these devices, the chosen one a link back.
//!
//! Counted by one query of the hub, once the page stands; without what the condition says of the attribute itself, so
//! that the other values stay in sight.

use console_wire::device_table::Facet;
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::state::Devices;
use crate::{
    api::{ApiError, device_list::read_facet},
    browser,
    clock::use_clock,
    components::Icon,
    present::{
        condition, device,
        number::{counted, grouped},
        time,
    },
    reactive::{effect, memo},
};

/// What is counted: the condition, and the attribute.
type Wanted = Option<(String, String)>;

/// The newest count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    wanted: Memo<Wanted>,
    read: RwSignal<Option<(Wanted, Result<Facet, ApiError>)>>,
}

impl Counted {
    /// Counts whichever facet is open from now on; the first frame may know it already.
    pub(super) fn follow(
        devices: Devices,
        open: Memo<String>,
        first: Option<Result<Facet, ApiError>>,
    ) -> Self {
        let good = devices.good_condition();
        let wanted = memo(move || {
            let condition = good.get().filter(|condition| condition::can_narrow(condition))?;
            let path = open.get();
            (!path.is_empty()).then(|| (condition::without(&condition, &path), path))
        });
        let read = RwSignal::new(first.map(|first| (wanted.get_untracked(), first)));
        effect(move || {
            let now = wanted.get();
            let Some((condition, path)) = now.clone().filter(|_| browser::is_alive()) else { return };
            if read.with_untracked(|read| read.as_ref().is_some_and(|(of, _)| *of == now)) {
                return;
            }
            spawn_local(async move {
                let told = read_facet(condition, path).await;
                if wanted.try_get_untracked().as_ref() == Some(&now) {
                    read.try_set(Some((now, told)));
                }
            });
        });
        Self { wanted, read }
    }

    /// The answer to what is wanted now.
    fn get(self) -> Option<Result<Facet, ApiError>> {
        let wanted = self.wanted.get();
        self.read.with(|read| read.as_ref().filter(|(of, _)| *of == wanted).map(|(_, told)| told.clone()))
    }
}

/// The values, in a line of their own that keeps its height while they are counted.
#[component]
pub(super) fn Values(
    devices: Devices,
    counted: Counted,
    open: Memo<String>,
    is_shown: Memo<bool>,
) -> impl IntoView {
    let name = memo(move || open.with(|open| device::attribute(open)));
    let is_open = move || is_shown.get() && open.with(|open| !open.is_empty());
    let content = move || match counted.get() {
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
    let asked = devices.asked;
    let condition = devices.good_condition();
    let Facet { path, values, other_values, unset_count, as_of, .. } = facet;
    let chip = |value: Option<Value>, count: u64| {
        let (path, of) = (path.clone(), value.clone());
        // Chosen is what narrowing would not change.
        let address = memo(move || {
            let condition = condition.get().unwrap_or_default();
            let narrowed = condition::with(&condition, &path, of.as_ref());
            let is_chosen = condition::applied(&condition)
                .into_iter()
                .any(|applied| condition::applied(&narrowed).contains(&applied) && applied.path == path);
            let to = if is_chosen { condition::without(&condition, &path) } else { narrowed };
            (asked.with(|asked| asked.matching(to).address()), is_chosen)
        });
        let words = value.as_ref().map_or("not set".to_owned(), device::plain);
        let is_set = value.is_some();
        view! {
            <li>
                <a
                    class="filter-chip"
                    href=move || address.get().0
                    aria-current=move || address.get().1.then_some("true")
                >
                    {if is_set { view! { <code>{words}</code> }.into_any() } else { words.into_any() }}
                    " "
                    <span class="facets__count">{grouped(count)}</span>
                </a>
            </li>
        }
    };
    let mut chips: Vec<_> = values.into_iter().map(|of| chip(Some(of.value), of.count)).collect();
    if unset_count > 0 {
        chips.push(chip(None, unset_count));
    }
    let others =
        (other_values > 0).then(|| format!("and {}", counted(other_values, "other value", "other values")));
    let at = move || format!("counted {}", time::clock(as_of, clock.offset_minutes(as_of)));
    view! {
        <ul class="facets__strip">{chips}</ul>
        <span class="panel__note">{others}</span>
        <span class="panel__note only-wide">{move || at()}</span>
    }
    .into_any()
}
