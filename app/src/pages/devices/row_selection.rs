//! Selecting rows, the page, or all that match; and the button for a job on the selection.

use console_wire::access::Action;
use leptos::prelude::*;

use super::selection::Selection;
use crate::{
    account::use_account,
    api::device_list::Matching,
    format::number::{devices, grouped},
    paths,
};

/// What the rows and the bar share.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSelection {
    selection: RwSignal<Selection>,
    on_page: StoredValue<Vec<String>>,
    condition: StoredValue<String>,
    matching: Memo<Option<Matching>>,
    /// Whether the page holds every match.
    is_whole: bool,
}

impl RowSelection {
    pub(super) fn new(
        selection: RwSignal<Selection>,
        on_page: Vec<String>,
        condition: String,
        matching: Memo<Option<Matching>>,
        is_whole: bool,
    ) -> Self {
        Self {
            selection,
            on_page: StoredValue::new(on_page),
            condition: StoredValue::new(condition),
            matching,
            is_whole,
        }
    }

    pub(super) fn holds(self, device_id: &str) -> bool {
        self.selection.with(|selection| selection.holds(device_id))
    }

    pub(super) fn set(self, device_id: &str, is_selected: bool) {
        self.selection.update(|selection| selection.set(device_id, is_selected));
    }

    /// Whether every row on the page is selected.
    pub(super) fn holds_page(self) -> bool {
        self.on_page.with_value(|page| {
            !page.is_empty() && self.selection.with(|selection| page.iter().all(|id| selection.holds(id)))
        })
    }

    pub(super) fn set_page(self, are_selected: bool) {
        let mut selected = if are_selected { self.selection.get_untracked() } else { Selection::default() };
        if are_selected {
            self.on_page.with_value(|page| page.iter().for_each(|id| selected.set(id, true)));
        }
        self.selection.set(selected);
    }
}

/// The selection and its buttons; hidden while nothing is selected.
#[component]
pub(super) fn SelectionBar(rows: RowSelection) -> impl IntoView {
    let RowSelection { selection, on_page, condition, matching, is_whole } = rows;
    let count = Memo::new(move |_| {
        let matching = matching.with(|matching| matching.as_ref().map(|matching| matching.count));
        selection.with(|selection| selection.count(matching))
    });
    let is_shown = Memo::new(move |_| selection.with(|selection| !selection.is_empty()));
    let is_all = Memo::new(move |_| selection.with(Selection::is_all));
    let sentence = move || match (is_all.get(), count.get()) {
        (true, Some(count)) => {
            (format!("All {} matching devices are selected", grouped(count)), ", not only those on screen.")
        }
        (true, None) => ("All matching devices are selected".to_owned(), ", not only those on screen."),
        (false, count) => {
            let count = count.unwrap_or_default();
            let verb = if count == 1 { "is" } else { "are" };
            (format!("{} {verb} selected", devices(count)), ".")
        }
    };
    let job = move || {
        let target =
            condition.with_value(|condition| selection.with(|selection| selection.condition(condition)));
        let words = match count.get() {
            Some(count) => format!("New job on {}", devices(count)),
            None => "New job on all that match".to_owned(),
        };
        match target {
            Some(target) => view! {
                <a class="button button--small button--primary" href=paths::job_new_where(&target)>
                    {words}
                </a>
                <a class="button button--small" href=paths::group_new_where(&target)>
                    "Save as group"
                </a>
                <RegistryLinks target=target.clone() />
            }
            .into_any(),
            None => view! {
                <span class="field__hint">
                    "Too many to name one by one. Select all that match and take the others out by the query."
                </span>
            }
            .into_any(),
        }
    };
    let all = move || {
        let offers = rows.holds_page() && !is_all.get() && !is_whole;
        offers.then(|| {
            let words = match matching.with(|matching| matching.as_ref().map(|matching| matching.count)) {
                Some(count) => format!("Select all {} matching", grouped(count)),
                None => "Select all that match".to_owned(),
            };
            view! {
                <button class="button button--small" type="button" on:click=move |_| selection.set(Selection::all())>
                    {words}
                </button>
            }
        })
    };
    let only_page = move || {
        is_all.get().then(|| {
            let words = format!("Only the {} on screen", on_page.with_value(Vec::len));
            let choose = move |_| {
                selection.set(Selection::default());
                rows.set_page(true);
            };
            view! {
                <button class="button button--small" type="button" on:click=choose>
                    {words}
                </button>
            }
        })
    };
    view! {
        <div class="selection page__bleed" role="region" aria-label="Selection" hidden=move || !is_shown.get()>
            <span class="selection__text" role="status">
                <strong>{move || sentence().0}</strong>
                {move || sentence().1}
            </span>
            <div class="cluster">
                {move || job()} <CompareLink selection /> {move || all()} {move || only_page()}
                <button
                    class="button button--small button--quiet"
                    type="button"
                    data-key="Escape"
                    on:click=move |_| selection.set(Selection::default())
                >
                    "Clear "
                    <kbd class="key" aria-hidden="true">
                        "Esc"
                    </kbd>
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// Compares the twins of two selected devices; nothing while others than two are selected.
#[component]
fn CompareLink(selection: RwSignal<Selection>) -> impl IntoView {
    move || {
        selection.with(Selection::pair).map(|(left, right)| {
            view! {
                <a class="button button--small" href=paths::compare(&left, &right)>
                    "Compare twins"
                </a>
            }
        })
    }
}

/// Links to the page that asks before the selected devices are changed in the registry.
#[component]
fn RegistryLinks(target: String) -> impl IntoView {
    let is_allowed = use_account().may(Action::DeviceWrite);
    is_allowed.then(|| {
        let links =
            [("enable", "Enable…"), ("disable", "Disable…"), ("delete", "Delete…")].map(|(kind, label)| {
                view! {
                    <a class="button button--small" href=paths::registry_change_new(kind, &target, "", "")>
                        {label}
                    </a>
                }
            });
        links.into_iter().collect_view()
    })
}
