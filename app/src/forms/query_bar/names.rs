//! Completion of the name before the caret, and the keys that choose one.

use leptos::{html, prelude::*};

use crate::{
    format::query::{self, Completion},
    kit::dom::caret,
};

/// The completions of the word before the caret.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompletionState {
    input: NodeRef<html::Input>,
    text: RwSignal<String>,
    names: Signal<Vec<String>>,
    found: RwSignal<Completion>,
    active: RwSignal<Option<usize>>,
}

impl CompletionState {
    pub(super) fn new(
        input: NodeRef<html::Input>,
        text: RwSignal<String>,
        names: Signal<Vec<String>>,
    ) -> Self {
        Self { input, text, names, found: RwSignal::default(), active: RwSignal::new(None) }
    }

    /// The name that the arrow keys have selected.
    pub(super) fn active(self) -> Option<usize> {
        self.active.get()
    }

    pub(super) fn close(self) {
        self.found.set(Completion::default());
        self.active.set(None);
    }

    pub(super) fn update(self, wants_all: bool) {
        let found = self.text.with_untracked(|text| {
            let caret = caret::position(self.input, text);
            self.names.with_untracked(|names| query::complete(text, caret, names, wants_all))
        });
        self.active.set(None);
        self.found.set(found);
    }

    fn choose(self, index: usize) {
        let found = self.found.get_untracked();
        let Some(name) = found.names.get(index) else { return };
        let before = self.text.get_untracked();
        let end = caret::position(self.input, &before).max(found.start);
        let (Some(head), Some(tail)) = (before.get(..found.start), before.get(end..)) else { return };
        let after = format!("{head}{name}{tail}");
        caret::set_text(self.input, &after, head.len() + name.len());
        self.text.set(after);
        self.close();
    }

    /// Arrows select, Enter and Tab insert the selected name, Escape closes. Without a selected name Enter runs the query.
    pub(super) fn on_keydown(self, event: &leptos::ev::KeyboardEvent) {
        let count = self.found.with_untracked(|found| found.names.len());
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if count == 0 => {
                event.prevent_default();
                self.update(true);
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
pub(super) fn Names(id: &'static str, completion: CompletionState) -> impl IntoView {
    let is_open = Memo::new(move |_| completion.found.with(|found| !found.names.is_empty()));
    let option = move |(index, name): (usize, String)| {
        let is_active = move || if completion.active.get() == Some(index) { "true" } else { "false" };
        view! {
            <li
                class="query-bar__option"
                id=format!("{id}-name-{index}")
                role="option"
                aria-selected=is_active
                // Before the field loses the focus, which would close the list.
                on:mousedown=move |event| {
                    event.prevent_default();
                    completion.choose(index);
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
            {move || completion.found.get().names.into_iter().enumerate().map(option).collect_view()}
        </ul>
    }
    .into_any()
}
