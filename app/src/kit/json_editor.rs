//! A JSON editor: line numbers, syntax highlighting, a check while the user types, and a button that formats.
//!
//! The highlighted text lies behind a text area whose own text is transparent. It appears once the page is hydrated, and
//! only up to a size that stays quick to type in.

use leptos::prelude::*;

use super::{Icon, Json};
use crate::{
    format::{json, markup},
    kit::dom,
};

/// Most bytes that are highlighted; beyond that typing would lag.
const MAX_HIGHLIGHTED: usize = 8 * 1024;

/// An editor for JSON.
#[component]
pub(crate) fn JsonEditor(
    /// Element id, for the label.
    id: &'static str,
    /// Name of the form field.
    name: &'static str,
    /// The text; set while the user types.
    text: RwSignal<String>,
    /// Most bytes it may hold when written compactly.
    #[prop(into)]
    limit: Signal<usize>,
    /// Whether the server refused it.
    #[prop(into, optional)]
    is_refused: Signal<bool>,
    /// What to say where there is nothing.
    #[prop(into, optional)]
    empty: Signal<&'static str>,
) -> impl IntoView {
    let is_interactive = dom::use_interactive();
    let check = Memo::new(move |_| text.with(|text| json::check(text)));
    let lines = Memo::new(move |_| text.with(|text| text.split('\n').count()).max(3));
    let gutter = move || (1..=lines.get()).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    let initial = text.get_untracked();
    let fits = move || check.with(|check| check.is_valid() && !check.is_over(limit.get()));
    let is_good = move || fits() && !is_refused.get();
    let mark = move || {
        if check.with(json::Check::is_empty) {
            ("circle-dashed", "queued")
        } else if fits() {
            ("check", "succeeded")
        } else {
            ("circle-x", "failed")
        }
    };
    let message = move || {
        let said = empty.get();
        check.with(|check| {
            if check.is_empty() && !said.is_empty() { said.to_owned() } else { check.message(limit.get()) }
        })
    };
    let is_painted =
        Memo::new(move |_| is_interactive.get() && text.with(|text| text.len() <= MAX_HIGHLIGHTED));
    let scrolled = RwSignal::new(0);
    let paint = move || {
        is_painted.get().then(|| {
            view! {
                <pre
                    class="editor__paint"
                    aria-hidden="true"
                    style:transform=move || format!("translateX({}px)", -scrolled.get())
                >
                    {move || view! { <Json text=text.get() /> }}
                </pre>
            }
        })
    };
    view! {
        <div class="editor" data-invalid=move || (!is_good()).then_some("")>
            <div class="editor__text">
                <pre class="editor__gutter" aria-hidden="true">
                    {move || gutter()}
                </pre>
                <div class="editor__stack">
                    {move || paint()}
                    <textarea
                        class="editor__code"
                        id=id
                        name=name
                        rows=move || lines.get().to_string()
                        wrap="off"
                        spellcheck="false"
                        autocomplete="off"
                        autocapitalize="off"
                        aria-describedby=format!("{id}-check")
                        aria-invalid=move || (!is_good()).then_some("true")
                        data-painted=move || is_painted.get().then_some("")
                        prop:value=move || text.get()
                        on:input:target=move |event| text.set(event.target().value())
                        on:scroll:target=move |event| scrolled.set(event.target().scroll_left())
                        inner_html=markup::text_area(&initial)
                    />
                </div>
            </div>
            <div class="editor__foot" data-tone=move || (!fits()).then_some("error")>
                <span class="with-icon" id=format!("{id}-check")>
                    <span class="status" data-status=move || mark().1>
                        <Icon name=Signal::derive(move || mark().0) />
                    </span>
                    {message}
                </span>
                <button
                    class="button button--small button--quiet needs-scripts"
                    type="button"
                    on:click=move |_| text.update(|text| *text = json::format(text))
                >
                    "Format"
                </button>
            </div>
        </div>
    }
    .into_any()
}
