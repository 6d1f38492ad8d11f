//! The query bar: a field for a condition, with syntax highlighting, completion of names, and the error underlined.
//!
//! A plain input lies above a layer that shows the same text highlighted, so that all of the browser's editing works.
//! Until the page is hydrated the input shows its own text.

mod names;
mod problem;

use hub_query::pasted;
use leptos::{html, prelude::*, wasm_bindgen::JsCast as _, web_sys};

use self::names::{CompletionState, Names};
pub(crate) use self::problem::QueryProblem;
use crate::{
    format::query::{self, error_span},
    kit::{
        code::highlight,
        dom::{self, caret},
    },
};

/// The bar: prefix, field, and the children at its end.
#[component]
pub(crate) fn QueryBar(
    /// Element id, and prefix of the ids inside.
    #[prop(default = "query")]
    id: &'static str,
    /// Name of the form field.
    #[prop(default = "query")]
    name: &'static str,
    /// Accessible name of the field.
    label: &'static str,
    /// Shown while the field is empty.
    #[prop(default = "a condition, such as tags.simulated = true")]
    placeholder: &'static str,
    /// The text; set while the user types.
    text: RwSignal<String>,
    /// Names to complete, in display order.
    #[prop(into)]
    names: Signal<Vec<String>>,
    /// Column of the error (from 1), while the text is the refused one.
    #[prop(into)]
    error_column: Signal<Option<u32>>,
    /// Whether the text was refused.
    #[prop(into)]
    is_refused: Signal<bool>,
    /// Whether the text is no condition, but was searched for as plain text.
    #[prop(optional, into)]
    is_plain_text: Signal<bool>,
    /// Called when the field gets the focus.
    #[prop(optional, into)]
    on_focus: Option<Callback<()>>,
    /// Buttons at the end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let is_interactive = dom::use_interactive();
    let (input, layer) = (NodeRef::<html::Input>::new(), NodeRef::<html::Div>::new());
    let completion = CompletionState::new(input, text, names);
    let follow = move || caret::sync_scroll(input, layer);
    let shown = move || text.with(|text| spans(text, error_column.get()));
    let initial = text.get_untracked();
    view! {
        <div class="query-bar" data-invalid=move || is_refused.get().then_some("")>
            <span class="query-bar__prefix" aria-hidden="true">
                {move || {
                    if is_plain_text.get() {
                        "Search".into_any()
                    } else {
                        view! {
                            <span class="only-wide">"SELECT * FROM devices "</span>
                            "WHERE"
                        }
                            .into_any()
                    }
                }}
            </span>
            <div class="query-bar__field" data-coloured=move || is_interactive.get().then_some("")>
                <div class="query-bar__layer" aria-hidden="true" node_ref=layer>
                    {shown}
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
                    aria-activedescendant=move || completion.active().map(|index| format!("{id}-name-{index}"))
                    placeholder=placeholder
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    data-search=""
                    value=initial
                    prop:value=move || text.get()
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        // Of a whole query that is pasted, the field takes its condition.
                        let taken = is_paste(&event).then(|| pasted::condition(&typed)).flatten();
                        if let Some(taken) = &taken {
                            caret::set_text(input, taken, taken.len());
                        }
                        text.set(taken.unwrap_or(typed));
                        completion.update(false);
                        follow();
                    }
                    on:keydown=move |event| completion.on_keydown(&event)
                    on:keyup=move |_| follow()
                    on:click=move |_| follow()
                    on:scroll=move |_| follow()
                    on:focus=dom::deferred(move |_| {
                        if let Some(on_focus) = on_focus {
                            on_focus.run(());
                        }
                    })
                    on:blur=dom::deferred(move |_| {
                        completion.close();
                        follow();
                    })
                />
                <Names id completion />
            </div>
            <div class="query-bar__tools">{children.map(|children| children())}</div>
        </div>
    }
    .into_any()
}

/// Whether a text was pasted, not typed.
fn is_paste(event: &leptos::ev::Event) -> bool {
    event
        .dyn_ref::<web_sys::InputEvent>()
        .is_some_and(|event| matches!(event.input_type().as_str(), "insertFromPaste" | "insertFromDrop"))
}

/// The highlighted text, with the error underlined.
fn spans(text: &str, error_column: Option<u32>) -> Vec<AnyView> {
    let wrong = error_column.map_or(0..0, |column| error_span(text, column));
    let (before, rest) = text.split_at(wrong.start);
    let (marked, after) = rest.split_at(wrong.len());
    let mut spans = highlight(&query::tokens(before));
    if !marked.is_empty() {
        spans.push(view! { <span class="code__error">{marked.to_owned()}</span> }.into_any());
    }
    spans.extend(highlight(&query::tokens(after)));
    spans
}
