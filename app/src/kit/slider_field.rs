//! A numeric form field with a slider beside it.

use leptos::prelude::*;

use crate::format::number::{self, fixed};

/// A text field and a slider for the same value.
#[component]
pub(crate) fn SliderField(
    /// Element id, for the label.
    id: String,
    /// Name of the form field; absent while there is nothing to send.
    #[prop(into)]
    name: Signal<Option<String>>,
    /// Its label.
    label: &'static str,
    /// The unit behind the field.
    unit: &'static str,
    /// The field's text.
    #[prop(into)]
    text: Signal<String>,
    /// Called with the text that is typed.
    on_text: Callback<String>,
    /// The slider's position, 0 to 100; with `None` there is no slider.
    #[prop(into)]
    position: Signal<Option<f64>>,
    /// Called with the slider's new position.
    on_position: Callback<f64>,
    /// Text under it.
    #[prop(into)]
    hint: Signal<String>,
    /// What is wrong with the field.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Whether it differs from the current setting.
    #[prop(into)]
    is_changed: Signal<bool>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let initial = text.get_untracked();
    let has_slider = position.get_untracked().is_some();
    let text_with_unit = move || if unit.is_empty() { text.get() } else { format!("{} {unit}", text.get()) };
    let slider = has_slider.then(|| {
        let at = move || fixed(position.get().unwrap_or_default(), 0);
        view! {
            <input
                class="range needs-scripts"
                type="range"
                min="0"
                max="100"
                value=untrack(at)
                prop:value=at
                style=("--range-at", move || format!("{}%", at()))
                aria-label=format!("{label}, slider")
                aria-valuetext=text_with_unit
                on:input:target=move |event| {
                    if let Some(position) = number::parse(&event.target().value()) {
                        on_position.run(position);
                    }
                }
            />
        }
    });
    view! {
        <div class="slider-field" data-changed=move || is_changed.get().then_some("")>
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            <span class="input-unit">
                <input
                    type="text"
                    id=id
                    name=move || name.get()
                    inputmode="decimal"
                    autocomplete="off"
                    value=initial
                    prop:value=move || text.get()
                    aria-describedby=hint_id.clone()
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    on:input:target=move |event| on_text.run(event.target().value())
                />
                <span>{unit}</span>
            </span>
            {slider}
            <span
                class="slider-field__hint"
                id=hint_id
                data-tone=move || error.with(Option::is_some).then_some("error")
            >
                {move || error.get().unwrap_or_else(|| hint.get())}
            </span>
        </div>
    }
}
