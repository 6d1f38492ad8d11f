//! How many devices match, how many of them are connected, and the links that narrow to either.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::devices::{DevicesView, Matching, count_devices},
    clock::use_clock,
    paths,
    present::{
        number::{counted, grouped},
        time,
    },
};

/// The line above the table. It stands with what is known from the rows and says more once the hub has counted.
#[component]
pub(super) fn Counts(
    /// The condition listed.
    condition: String,
    /// The rows.
    view: DevicesView,
    /// Whether the rows are all there is.
    is_whole: bool,
    /// Hears the count, for whoever else needs it.
    matching: RwSignal<Option<Matching>>,
) -> impl IntoView {
    let clock = use_clock();
    let as_of = view.as_of;
    let shown = view.page.items.len() as u64;
    let asked = condition.clone();
    // Once a query, not once a page of it; what comes after the rows have gone is another query's.
    let here = StoredValue::new(());
    Effect::new(move |_| {
        if matching.with_untracked(Option::is_some) {
            return;
        }
        let asked = asked.clone();
        spawn_local(async move {
            let counted = count_devices(asked).await;
            if let (Ok(counted), false) = (counted, here.is_disposed()) {
                matching.try_set(Some(counted));
            }
        });
    });
    let chips = move || {
        let known = matching.get()?;
        let narrow = |state: &str| {
            let state = format!("connectionState = '{state}'");
            let condition = condition.trim();
            paths::devices_where(&if condition.is_empty() {
                state
            } else {
                format!("({condition}) AND {state}")
            })
        };
        let chip = |count: u64, word: &'static str, href: String| {
            view! {
                <li>
                    <a class="filter-chip" href=href>
                        <strong>{grouped(count)}</strong>
                        " "
                        {word}
                    </a>
                </li>
            }
        };
        Some(view! {
            <ul class="filter-chips" aria-label="Narrow the result">
                {chip(known.connected, "connected", narrow("Connected"))}
                {chip(known.count.saturating_sub(known.connected), "disconnected", narrow("Disconnected"))}
            </ul>
        })
    };
    let total = move || match matching.get() {
        Some(known) => counted(known.count, "device matches", "devices match"),
        None if is_whole => counted(shown, "device matches", "devices match"),
        None => format!("{} on this page", counted(shown, "device", "devices")),
    };
    let read = move || {
        let took = matching.get().map(|known| format!(", counted in {}", time::duration(known.millis)));
        let at = time::clock(as_of, clock.offset_minutes(as_of));
        format!("read {at}{}", took.unwrap_or_default())
    };
    view! {
        <div class="devices__facets">
            <strong class="devices__total">{total}</strong>
            {chips}
            <span class="panel__note">{read}</span>
        </div>
    }
    .into_any()
}
