//! A text area for JSON that counts lines, colours and checks while one types, and formats on request.
//!
//! The colours are a second text behind the first one, which then has no paint of its own. They come once the browser
//! has taken over, and only for texts of a size that somebody reads.

use leptos::prelude::*;

use super::{Icon, Json};
use crate::{browser, present::json, reactive::memo};

/// Most bytes that are coloured; beyond that each key press would be felt.
const MOST_COLOURED: usize = 8 * 1024;

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
    let check = memo(move || text.with(|text| json::check(text)));
    let lines = memo(move || text.with(|text| text.split('\n').count()).max(3));
    let gutter = move || (1..=lines.get()).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    let initial = text.get_untracked();
    let fits = move || check.with(|check| check.is_valid() && !check.is_over(limit.get()));
    let is_good = move || fits() && !is_refused.get();
    let is_painted = memo(move || is_interactive.get() && text.with(|text| text.len() <= MOST_COLOURED));
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
                    >
                        {initial}
                    </textarea>
                </div>
            </div>
            <div class="editor__foot" data-tone=move || (!fits()).then_some("error")>
                <span class="with-icon" id=format!("{id}-check")>
                    <span class="status" data-status=move || if fits() { "succeeded" } else { "failed" }>
                        <Icon name=Signal::derive(move || if fits() { "check" } else { "circle-x" }) />
                    </span>
                    {move || check.with(|check| check.words(limit.get()))}
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
