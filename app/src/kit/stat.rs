//! Statistics: large numbers with unit and name.

use leptos::prelude::*;

/// A duration or another number with units, as in `4 min 4 s`: numbers large, units small.
#[component]
pub(crate) fn Quantity(
    /// Numbers and units in turn, separated by spaces.
    #[prop(into)]
    text: Signal<String>,
    /// Words before the first number, as in `up to 4 min`.
    #[prop(optional, into)]
    before: Option<Signal<String>>,
) -> impl IntoView {
    let before = move || {
        let words = before.map(|before| before.get()).filter(|words| !words.is_empty());
        words.map(|words| view! { <span class="figure__unit">{words}</span> })
    };
    let parts = move || {
        let text = text.get();
        let parts: Vec<_> = text.split(' ').map(str::to_owned).collect();
        parts
            .into_iter()
            .enumerate()
            .map(|(index, part)| {
                if index % 2 == 0 {
                    view! { {part}" " }.into_any()
                } else {
                    view! { <span class="figure__unit">{part}" "</span> }.into_any()
                }
            })
            .collect::<Vec<_>>()
    };
    view! { <span class="figure__value">{before} {parts}</span> }
}

/// One number of a row of them, inside a `dl`.
#[component]
pub(crate) fn Stat(
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
}
