//! A query condition, coloured while it is typed, its names completed, its mistake underlined at its place.
//!
//! A plain input, so that everything a browser can do with one works, above a layer that shows the same text in
//! colours. Before the page is interactive the input shows its own text.

use leptos::{html, prelude::*};

use super::Icon;
use crate::{
    api::ApiError,
    browser::{self, field},
    present::{
        Run,
        query::{self, Completion, at_fault},
    },
};

/// The bar: prefix, field, and what is given as children at its end.
#[component]
pub(crate) fn QueryBar(
    /// Element id; what belongs to it derives its own from it.
    #[prop(default = "query")]
    id: &'static str,
    /// Name of the form field.
    #[prop(default = "query")]
    name: &'static str,
    /// What the field is, for those who listen.
    label: &'static str,
    /// The text; typing writes it.
    text: RwSignal<String>,
    /// Names to complete, in the order in which to offer them.
    #[prop(into)]
    names: Signal<Vec<String>>,
    /// Column of the mistake (from 1) while the text is as it was refused.
    #[prop(into)]
    fault: Signal<Option<u32>>,
    /// Whether the text was refused, for whatever reason.
    #[prop(into)]
    is_refused: Signal<bool>,
    /// Somebody is about to type.
    #[prop(optional, into)]
    on_focus: Option<Callback<()>>,
    /// Buttons at the end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let (input, layer) = (NodeRef::<html::Input>::new(), NodeRef::<html::Div>::new());
    let completing = Completing {
        input,
        text,
        names,
        found: RwSignal::new(Completion::default()),
        active: RwSignal::new(None),
    };
    let active = completing.active;
    let follow = move || field::follow_scroll(input, layer);
    let coloured = move || text.with(|text| spans(text, fault.get()));
    let initial = text.get_untracked();
    view! {
        <div class="query-bar" data-invalid=move || is_refused.get().then_some("")>
            <span class="query-bar__prefix" aria-hidden="true">
                <span class="only-wide">"SELECT * FROM devices "</span>
                "WHERE"
            </span>
            <div class="query-bar__field" data-coloured=move || is_interactive.get().then_some("")>
                <div class="query-bar__layer" aria-hidden="true" node_ref=layer>
                    {coloured}
                </div>
                <input
                    type="text"
                    class="query-bar__text"
                    id=id
                    name=name
                    node_ref=input
                    aria-label=label
                    aria-invalid=move || is_refused.get().then_some("true")
                    aria-describedby=move || is_refused.get().then_some("query-error")
                    aria-autocomplete="list"
                    aria-controls=format!("{id}-names")
                    aria-activedescendant=move || active.get().map(|index| format!("{id}-name-{index}"))
                    placeholder="a condition, such as tags.simulated = true"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    data-search=""
                    value=initial
                    prop:value=move || text.get()
                    on:input:target=move |event| {
                        text.set(event.target().value());
                        completing.look_up(false);
                        follow();
                    }
                    on:keydown=move |event| completing.hear(&event)
                    on:keyup=move |_| follow()
                    on:click=move |_| follow()
                    on:scroll=move |_| follow()
                    on:focus=move |_| {
                        if let Some(on_focus) = on_focus {
                            on_focus.run(());
                        }
                    }
                    on:blur=move |_| {
                        completing.close();
                        follow();
                    }
                />
                <Names id completing />
            </div>
            <div class="query-bar__tools">{children.map(|children| children())}</div>
        </div>
    }
    .into_any()
}

/// The names offered for the word before the caret.
#[derive(Debug, Clone, Copy)]
struct Completing {
    input: NodeRef<html::Input>,
    text: RwSignal<String>,
    names: Signal<Vec<String>>,
    found: RwSignal<Completion>,
    active: RwSignal<Option<usize>>,
}

impl Completing {
    fn close(self) {
        self.found.set(Completion::default());
        self.active.set(None);
    }

    fn look_up(self, wants_all: bool) {
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
    fn hear(self, event: &leptos::ev::KeyboardEvent) {
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
fn Names(id: &'static str, completing: Completing) -> impl IntoView {
    let is_open = Memo::new(move |_| completing.found.with(|found| !found.names.is_empty()));
    let option = move |(index, name): (usize, String)| {
        let is_active = move || if completing.active.get() == Some(index) { "true" } else { "false" };
        view! {
            <li
                class="query-bar__option"
                id=format!("{id}-name-{index}")
                role="option"
                aria-selected=is_active
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

/// A text in colours, with the mistake underlined.
fn spans(text: &str, fault: Option<u32>) -> Vec<AnyView> {
    let wrong = fault.map_or(0..0, |column| at_fault(text, column));
    let (before, rest) = text.split_at(wrong.start);
    let (marked, after) = rest.split_at(wrong.len());
    let mut spans = coloured(query::runs(before));
    if !marked.is_empty() {
        spans.push(view! { <span class="code__error">{marked.to_owned()}</span> }.into_any());
    }
    spans.extend(coloured(query::runs(after)));
    spans
}

fn coloured(runs: Vec<Run<'_>>) -> Vec<AnyView> {
    runs.into_iter()
        .map(|run| {
            let text = run.text.to_owned();
            if run.class.is_empty() {
                text.into_any()
            } else {
                view! { <span class=run.class>{text}</span> }.into_any()
            }
        })
        .collect()
}

/// A refused query: the place and the reason, under the query bar, and the correction where it is known.
#[component]
pub(crate) fn QueryProblem(
    /// The refusal.
    error: ApiError,
    /// The text that was refused, to offer its correction.
    #[prop(optional, into)]
    text: Option<String>,
    /// Takes the corrected text.
    #[prop(optional, into)]
    on_fix: Option<Callback<String>>,
) -> impl IntoView {
    let field = error.0.errors.first().cloned();
    let column = field.as_ref().and_then(|field| field.column);
    let place = field.as_ref().and_then(|field| {
        let column = field.column?;
        Some(match field.line {
            Some(line) if line > 1 => format!("Line {line}, column {column}. "),
            _ => format!("Column {column}. "),
        })
    });
    let message =
        field.map_or_else(|| format!("{}. {}", error.0.title, error.0.detail), |field| field.message);
    // What is quoted from the query stands between backticks.
    let words: Vec<_> = message
        .split('`')
        .enumerate()
        .map(|(index, part)| {
            let part = part.to_owned();
            if index % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect();
    let fix = on_fix.zip(text.zip(column)).and_then(|(on_fix, (text, column))| {
        let (right, fixed) = query::fix(&text, column)?;
        Some(view! {
            <button class="button button--small needs-scripts" type="button" on:click=move |_| on_fix.run(fixed.clone())>
                {format!("Use {right} instead")}
            </button>
        })
    });
    view! {
        <p class="query-bar__error" id="query-error" role="alert">
            <Icon name="circle-x" />
            <span><strong>{place}</strong>{words}</span>
            {fix}
        </p>
    }
    .into_any()
}
