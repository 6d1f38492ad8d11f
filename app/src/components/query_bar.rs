//! A query condition, coloured while it is typed, its names completed, its mistake underlined at its place.
//!
//! A plain input, so that everything a browser can do with one works, above a layer that shows the same text in
//! colours. Before the page is interactive the input shows its own text.

mod names;
mod problem;

use leptos::{html, prelude::*};

use self::names::{Completing, Names};
pub(crate) use self::problem::QueryProblem;
use super::code::coloured;
use crate::{
    browser::{self, field},
    present::query::{self, at_fault},
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
    let completing = Completing::new(input, text, names);
    let follow = move || field::follow_scroll(input, layer);
    let shown = move || text.with(|text| spans(text, fault.get()));
    let initial = text.get_untracked();
    view! {
        <div class="query-bar" data-invalid=move || is_refused.get().then_some("")>
            <span class="query-bar__prefix" aria-hidden="true">
                <span class="only-wide">"SELECT * FROM devices "</span>
                "WHERE"
            </span>
            <div class="query-bar__field" data-coloured=move || is_interactive.get().then_some("")>
                <div class="query-bar__layer" aria-hidden="true" node_ref=layer>
                    {move || shown()}
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
                    aria-activedescendant=move || completing.active().map(|index| format!("{id}-name-{index}"))
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

/// A text in colours, with the mistake underlined.
fn spans(text: &str, fault: Option<u32>) -> Vec<AnyView> {
    let wrong = fault.map_or(0..0, |column| at_fault(text, column));
    let (before, rest) = text.split_at(wrong.start);
    let (marked, after) = rest.split_at(wrong.len());
    let mut spans = coloured(&query::runs(before));
    if !marked.is_empty() {
        spans.push(view! { <span class="code__error">{marked.to_owned()}</span> }.into_any());
    }
    spans.extend(coloured(&query::runs(after)));
    spans
}
