//! The command palette: finds jobs, devices and commands from every page. A native dialog with a combobox.

mod entries;

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    commands::{self, CommandAction},
    state::use_layout,
};
use crate::{
    account::use_account,
    api::search::{Matches, find},
    format::number::count_noun,
    kit::{Icon, clock::use_clock, dom, use_toasts},
};
use entries::{Entry, GROUPS, entries};

/// Pause in typing after which the server searches, in milliseconds.
const TYPING_PAUSE: u64 = 120;

/// The typed text, the results for it, and the selected entry.
#[derive(Debug, Clone, Copy)]
struct Search {
    text: RwSignal<String>,
    found: RwSignal<Matches>,
    chosen: RwSignal<usize>,
    /// Whether the response for the current text is pending.
    is_waiting: RwSignal<bool>,
    /// Whether Enter was pressed before that response.
    runs_first_result: RwSignal<bool>,
    /// Number of the current search, so that late responses to earlier ones are dropped.
    number: StoredValue<u32>,
}

impl Search {
    fn new() -> Self {
        Self {
            text: RwSignal::default(),
            found: RwSignal::default(),
            chosen: RwSignal::new(0),
            is_waiting: RwSignal::new(false),
            runs_first_result: RwSignal::new(false),
            number: StoredValue::new(0),
        }
    }

    /// Sets the text, and searches on the server after a pause in typing.
    fn set_text(self, text: String, pause: u64) {
        self.text.set(text.clone());
        self.chosen.set(0);
        self.is_waiting.set(true);
        self.runs_first_result.set(false);
        self.number.update_value(|number| *number += 1);
        let number = self.number.get_value();
        let is_newest = move || self.number.try_get_value() == Some(number);
        let search = move || {
            if !is_newest() {
                return;
            }
            spawn_local(async move {
                let found = find(text).await.unwrap_or_default();
                if is_newest() {
                    self.found.set(found);
                    self.is_waiting.set(false);
                }
            });
        };
        set_timeout(search, Duration::from_millis(pause));
    }
}

/// The palette.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let (layout, clock, toasts, account) = (use_layout(), use_clock(), use_toasts(), use_account());
    let dialog = NodeRef::<html::Dialog>::new();
    let search = Search::new();
    dom::sync_dialog(dialog, layout.palette.into());
    Effect::new(move |_| {
        if layout.palette.get() {
            search.set_text(String::new(), 0);
            search.found.set(Matches::default());
        }
    });
    let listed = Memo::new(move |_| {
        if !layout.palette.get() {
            return Vec::new();
        }
        let commands = commands::commands(layout, clock, account);
        search.text.with(|text| search.found.with(|found| entries(text, commands, found)))
    });
    let navigate = use_navigate();
    let take = Callback::new(move |entry: Entry| {
        layout.palette.set(false);
        match &entry.action {
            CommandAction::Go(address) if dom::is_guarded(address) => {}
            CommandAction::Go(address) => navigate(address, NavigateOptions::default()),
            action => commands::run(action, layout, clock, toasts),
        }
    });
    // Enter was pressed before the response: run its first entry.
    Effect::new(move |_| {
        if !search.is_waiting.get() && search.runs_first_result.get() {
            search.runs_first_result.set(false);
            if let Some(entry) = listed.with_untracked(|listed| listed.first().cloned()) {
                take.run(entry);
            }
        }
    });
    view! {
        <dialog
            class="dialog palette"
            aria-label="Go to job or device"
            node_ref=dialog
            on:close=dom::deferred(move |_| layout.palette.set(false))
        >
            <Field search listed take />
            <Results search listed take />
        </dialog>
    }
    .into_any()
}

/// The search field. It keeps the focus while the arrow keys select an entry.
#[component]
fn Field(search: Search, listed: Memo<Vec<Entry>>, take: Callback<Entry>) -> impl IntoView {
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = listed.with(Vec::len);
        let chosen = search.chosen.get();
        let choose = |to: usize| {
            search.chosen.set(to);
            dom::scroll_into_view(&option_id(to));
        };
        match event.key().as_str() {
            "ArrowDown" if count > 0 => choose((chosen + 1) % count),
            "ArrowUp" if count > 0 => choose((chosen + count - 1) % count),
            "Enter" if search.is_waiting.get() && !search.text.with(String::is_empty) && chosen == 0 => {
                search.runs_first_result.set(true);
            }
            "Enter" => {
                if let Some(entry) = listed.with(|listed| listed.get(chosen).cloned()) {
                    take.run(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="palette__field">
            <Icon name="search" />
            <input
                class="palette__input"
                type="text"
                role="combobox"
                aria-label="Job, device, or what to do"
                placeholder="Job, device, or what to do"
                aria-expanded="true"
                aria-controls="palette-results"
                aria-autocomplete="list"
                aria-activedescendant=move || {
                    listed.with(|listed| (!listed.is_empty()).then(|| option_id(search.chosen.get())))
                }
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                autofocus
                prop:value=move || search.text.get()
                on:input=move |event| search.set_text(event_target_value(&event), TYPING_PAUSE)
                on:keydown=on_key
            />
            <kbd class="key">"Esc"</kbd>
        </div>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("palette-{index}")
}

/// The results, in groups.
#[component]
fn Results(search: Search, listed: Memo<Vec<Entry>>, take: Callback<Entry>) -> impl IntoView {
    let count = move || match listed.with(Vec::len) {
        0 if search.is_waiting.get() => String::new(),
        0 => "Nothing matches.".to_owned(),
        count => count_noun(count as u64, "result", "results"),
    };
    view! {
        <div class="palette__results" id="palette-results" role="listbox" aria-label="Results">
            {move || {
                let indexed: Vec<_> = listed.get().into_iter().enumerate().collect();
                indexed
                    .chunk_by(|(_, entry), (_, next)| entry.group == next.group)
                    .map(|entries| {
                        let name = GROUPS[entries[0].1.group];
                        let rows: Vec<_> = entries
                            .iter()
                            .map(|(index, entry)| view! { <Row entry=entry.clone() index=*index search take /> })
                            .collect();
                        view! {
                            <div role="group" aria-label=name>
                                <div class="palette__group" aria-hidden="true">
                                    {name}
                                </div>
                                {rows}
                            </div>
                        }
                    })
                    .collect_view()
            }}
        </div>
        <p class="palette__count" role="status">
            {count}
        </p>
    }
    .into_any()
}

/// One entry. An entry that navigates is a link, so that it can be opened in another tab.
#[component]
fn Row(entry: Entry, index: usize, search: Search, take: Callback<Entry>) -> impl IntoView {
    let href = match &entry.action {
        CommandAction::Go(address) => Some(address.clone()),
        _ => None,
    };
    let taken = entry.clone();
    let choose = move |event: leptos::ev::MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        take.run(taken.clone());
    };
    view! {
        <a
            class="palette__row"
            id=option_id(index)
            role="option"
            tabindex="-1"
            href=href
            aria-selected=move || if search.chosen.get() == index { "true" } else { "false" }
            on:click=choose
            on:pointermove=move |_| {
                if search.chosen.get() != index {
                    search.chosen.set(index);
                }
            }
        >
            <Icon name=entry.icon />
            <span class="palette__title" class:palette__title--id=entry.is_id>{entry.title}</span>
            <span class="palette__note" data-status=entry.status>{entry.note}</span>
            {(!entry.key.is_empty()).then(|| view! { <kbd class="key">{entry.key}</kbd> })}
        </a>
    }
    .into_any()
}
