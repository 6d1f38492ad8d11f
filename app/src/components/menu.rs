//! A menu: a native disclosure with a list of actions. It opens without scripts; with them it closes on Escape, on a
//! click elsewhere, and mostly once something in it was chosen.

use leptos::{html::Details, prelude::*};

use crate::browser;

/// A button that opens a list of actions below it. The children are `li` elements.
#[component]
pub(crate) fn Menu(
    /// What is in the button.
    summary: AnyView,
    /// What the button is called, where its content does not say.
    #[prop(optional, into)]
    label: Option<String>,
    /// Class of the button.
    #[prop(default = "button")]
    button: &'static str,
    /// Further classes of the whole.
    #[prop(default = "menu")]
    class: &'static str,
    /// Class of the list.
    #[prop(default = "menu__list")]
    list: &'static str,
    /// Stays open when something in it is chosen, for several choices.
    #[prop(optional)]
    stays_open: bool,
    /// The list.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<Details>::new();
    browser::on_press_outside(details, move || {
        browser::close_details(details);
    });
    view! {
        <details
            class=class
            node_ref=details
            on:keydown=move |event| {
                if event.key() == "Escape" && browser::close_details(details) {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
        >
            <summary class=button aria-label=label>
                {summary}
            </summary>
            <ul
                class=list
                on:click=move |_| {
                    if !stays_open {
                        browser::close_details(details);
                    }
                }
            >
                {children()}
            </ul>
        </details>
    }
    .into_any()
}
