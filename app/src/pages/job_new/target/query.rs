//! The query condition of the target.

use leptos::prelude::*;

use crate::{
    data::attribute_names::{AttributeNames, use_attribute_names},
    forms::{
        QueryBar, QueryProblem,
        job::{JobForm, TargetKind},
    },
    kit::{FieldNotice, FieldProblem, dom},
    pages::job_new::form_state::{FormState, PreviewResource},
};

/// The field.
#[component]
pub(super) fn QueryField(state: FormState, preview: PreviewResource) -> impl IntoView {
    let fields = state.fields;
    let text = RwSignal::new(fields.with_untracked(|form| form.query.clone()));
    Effect::new(move |_| {
        let typed = text.get();
        if fields.with_untracked(|form| form.query != typed) {
            fields.update(|form| form.query = typed);
        }
    });
    let refused = state.problem("queryCondition");
    // An error with a column comes from the preview too, which also notices when it is corrected.
    let problem = Signal::derive(move || refused.get().filter(|error| error.column.is_none()));
    let is_wrong = Signal::derive(move || {
        let refused = if state.is_interactive.get() { problem } else { refused };
        state.is_query_wrong.get() || refused.with(Option::is_some)
    });
    // The refused text and the column of the error in it.
    let wrong = RwSignal::new(None::<(String, u32)>);
    let error_column = Signal::derive(move || {
        wrong.with(|wrong| {
            let (refused, column) = wrong.as_ref()?;
            text.with(|text| text.trim() == refused).then_some(*column)
        })
    });
    let on_fix = Callback::new(move |fixed: String| {
        text.set(fixed);
        dom::focus("query");
    });
    let AttributeNames { names, load } = use_attribute_names();
    view! {
        <span class="field__label" aria-hidden="true">
            "Query condition"
        </span>
        <QueryBar
            id="query"
            name="form[query]"
            label="Query condition"
            text
            names
            error_column
            is_refused=is_wrong
            on_focus=load
        />
        <FieldProblem id="query-problem" error=problem />
        <FieldNotice text=Signal::derive(move || fields.with(JobForm::query_notice)) />
        <Transition>
            {move || Suspend::new(async move {
                let counted = state.fields.get_untracked();
                let by_query = counted.target_kind() == TargetKind::Query;
                let error = preview.await.and_then(|previewed| previewed.result.err()).filter(|_| by_query);
                let is_wrong = error.as_ref().is_some_and(|error| !error.0.errors.is_empty());
                let query = counted.condition();
                let column = error.as_ref().and_then(|error| error.0.errors.first()?.column);
                let place = column.map(|column| (query.clone(), column));
                Effect::new(move |_| {
                    state.is_query_wrong.set(is_wrong);
                    wrong.set(place.clone());
                });
                error.map(|error| view! { <QueryProblem error text=query on_fix /> })
            })}
        </Transition>
        // An error takes its place.
        <span class="field__hint" id="query-hint" hidden=move || is_wrong.get()>
            "Only the part after WHERE. Goes to the hub as "
            <code>"queryCondition"</code>
            ". For modules, write "
            <code>"FROM devices.modules WHERE …"</code>
        </span>
    }
    .into_any()
}
