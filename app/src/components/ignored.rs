//! What in an address means nothing: passed over, and told.

use leptos::prelude::*;

use super::Icon;

use crate::reactive::memo;

/// The notice; nothing where all of the address means something.
#[component]
pub(crate) fn Ignored(
    /// As the address has them: `state=odd`.
    #[prop(into)]
    words: Signal<Vec<String>>,
    /// What is shown without them: `The list`.
    what: &'static str,
) -> impl IntoView {
    let told = memo(move || words.with(|words| words.join(", ")));
    let notice = move || {
        told.with(|told| !told.is_empty()).then(|| {
            view! {
                <div class="notice page__notice" role="status">
                    <Icon name="info" />
                    <span>
                        <strong>{told.get()} " means nothing here."</strong>
                        {format!(" {what} is shown without it.")}
                    </span>
                </div>
            }
            .into_any()
        })
    };
    view! { {move || notice()} }.into_any()
}
