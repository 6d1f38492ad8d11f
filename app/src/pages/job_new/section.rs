//! The layout of the form's sections.

use leptos::prelude::*;

/// A section: title and introduction on the left, fields on the right.
#[component]
pub(super) fn Section(title: &'static str, intro: &'static str, children: Children) -> impl IntoView {
    view! {
        <fieldset class="form-section">
            <legend class="visually-hidden">{title}</legend>
            <div class="form-section__intro">
                <h2>{title}</h2>
                {intro}
            </div>
            <div class="stack">{children()}</div>
        </fieldset>
    }
    .into_any()
}

/// A radio button with a label and a hint.
#[component]
pub(super) fn Choice(
    name: &'static str,
    value: &'static str,
    label: &'static str,
    hint: &'static str,
    #[prop(into)] is_chosen: Signal<bool>,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="radio"
                name=name
                value=value
                checked=is_chosen.get_untracked()
                prop:checked=move || is_chosen.get()
                on:change=move |_| choose()
            />
            <span class="choice__label">{label}</span>
            <span class="choice__hint">{hint}</span>
        </label>
    }
    .into_any()
}
