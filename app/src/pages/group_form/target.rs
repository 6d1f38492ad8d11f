//! The devices of the group: by a query, or by a list of ids; and how many they are.

use console_wire::{
    group::{Group, MAX_GROUP_DEVICES},
    target::Preview,
};
use leptos::prelude::*;

use super::FormState;
use crate::{
    api::targets::preview_target,
    data::{
        attribute_names::{AttributeNames, use_attribute_names},
        page_data::{PageData, page_data},
    },
    error::ApiError,
    format::{
        markup,
        number::{devices, grouped},
    },
    forms::{QueryBar, QueryProblem, ReadFile, group::GroupForm, job::listed},
    kit::{FieldNotice, FieldProblem, dom},
};

/// A count, or why there is none.
type CountResource = PageData<Option<Result<Preview, ApiError>>>;

/// The fields.
#[component]
pub(super) fn TargetFields(
    state: FormState,
    /// The group as it is, where one is changed.
    group: Option<Group>,
) -> impl IntoView {
    let fields = state.fields;
    let is_list = Memo::new(move |_| fields.with(GroupForm::is_list));
    let count: CountResource = page_data(
        move || state.counted.get(),
        |request| async move {
            match request {
                Some(request) => Some(preview_target(request).await.flatten()),
                None => None,
            }
        },
    );
    let segments = [(false, "query", "Query"), (true, "list", "Device list")].map(|(lists, value, label)| {
        view! {
            <label>
                <input
                    type="radio"
                    name="form[target]"
                    value=value
                    checked=is_list.get_untracked() == lists
                    prop:checked=move || is_list.get() == lists
                    on:change=move |_| {
                        fields.update(|form| form.target = value.into());
                        state.count();
                    }
                />
                {label}
            </label>
        }
    });
    let before = group.and_then(|group| group.count).map(|count| count.devices);
    view! {
        <div class="segmented segmented--self" role="radiogroup" aria-label="Choose devices by">
            {segments.into_iter().collect_view()}
        </div>
        <div class="field" data-off=move || is_list.get().then_some("")>
            <QueryField state count />
        </div>
        <div class="field" data-off=move || (!is_list.get()).then_some("")>
            <ListField state />
        </div>
        <p class="group-form__count needs-scripts" role="status">
            <Transition>
                {move || Suspend::new(async move {
                    match count.await {
                        Some(Ok(preview)) => Some(found(&preview, state.fields.with_untracked(GroupForm::is_list), before)),
                        Some(Err(error)) if error.0.errors.is_empty() => Some(format!("Not counted. {}.", error.0.title)),
                        _ => None,
                    }
                })}
            </Transition>
        </p>
    }
    .into_any()
}

/// How many devices were found, beside the number before.
fn found(preview: &Preview, is_list: bool, before: Option<u64>) -> String {
    let found = if is_list { listed::summary(preview) } else { format!("{} now", devices(preview.count)) };
    let before = before.map(|count| format!("; the group has {} so far", grouped(count))).unwrap_or_default();
    format!("{found}, {} connected{before}.", grouped(preview.connected_count))
}

#[component]
fn QueryField(state: FormState, count: CountResource) -> impl IntoView {
    let fields = state.fields;
    let text = RwSignal::new(fields.with_untracked(|form| form.query.clone()));
    Effect::new(move |_| {
        let typed = text.get();
        fields.update(|form| form.query = typed);
    });
    let refused = state.problem("queryCondition");
    // The refused text and the column of the error in it.
    let wrong = RwSignal::new(None::<(String, Option<u32>)>);
    let is_wrong_now =
        move || wrong.with(|wrong| wrong.as_ref().is_some_and(|(of, _)| text.with(|text| text.trim() == of)));
    let error_column =
        Signal::derive(move || wrong.get().filter(|_| is_wrong_now()).and_then(|(_, column)| column));
    let is_refused = Signal::derive(move || is_wrong_now() || refused.with(Option::is_some));
    let on_fix = Callback::new(move |fixed: String| {
        text.set(fixed.clone());
        fields.update(|form| form.query = fixed);
        state.count();
        dom::focus("query");
    });
    let AttributeNames { names, load } = use_attribute_names();
    view! {
        <span class="field__label" aria-hidden="true">
            "Query condition"
        </span>
        <div on:focusout=dom::deferred(move |_| state.count())>
            <QueryBar id="query" name="form[query]" label="Query condition" text names error_column is_refused on_focus=load />
        </div>
        <FieldProblem id="query-problem" error=refused />
        <Transition>
            {move || Suspend::new(async move {
                let error = count.await.and_then(Result::err).filter(|error| error.field("queryCondition").is_some());
                let query = state.counted.get_untracked().map(|request| request.query_condition).unwrap_or_default();
                let place = error.as_ref().map(|error| (query.clone(), error.0.errors.first().and_then(|error| error.column)));
                Effect::new(move |_| wrong.set(place.clone()));
                error.map(|error| view! { <QueryProblem error text=query on_fix /> })
            })}
        </Transition>
        <span class="field__hint" id="query-hint">
            "Only the part after WHERE; * means every device. The devices that match when a job starts are addressed."
        </span>
    }
    .into_any()
}

#[component]
fn ListField(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let problem = state.problem("deviceIds");
    let note = RwSignal::new(None::<String>);
    let on_read = Callback::new(move |(text, column): (String, Option<String>)| {
        note.set(column);
        fields.update(|form| form.devices = text);
        state.count();
    });
    view! {
        <label class="field__label" for="devices">
            "Device ids"
        </label>
        <div class="editor" data-invalid=move || problem.with(Option::is_some).then_some("")>
            <textarea
                class="editor__code editor__code--plain"
                id="devices"
                name="form[devices]"
                rows="8"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                placeholder="door-0421"
                aria-describedby="devices-hint devices-problem"
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                prop:value=move || fields.with(|form| form.devices.clone())
                on:input:target=move |event| fields.update(|form| form.devices = event.target().value())
                on:change=move |_| {
                    note.set(None);
                    state.count();
                }
                inner_html=markup::text_area(&fields.with_untracked(|form| form.devices.clone()))
            />
            <div class="editor__foot needs-scripts">
                <ReadFile on_read />
            </div>
        </div>
        <FieldProblem id="devices-problem" error=problem />
        <FieldNotice text=note />
        <span class="field__hint" id="devices-hint">
            {format!(
                "One a line, or with commas or spaces between. Of a table the column deviceId or id is read, or the first one. Up to {} ids.",
                grouped(MAX_GROUP_DEVICES as u64),
            )}
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_count_is_beside_the_old_one() {
        let preview: Preview =
            serde_json::from_value(serde_json::json!({"count": 1204, "connectedCount": 1200,
            "sample": [], "unknownCount": 2, "asOf": "2026-09-17T18:00:00Z"}))
            .unwrap();
        assert_eq!(found(&preview, false, None), "1,204 devices now, 1,200 connected.");
        assert_eq!(
            found(&preview, true, Some(7)),
            "1,204 devices found, 2 ids do not exist, 1,200 connected; the group has 7 so far."
        );
    }
}
