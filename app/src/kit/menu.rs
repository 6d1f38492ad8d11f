//! A menu: a `details` element with a list of actions. It opens without scripts; with them it closes on Escape, on a click
//! outside, and by default after a choice.

use leptos::{html::Details, prelude::*};

use crate::kit::dom;

/// A button that opens a list of actions below it. The children are `li` elements.
#[component]
pub(crate) fn Menu(
    /// Content of the button.
    summary: AnyView,
    /// Accessible name of the button, when its content is only an icon.
    #[prop(optional, into)]
    label: Option<String>,
    /// Class of the button.
    #[prop(default = "button")]
    button: &'static str,
    /// Class of the menu.
    #[prop(default = "menu")]
    class: &'static str,
    /// Class of the list.
    #[prop(default = "menu__list")]
    list: &'static str,
    /// Stays open after a choice, so that several can be made.
    #[prop(optional)]
    stays_open: bool,
    /// The list.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<Details>::new();
    dom::on_press_outside(details, move || {
        dom::close_details(details);
    });
    view! {
        <details
            class=class
            node_ref=details
            on:keydown=move |event| {
                if event.key() == "Escape" && dom::close_details(details) {
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
                        dom::close_details(details);
                    }
                }
            >
                {children()}
            </ul>
        </details>
    }
    .into_any()
}
