//! The condition: coloured and completed while it is typed, its mistake at its place.

use leptos::{prelude::*, task::spawn_local};

use super::super::draft::{Draft, PreviewResource};
use crate::{
    api::device_list::list_devices,
    browser,
    components::{FieldProblem, QueryBar, QueryProblem},
    job_form::TargetKind,
    reactive::effect,
};

/// The field.
#[component]
pub(super) fn QueryField(draft: Draft, preview: PreviewResource) -> impl IntoView {
    let fields = draft.fields;
    let text = RwSignal::new(fields.with_untracked(|form| form.query.clone()));
    effect(move || {
        let typed = text.get();
        if fields.with_untracked(|form| form.query != typed) {
            fields.update(|form| form.query = typed);
        }
    });
    let refused = draft.problem("queryCondition");
    // A fault at a place in the query is told by the count, which also knows when it has been mended.
    let problem = Signal::derive(move || refused.get().filter(|error| error.column.is_none()));
    let is_wrong = Signal::derive(move || {
        let refused = if draft.is_interactive.get() { problem } else { refused };
        draft.is_query_wrong.get() || refused.with(Option::is_some)
    });
    // The text that was refused, and the column of the mistake in it.
    let wrong = RwSignal::new(None::<(String, u32)>);
    let fault = Signal::derive(move || {
        wrong.with(|wrong| {
            let (refused, column) = wrong.as_ref()?;
            text.with(|text| text.trim() == refused).then_some(*column)
        })
    });
    let on_fix = Callback::new(move |fixed: String| {
        text.set(fixed);
        browser::focus("query");
    });
    let names = RwSignal::new(None::<Vec<String>>);
    // Asked of somebody who types only, and of the first devices: all devices of a fleet are alike.
    let learn_names = move |()| {
        if names.with_untracked(Option::is_some) {
            return;
        }
        names.set(Some(Vec::new()));
        spawn_local(async move {
            let first = list_devices(String::new(), String::new(), String::new()).await.flatten();
            let mut found = first.map(|first| first.table.names).unwrap_or_default();
            found.extend(["deviceId", "connectionState", "lastActivityTime"].map(str::to_owned));
            names.try_set(Some(found));
        });
    };
    view! {
        <span class="field__label" aria-hidden="true">
            "Query condition"
        </span>
        <QueryBar
            id="query"
            name="form[query]"
            label="Query condition"
            text
            names=Signal::derive(move || names.get().unwrap_or_default())
            fault
            is_refused=is_wrong
            on_focus=Callback::new(learn_names)
        />
        <FieldProblem id="query-problem" error=problem />
        <Transition>
            {move || Suspend::new(async move {
                let counted = draft.fields.get_untracked();
                let by_query = counted.target_kind() == TargetKind::Query;
                let error = preview.await.and_then(Result::err).filter(|_| by_query);
                let is_wrong = error.as_ref().is_some_and(|error| !error.0.errors.is_empty());
                let query = counted.query.trim().to_owned();
                let column = error.as_ref().and_then(|error| error.0.errors.first()?.column);
                let place = column.map(|column| (query.clone(), column));
                effect(move || {
                    draft.is_query_wrong.set(is_wrong);
                    wrong.set(place.clone());
                });
                error.map(|error| view! { <QueryProblem error text=query on_fix /> })
            })}
        </Transition>
        <span class="field__hint" id="query-hint">
            "Only the part after WHERE. Goes to the hub as "
            <code>"queryCondition"</code>
            ". For modules, write "
            <code>"FROM devices.modules WHERE …"</code>
        </span>
    }
    .into_any()
}
