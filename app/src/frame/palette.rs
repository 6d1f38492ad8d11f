//! The palette: any job, any device, and what can be done, from anywhere. A native dialog with a combobox.

mod entries;

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    commands::{self, Act},
    use_frame,
};
use crate::{
    api::find::{Found, find},
    browser,
    clock::use_clock,
    components::{Icon, use_toasts},
    present::number::counted,
    reactive::{effect, memo},
};
use entries::{Entry, GROUPS, entries};

/// Pause in typing after which the server is asked, in milliseconds.
const TYPING: u64 = 120;

/// What is typed, what was found for it, and which entry Enter takes.
#[derive(Debug, Clone, Copy)]
struct Search {
    words: RwSignal<String>,
    found: RwSignal<Found>,
    chosen: RwSignal<usize>,
    /// Whether an answer for the newest words is on its way.
    is_waiting: RwSignal<bool>,
    /// Enter was pressed before that answer.
    is_eager: RwSignal<bool>,
    /// Counts the words typed, so that a late answer to earlier ones is dropped.
    asked: StoredValue<u32>,
}

impl Search {
    fn new() -> Self {
        Self {
            words: RwSignal::default(),
            found: RwSignal::default(),
            chosen: RwSignal::new(0),
            is_waiting: RwSignal::new(false),
            is_eager: RwSignal::new(false),
            asked: StoredValue::new(0),
        }
    }

    /// Takes new words and asks the server after a pause in typing.
    fn type_words(self, words: String, pause: u64) {
        self.words.set(words.clone());
        self.chosen.set(0);
        self.is_waiting.set(true);
        self.is_eager.set(false);
        self.asked.update_value(|asked| *asked += 1);
        let number = self.asked.get_value();
        let is_newest = move || self.asked.try_get_value() == Some(number);
        let ask = move || {
            if !is_newest() {
                return;
            }
            spawn_local(async move {
                let found = find(words).await.unwrap_or_default();
                if is_newest() {
                    self.found.set(found);
                    self.is_waiting.set(false);
                }
            });
        };
        set_timeout(ask, Duration::from_millis(pause));
    }
}

/// The palette.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let (frame, clock, toasts) = (use_frame(), use_clock(), use_toasts());
    let dialog = NodeRef::<html::Dialog>::new();
    let search = Search::new();
    browser::follow_dialog(dialog, frame.palette);
    effect(move || {
        if frame.palette.get() {
            search.type_words(String::new(), 0);
            search.found.set(Found::default());
        }
    });
    let listed = memo(move || {
        if !frame.palette.get() {
            return Vec::new();
        }
        let commands = commands::commands(frame, clock);
        search.words.with(|words| search.found.with(|found| entries(words, commands, found)))
    });
    let navigate = use_navigate();
    let take = Callback::new(move |entry: Entry| {
        frame.palette.set(false);
        match &entry.act {
            Act::Go(address) => navigate(address, NavigateOptions::default()),
            act => commands::run(act, frame, clock, toasts),
        }
    });
    // Enter came before the answer: take what the answer puts first.
    effect(move || {
        if !search.is_waiting.get() && search.is_eager.get() {
            search.is_eager.set(false);
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
            on:close=move |_| frame.palette.set(false)
        >
            <Field search listed take />
            <Results search listed take />
        </dialog>
    }
    .into_any()
}

/// Where words are typed. The focus stays here; arrows move the choice.
#[component]
fn Field(search: Search, listed: Memo<Vec<Entry>>, take: Callback<Entry>) -> impl IntoView {
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = listed.with(Vec::len);
        let chosen = search.chosen.get();
        let choose = |to: usize| {
            search.chosen.set(to);
            browser::reveal(&option_id(to));
        };
        match event.key().as_str() {
            "ArrowDown" if count > 0 => choose((chosen + 1) % count),
            "ArrowUp" if count > 0 => choose((chosen + count - 1) % count),
            "Enter" if search.is_waiting.get() && !search.words.with(String::is_empty) && chosen == 0 => {
                search.is_eager.set(true);
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
                prop:value=move || search.words.get()
                on:input=move |event| search.type_words(event_target_value(&event), TYPING)
                on:keydown=on_key
            />
            <kbd class="key">"Esc"</kbd>
        </div>
    }
    .into_any()
}

fn option_id(place: usize) -> String {
    format!("palette-{place}")
}

/// What matches, in groups.
#[component]
fn Results(search: Search, listed: Memo<Vec<Entry>>, take: Callback<Entry>) -> impl IntoView {
    let count = move || match listed.with(Vec::len) {
        0 if search.is_waiting.get() => String::new(),
        0 => "Nothing matches.".to_owned(),
        count => counted(count as u64, "result", "results"),
    };
    view! {
        <div class="palette__results" id="palette-results" role="listbox" aria-label="Results">
            {move || {
                listed
                    .with(|listed| {
                        listed
                            .chunk_by(|one, next| one.group == next.group)
                            .scan(
                                0,
                                |from, entries| {
                                    let first = *from;
                                    *from += entries.len();
                                    Some((first, entries))
                                },
                            )
                            .map(|(first, entries)| {
                                let name = GROUPS[entries[0].group];
                                let rows: Vec<_> = entries
                                    .iter()
                                    .zip(first..)
                                    .map(|(entry, place)| view! { <Row entry=entry.clone() place search take /> })
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
                    })
            }}
        </div>
        <p class="palette__count" role="status">
            {move || count()}
        </p>
    }
    .into_any()
}

/// One entry; a link where it leads somewhere, so that it also opens in another tab.
#[component]
fn Row(entry: Entry, place: usize, search: Search, take: Callback<Entry>) -> impl IntoView {
    let href = match &entry.act {
        Act::Go(address) => Some(address.clone()),
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
            id=option_id(place)
            role="option"
            tabindex="-1"
            href=href
            aria-selected=move || if search.chosen.get() == place { "true" } else { "false" }
            on:click=choose
            on:pointermove=move |_| {
                if search.chosen.get() != place {
                    search.chosen.set(place);
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
