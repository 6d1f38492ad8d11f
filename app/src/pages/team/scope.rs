//! The scope of a viewer or an operator: the condition, or the group on a condition, that limits the devices that the person sees
//! and acts on, and the form that changes it.

use console_wire::{
    access::{MAX_SCOPE, Person},
    group::GroupRef,
};
use leptos::prelude::*;

use super::Changes;
use crate::{
    api::{
        device_list::{Matching, count_devices},
        team::SetScope,
    },
    data::read::{ReadOptions, use_read},
    error::ApiError,
    format::number::count_noun,
    forms::PostForm,
    kit::{Condition, ErrorPanel, FieldProblem, Icon},
};

/// The person's scope. Only viewers and operators have one; `is_off` where it cannot be changed.
#[component]
pub(super) fn Scope(
    person: Person,
    group: Option<GroupRef>,
    groups: Memo<Vec<GroupRef>>,
    changes: Changes,
    is_off: bool,
) -> impl IntoView {
    let Person { user_id, name, role, scope, .. } = person;
    let scope = scope.filter(|_| role.is_limited_by_scope());
    let group = group.filter(|_| role.is_limited_by_scope());
    let shown = match (&group, &scope) {
        (Some(group), _) => format!("Group {}", group.name).into_any(),
        (None, Some(scope)) => view! { <Condition text=scope.clone() /> }.into_any(),
        (None, None) => "Every device".into_any(),
    };
    if is_off || !role.is_limited_by_scope() {
        return shown;
    }
    view! {
        <details class="team__scope">
            <summary class="with-icon" aria-label=format!("Scope of {name}")>
                {shown}
                <Icon name="chevron-down" />
            </summary>
            <ScopeForm user_id name scope=scope.filter(|_| group.is_none()).unwrap_or_default() group groups changes />
        </details>
    }
    .into_any()
}

/// The condition, how many devices match, the group instead of it, and the button.
#[component]
fn ScopeForm(
    user_id: String,
    name: String,
    scope: String,
    group: Option<GroupRef>,
    groups: Memo<Vec<GroupRef>>,
    changes: Changes,
) -> impl IntoView {
    let action = ServerAction::<SetScope>::new();
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(()))) {
            changes.scopes.update(|count| *count += 1);
        }
    });
    let id = format!("scope-{user_id}");
    let (problem_id, hint_id) = (format!("{id}-problem"), format!("{id}-hint"));
    // Counted when the field is left: a real hub answers few queries a minute.
    let counted = RwSignal::new(None::<String>);
    let count = use_read(counted, ReadOptions::once(), count_devices);
    let refused = Signal::derive(move || match action.value().get() {
        Some(Err(error)) => Some(error),
        _ => None,
    });
    let problem = Signal::derive(move || {
        let of_form = refused.get().and_then(|error| error.0.errors.first().cloned());
        let of_count = || count.error().and_then(|error| error.field("queryCondition").cloned());
        of_form.or_else(of_count)
    });
    let hint = move || match count.current() {
        Some(result) => words(&result),
        None => "Added with AND to every target and list of devices. Empty means every device.".to_owned(),
    };
    let other = move || {
        refused.get().filter(|error| error.0.errors.is_empty()).map(|error| view! { <ErrorPanel error /> })
    };
    view! {
        <PostForm action>
            <div class="stack stack--tight">
                <input type="hidden" name="user_id" value=user_id />
                <div class="field">
                    <label class="visually-hidden" for=id.clone()>
                        {format!("Scope of {name}, a query condition")}
                    </label>
                    <input
                        class="input input--code"
                        type="text"
                        id=id
                        name="scope"
                        value=scope.clone()
                        maxlength=MAX_SCOPE.to_string()
                        placeholder="tags.building = '43'"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        aria-describedby=format!("{problem_id} {hint_id}")
                        on:change:target=move |event| {
                            let typed = event.target().value();
                            counted.set(Some(typed).filter(|typed| !typed.trim().is_empty()));
                        }
                    />
                    <FieldProblem id=problem_id error=problem />
                    <span class="field__hint" id=hint_id role="status">
                        {hint}
                    </span>
                </div>
                <GroupChoice name=name.clone() group groups />
                <div class="cluster">
                    <button
                        class="button button--small"
                        type="submit"
                        aria-label=format!("Change scope of {name}")
                        disabled=move || action.pending().get()
                    >
                        "Change"
                    </button>
                    <span class="field__hint">"The person has to sign in anew."</span>
                </div>
                {other}
            </div>
        </PostForm>
    }
    .into_any()
}

/// Chooses a group on a condition; nothing where there is none.
#[component]
fn GroupChoice(name: String, group: Option<GroupRef>, groups: Memo<Vec<GroupRef>>) -> impl IntoView {
    let chosen = group.map(|group| group.group_id).unwrap_or_default();
    move || {
        let (chosen, label) = (chosen.clone(), format!("Group that is the scope of {name}"));
        groups.with(|groups| {
            (!groups.is_empty()).then(|| {
                let option = |group: &GroupRef| {
                    view! {
                        <option value=group.group_id.clone() selected=group.group_id == chosen>
                            {format!("The group {}, also when it changes", group.name)}
                        </option>
                    }
                };
                view! {
                    <select class="input" name="group_id" aria-label=label>
                        <option value="">"The condition above"</option>
                        {groups.iter().map(option).collect_view()}
                    </select>
                }
            })
        })
    }
}

/// How many devices match, or that they could not be counted; what is wrong with the condition is beside it.
fn words(counted: &Result<Matching, ApiError>) -> String {
    match counted {
        Ok(matching) => format!("{} now.", count_noun(matching.count, "device matches", "devices match")),
        Err(error) if error.0.errors.is_empty() => format!("Not counted. {}.", error.0.title),
        Err(_) => String::new(),
    }
}
