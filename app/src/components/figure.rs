//! A number that a page is about, with its unit and what it means.

use leptos::prelude::*;

/// A duration or another number with units, as in `4 min 4 s`: numbers large, units small.
#[component]
pub(crate) fn Quantity(
    /// Numbers and units in turn, apart by spaces.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let parts = move || {
        let text = text.get();
        let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        words
            .into_iter()
            .enumerate()
            .map(|(index, word)| {
                if index % 2 == 0 {
                    view! { {word}" " }.into_any()
                } else {
                    view! { <span class="figure__unit">{word}" "</span> }.into_any()
                }
            })
            .collect::<Vec<_>>()
    };
    view! { <span class="figure__value">{move || parts()}</span> }.into_any()
}

/// One figure of a row of them, inside a `dl`.
#[component]
pub(crate) fn Figure(
    /// What is counted.
    #[prop(into)]
    name: Signal<&'static str>,
    /// The number.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="figure">
            <dt>{move || name.get().to_owned()}</dt>
            <dd>{children()}</dd>
        </div>
    }
    .into_any()
}
