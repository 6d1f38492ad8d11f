//! Names offered for the word before the caret, and how keys choose one.

use leptos::{html, prelude::*};

use crate::{
    browser::field,
    present::query::{self, Completion},
    reactive::memo,
};

/// The names offered for the word before the caret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Completing {
    input: NodeRef<html::Input>,
    text: RwSignal<String>,
    names: Signal<Vec<String>>,
    found: RwSignal<Completion>,
    active: RwSignal<Option<usize>>,
}

impl Completing {
    pub(super) fn new(
        input: NodeRef<html::Input>,
        text: RwSignal<String>,
        names: Signal<Vec<String>>,
    ) -> Self {
        Self { input, text, names, found: RwSignal::default(), active: RwSignal::new(None) }
    }

    /// Which of the names an arrow has reached.
    pub(super) fn active(self) -> Option<usize> {
        self.active.get()
    }

    pub(super) fn close(self) {
        self.found.set(Completion::default());
        self.active.set(None);
    }

    pub(super) fn look_up(self, wants_all: bool) {
        let found = self.text.with_untracked(|text| {
            let caret = field::caret(self.input, text);
            self.names.with_untracked(|names| query::complete(text, caret, names, wants_all))
        });
        self.active.set(None);
        self.found.set(found);
    }

    fn choose(self, index: usize) {
        let found = self.found.get_untracked();
        let Some(name) = found.names.get(index) else { return };
        let before = self.text.get_untracked();
        let end = field::caret(self.input, &before).max(found.start);
        let (Some(head), Some(tail)) = (before.get(..found.start), before.get(end..)) else { return };
        let after = format!("{head}{name}{tail}");
        field::write(self.input, &after, head.len() + name.len());
        self.text.set(after);
        self.close();
    }

    /// Arrows move, Enter and Tab take what an arrow has reached, Escape closes. What is not taken goes its usual way:
    /// Enter runs the query.
    pub(super) fn hear(self, event: &leptos::ev::KeyboardEvent) {
        let count = self.found.with_untracked(|found| found.names.len());
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if count == 0 => {
                event.prevent_default();
                self.look_up(true);
            }
            key @ ("ArrowDown" | "ArrowUp") => {
                event.prevent_default();
                let is_down = key == "ArrowDown";
                self.active.update(|active| {
                    *active = Some(match (*active, is_down) {
                        (Some(index), true) => (index + 1) % count,
                        (Some(index), false) => (index + count - 1) % count,
                        (None, true) => 0,
                        (None, false) => count - 1,
                    });
                });
            }
            "Enter" | "Tab" => {
                if let Some(index) = self.active.get_untracked() {
                    event.prevent_default();
                    self.choose(index);
                } else {
                    self.close();
                }
            }
            "Escape" if count > 0 => {
                event.prevent_default();
                self.close();
            }
            _ => {}
        }
    }
}

/// The list under the field.
#[component]
pub(super) fn Names(id: &'static str, completing: Completing) -> impl IntoView {
    let is_open = memo(move || completing.found.with(|found| !found.names.is_empty()));
    let option = move |(index, name): (usize, String)| {
        let is_active = move || if completing.active.get() == Some(index) { "true" } else { "false" };
        view! {
            <li
                class="query-bar__option"
                id=format!("{id}-name-{index}")
                role="option"
                aria-selected=move || is_active()
                // Before the field loses the focus, which would close the list.
                on:mousedown=move |event| {
                    event.prevent_default();
                    completing.choose(index);
                }
            >
                <code class="code code__key">{name}</code>
            </li>
        }
    };
    view! {
        <ul
            class="query-bar__names"
            id=format!("{id}-names")
            role="listbox"
            aria-label="Names to complete"
            hidden=move || !is_open.get()
        >
            {move || completing.found.get().names.into_iter().enumerate().map(option).collect_view()}
        </ul>
    }
    .into_any()
}
