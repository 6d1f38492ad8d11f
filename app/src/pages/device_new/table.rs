//! Many devices from a CSV: pasted, or read from a file that is chosen or dropped on the field. What the table holds is shown before
//! anything is created.

use console_wire::registry::{ChangePreview, MAX_CHANGED_DEVICES, NewDevice};
use leptos::prelude::*;

use super::may_create;
use crate::{
    api::registry::ImportDevices,
    error::ApiError,
    format::{
        markup,
        number::{count_noun, devices, grouped},
    },
    forms::PostForm,
    kit::{ErrorPanel, Icon, dom},
};

/// What a table may look like.
const EXAMPLE: &str = "deviceId,tags.building,tags.floor:number,status\ndoor-0421,43,2,enabled";

/// The form.
#[component]
pub(super) fn TableForm(
    /// The table.
    csv: String,
    /// What it holds, where a plain form has checked it.
    preview: Option<ChangePreview>,
    /// Why a plain form was refused.
    refused: Option<ApiError>,
) -> impl IntoView {
    let import = ServerAction::<ImportDevices>::new();
    let text = RwSignal::new(csv);
    // The text that the newest answer is about: a text that was changed since has to be checked again.
    let checked = RwSignal::new(text.get_untracked());
    let answer = Memo::new(move |_| import.value().get());
    let preview = Memo::new(move |_| match answer.get() {
        Some(answer) => answer.ok().flatten(),
        None => preview.clone(),
    });
    let error = Memo::new(move |_| match answer.get() {
        Some(answer) => answer.err(),
        None => refused.clone(),
    });
    let check = move || {
        let csv = text.get_untracked();
        checked.set(csv.clone());
        import.dispatch(ImportDevices { csv, step: "check".to_owned() });
    };
    let take = move |_: String, content: String| {
        text.set(content);
        check();
    };
    let read = move |event: leptos::ev::Event| dom::read_selected_file(&event, take);
    let is_dragged_over = RwSignal::new(false);
    let drag_over = move |event: leptos::ev::DragEvent| {
        // Otherwise nothing can be dropped here.
        event.prevent_default();
        is_dragged_over.set(true);
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        is_dragged_over.set(false);
        dom::read_dropped_file(&event, take);
    };
    let is_current = Memo::new(move |_| text.with(|text| checked.with(|checked| text == checked)));
    let ready = Memo::new(move |_| preview.get().filter(|_| is_current.get()));
    let is_allowed = may_create();
    let is_blocked = move || !is_allowed || import.pending().get();
    let is_wrong = Memo::new(move |_| is_current.get() && error.with(Option::is_some));
    view! {
        <section class="panel" aria-labelledby="table-title">
            <div class="panel__header">
                <h2 class="panel__title" id="table-title">
                    "Many devices from a CSV"
                </h2>
                <span class="panel__note">{format!("up to {}", grouped(MAX_CHANGED_DEVICES as u64))}</span>
            </div>
            <PostForm action=import>
                <div class="stack">
                    <label class="field__label" for="csv">
                        "Table"
                    </label>
                    <div
                        class="editor"
                        data-invalid=move || is_wrong.get().then_some("")
                        data-dragged-over=move || is_dragged_over.get().then_some("")
                        on:dragover=drag_over
                        on:dragleave=move |_| is_dragged_over.set(false)
                        on:drop=dropped
                    >
                        <textarea
                            class="editor__code editor__code--plain"
                            id="csv"
                            name="csv"
                            rows="10"
                            spellcheck="false"
                            autocomplete="off"
                            autocapitalize="off"
                            placeholder=EXAMPLE
                            aria-describedby="csv-hint csv-problem"
                            aria-invalid=move || is_wrong.get().then_some("true")
                            prop:value=move || text.get()
                            on:input:target=move |event| text.set(event.target().value())
                            inner_html=markup::text_area(&text.get_untracked())
                        />
                        <div class="editor__foot needs-scripts">
                            <label class="button button--small button--quiet file-button">
                                <input
                                    class="visually-hidden"
                                    type="file"
                                    accept=".csv,.tsv,.txt,text/csv,text/plain"
                                    on:change=read
                                />
                                "Read a file…"
                            </label>
                            <span class="field__hint">"or drop it here"</span>
                        </div>
                    </div>
                    <div id="csv-problem">{move || is_wrong.get().then(|| error.get().map(|error| view! { <Faults error /> }))}</div>
                    <Hint />
                    {move || ready.get().map(|preview| view! { <Preview preview /> })}
                    <Buttons ready is_blocked=Signal::derive(is_blocked) on_check=Callback::new(move |()| checked.set(text.get_untracked())) />
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// What the columns may be.
#[component]
fn Hint() -> impl IntoView {
    view! {
        <span class="field__hint" id="csv-hint">
            "The first line names the columns: "
            <code>"deviceId"</code>
            ", "
            <code>"status"</code>
            ", "
            <code>"statusReason"</code>
            ", "
            <code>"tags.NAME"</code>
            ", "
            <code>"desired.NAME"</code>
            ". Values are text; "
            <code>":number"</code>
            ", "
            <code>":boolean"</code>
            " or "
            <code>":json"</code>
            " after a name says otherwise."
        </span>
    }
    .into_any()
}

/// The button that checks the table, and after a good check the one that creates its devices.
#[component]
fn Buttons(
    /// What the table holds, if it was checked as it is.
    ready: Memo<Option<ChangePreview>>,
    /// Whether neither can be used.
    is_blocked: Signal<bool>,
    /// Called when the table is about to be checked.
    on_check: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="cluster">
            <button
                class="button"
                class:button--primary=move || ready.with(Option::is_none)
                type="submit"
                name="step"
                value="check"
                disabled=move || is_blocked.get()
                on:click=move |_| on_check.run(())
            >
                "Check the table"
            </button>
            {move || {
                ready
                    .get()
                    .map(|preview| {
                        view! {
                            <button
                                class="button button--primary"
                                type="submit"
                                name="step"
                                value="create"
                                disabled=move || is_blocked.get()
                            >
                                {format!("Create {}", devices(preview.count))}
                            </button>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

/// What is wrong, each fault with its line.
#[component]
fn Faults(error: ApiError) -> impl IntoView {
    if error.0.errors.is_empty() {
        return view! { <ErrorPanel error /> }.into_any();
    }
    let faults = error
        .0
        .errors
        .into_iter()
        .map(|fault| {
            let place = fault.line.map(|line| format!("Line {line}: "));
            view! {
                <li class="field__error">
                    <Icon name="circle-x" />
                    <span>
                        <strong>{place}</strong>
                        {fault.message}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div role="alert">
            <ul class="registry__faults">{faults}</ul>
        </div>
    }
    .into_any()
}

/// What would be created.
#[component]
fn Preview(preview: ChangePreview) -> impl IntoView {
    let ChangePreview { count, created_disabled, created_sample, ignored_columns, .. } = preview;
    let disabled =
        (created_disabled > 0).then(|| format!(", {} of them disabled", grouped(created_disabled)));
    let more = count.saturating_sub(created_sample.len() as u64);
    let rows =
        created_sample.iter().map(line).map(|text| view! { <li><code>{text}</code></li> }).collect_view();
    let ignored =
        (!ignored_columns.is_empty()).then(|| format!("Passed over: {}.", ignored_columns.join(", ")));
    view! {
        <div class="notice" data-tone="good" role="status">
            <Icon name="circle-check" />
            <div class="stack stack--tight">
                <strong>{format!("{}{}. No id is taken.", count_noun(count, "new device", "new devices"), disabled.unwrap_or_default())}</strong>
                <ul class="registry__faults">{rows}</ul>
                {(more > 0).then(|| view! { <span>{format!("and {} more", grouped(more))}</span> })}
                {ignored.map(|ignored| view! { <span class="field__hint">{ignored}</span> })}
            </div>
        </div>
    }
    .into_any()
}

/// A new device in a line: `door-0421 {"building":"43"}`.
fn line(device: &NewDevice) -> String {
    let tags = if device.tags.is_empty() {
        String::new()
    } else {
        format!(" {}", serde_json::to_string(&device.tags).unwrap_or_default())
    };
    format!("{}{tags}", device.device_id)
}
