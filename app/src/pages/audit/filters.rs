//! The filters: a form whose fields are the parameters of the address.

use console_wire::{
    access::Action,
    audit::{AuditOutcome, MAX_FILTER, SET_PASSWORD, SET_UP, SIGN_IN, SIGN_OUT},
};
use leptos::prelude::*;

use crate::{
    account::use_account,
    audit_query::AuditQuery,
    forms::SearchForm,
    kit::{Field, Icon},
    paths,
};

/// The form. Its fields follow the address.
#[component]
pub(super) fn Filters(query: Memo<AuditQuery>) -> impl IntoView {
    let text =
        move |of: fn(&AuditQuery) -> &String| Signal::derive(move || query.with(|query| of(query).clone()));
    // Who reads only what the person did needs no filter by person.
    let who = use_account().may(Action::AuditRead).then(
        || view! { <TextField id="audit-who" name="who" label="Who" value=text(|query| &query.who) /> },
    );
    let actions = Action::ALL.iter().filter(|action| !action.is_read()).map(|action| action.as_str());
    let actions = actions.chain([SIGN_IN, SIGN_OUT, SET_UP, SET_PASSWORD]).collect::<Vec<_>>();
    let outcomes = AuditOutcome::ALL.map(|outcome| (outcome.as_str(), outcome.as_str())).to_vec();
    let actions = actions.into_iter().map(|action| (action, action)).collect();
    view! {
        <section class="audit__filters" role="search" aria-label="Filter the audit log">
            <SearchForm to=Signal::stored(paths::AUDIT.to_owned())>
                <div class="audit__fields">
                    {who}
                    <ChoiceField
                        id="audit-action"
                        name="action"
                        label="Action"
                        value=text(|query| &query.action)
                        choices=actions
                    />
                    <TextField id="audit-subject" name="subject" label="Subject" value=text(|query| &query.subject) />
                    <ChoiceField
                        id="audit-outcome"
                        name="outcome"
                        label="Result"
                        value=text(|query| &query.outcome)
                        choices=outcomes
                    />
                    <TimeField id="audit-from" name="from" label="From, UTC" value=text(|query| &query.from) />
                    <TimeField id="audit-to" name="to" label="Before, UTC" value=text(|query| &query.to) />
                    <div class="audit__apply">
                        <button class="button" type="submit">
                            <Icon name="search" />
                            "Filter"
                        </button>
                        {move || {
                            query
                                .with(AuditQuery::is_filtered)
                                .then(|| {
                                    view! {
                                        <a class="link" href=paths::AUDIT>
                                            "Remove filters"
                                        </a>
                                    }
                                })
                        }}
                    </div>
                </div>
            </SearchForm>
        </section>
    }
    .into_any()
}

/// A text.
#[component]
fn TextField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
) -> impl IntoView {
    view! {
        <Field id label=label>
            <input
                class="input"
                type="search"
                id=id
                name=name
                maxlength=MAX_FILTER.to_string()
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                value=value.get_untracked()
                prop:value=move || value.get()
            />
        </Field>
    }
    .into_any()
}

/// A date and a time of day.
#[component]
fn TimeField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
) -> impl IntoView {
    view! {
        <Field id label=label>
            <input
                class="input"
                type="datetime-local"
                id=id
                name=name
                value=value.get_untracked()
                prop:value=move || value.get()
            />
        </Field>
    }
    .into_any()
}

/// One of several values, or any. A value of the address that is not among them is one more choice.
#[component]
fn ChoiceField(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
    /// Value and text.
    choices: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let is_other = {
        let values: Vec<_> = choices.iter().map(|(value, _)| *value).collect();
        move || {
            let value = value.get();
            (!value.is_empty() && !values.contains(&value.as_str())).then_some(value)
        }
    };
    let options = choices.into_iter().map(|(choice, text)| {
        view! {
            <option value=choice selected=move || value.with(|value| value == choice)>
                {text}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <Field id label=label>
            <select class="input" id=id name=name prop:value=move || value.get()>
                <option value="">"any"</option>
                {options}
                {move || {
                    is_other()
                        .map(|other| {
                            view! {
                                <option value=other.clone() selected>
                                    {other.clone()}
                                </option>
                            }
                        })
                }}
            </select>
        </Field>
    }
    .into_any()
}
