//! A text area for JSON that counts lines, checks while one types, and formats on request.

use leptos::prelude::*;

use super::Icon;
use crate::{browser, present::json};

/// An editor for JSON.
#[component]
pub(crate) fn JsonEditor(
    /// Element id, for the label.
    id: &'static str,
    /// Name of the form field.
    name: &'static str,
    /// The text; typing writes it.
    text: RwSignal<String>,
    /// Most bytes it may hold when written compactly.
    #[prop(into)]
    limit: Signal<usize>,
    /// Whether the server found it at fault.
    #[prop(into, optional)]
    is_refused: Signal<bool>,
) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let check = Memo::new(move |_| text.with(|text| json::check(text)));
    let lines = Memo::new(move |_| text.with(|text| text.split('\n').count()).max(3));
    let gutter = move || (1..=lines.get()).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    let initial = text.get_untracked();
    let is_valid = move || check.with(json::Check::is_valid) && !is_refused.get();
    view! {
        <div class="editor" data-invalid=move || (!is_valid()).then_some("")>
            <div class="editor__text">
                <pre class="editor__gutter" aria-hidden="true">
                    {gutter}
                </pre>
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
                    aria-invalid=move || (!is_valid()).then_some("true")
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                >
                    {initial}
                </textarea>
            </div>
            <div class="editor__foot">
                <span class="with-icon" id=format!("{id}-check")>
                    <span
                        class="status"
                        data-status=move || if check.with(json::Check::is_valid) { "succeeded" } else { "failed" }
                    >
                        <Icon name=Signal::derive(move || {
                            if check.with(json::Check::is_valid) { "check" } else { "circle-x" }
                        }) />
                    </span>
                    {move || check.with(|check| check.words(limit.get()))}
                </span>
                <button
                    class="button button--small button--quiet"
                    type="button"
                    hidden=move || !is_interactive.get()
                    on:click=move |_| text.update(|text| *text = json::format(text))
                >
                    "Format"
                </button>
            </div>
        </div>
    }
    .into_any()
}
