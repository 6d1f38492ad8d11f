//! `/groups/new` and `/groups/{id}/edit`: the form of a group.
//!
//! One plain form. Without scripts it is posted, and comes back with its content if the server refuses it. Once the page is
//! hydrated, its devices are counted whenever a field of them was changed.

mod target;

use console_wire::{
    access::Action,
    group::{Group, MAX_DESCRIPTION, MAX_NAME},
    problem::FieldError,
    target::PreviewRequest,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

use self::target::TargetFields;
use super::not_found::NotThere;
use crate::{
    account::use_account,
    api::groups::{GroupOpening, SaveGroup, open_group_form},
    data::page_data::page_data,
    error::ApiError,
    forms::{
        PostForm,
        group::{GroupForm, PARAMS},
    },
    kit::{ErrorPanel, Field, Icon, PermissionNote, UnknownParams},
    paths,
};

/// The form for a new group.
#[component]
pub(crate) fn GroupNewPage() -> impl IntoView {
    view! {
        <Title text="New group" />
        <OpenForm group_id=String::new() />
    }
    .into_any()
}

/// The form to change a group.
#[component]
pub(crate) fn GroupEditPage() -> impl IntoView {
    let group_id =
        use_params_map().with_untracked(|params| paths::id(&params.get("id").unwrap_or_default()).to_owned());
    view! {
        <Title text="Edit group" />
        <OpenForm group_id />
    }
    .into_any()
}

/// The fields and why they were refused.
#[derive(Clone, Copy)]
struct FormState {
    fields: RwSignal<GroupForm>,
    refused: Signal<Option<ApiError>>,
    /// The devices to count.
    counted: RwSignal<Option<PreviewRequest>>,
}

impl FormState {
    /// Why a field was refused.
    fn problem(self, field: &'static str) -> Signal<Option<FieldError>> {
        Signal::derive(move || self.refused.with(|refused| refused.as_ref()?.field(field).cloned()))
    }

    /// Counts the devices as they are chosen now.
    fn count(self) {
        self.counted.set(self.fields.with_untracked(GroupForm::preview_request));
    }
}

/// Reads what the form is filled with.
#[component]
fn OpenForm(group_id: String) -> impl IntoView {
    let params = use_query_map().get_untracked();
    let draft = params.get("draft").unwrap_or_default();
    let wanted = (group_id.clone(), draft);
    let opening = page_data(
        move || wanted.clone(),
        |(group_id, draft)| async move {
            if group_id.is_empty() && draft.is_empty() {
                return None;
            }
            Some(open_group_form(group_id, draft).await)
        },
    );
    view! {
        <Suspense>
            {move || {
                let (params, group_id) = (params.clone(), group_id.clone());
                Suspend::new(async move {
                    match opening.await {
                        Some(Err(error)) if error.is_not_found() => {
                            let title = format!("There is no group {group_id}");
                            view! { <NotThere title text="It may be misspelt, or it was deleted." /> }.into_any()
                        }
                        Some(Err(error)) => {
                            view! {
                                <main class="page" id="main" tabindex="-1">
                                    <h1>"Group"</h1>
                                    <ErrorPanel error />
                                </main>
                            }
                                .into_any()
                        }
                        opening => {
                            let opening = opening.and_then(Result::ok).unwrap_or_else(|| empty(&params));
                            view! { <Form opening group_id params /> }.into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// The form for a new group, filled from the address.
fn empty(params: &ParamsMap) -> GroupOpening {
    GroupOpening { form: GroupForm::from_params(params), group: None, refused: None }
}

/// The form.
#[component]
fn Form(opening: GroupOpening, group_id: String, params: ParamsMap) -> impl IntoView {
    let GroupOpening { form, group, refused } = opening;
    let save = ServerAction::<SaveGroup>::new();
    let refused_before = refused;
    let refused = Signal::derive(move || match save.value().get() {
        Some(answer) => answer.err(),
        None => refused_before.clone(),
    });
    let counted = RwSignal::new(form.preview_request());
    let state = FormState { fields: RwSignal::new(form), refused, counted };
    let unknown = paths::unknown_names(&params, &PARAMS);
    let is_allowed = use_account().may(Action::GroupWrite);
    let (title, button, back) = match &group {
        Some(group) => (format!("Edit {}", group.name), "Save group", paths::group(&group.group_id)),
        None => ("New group".to_owned(), "Create group", paths::GROUPS.to_owned()),
    };
    let whole = move || refused.get().filter(|error| error.0.errors.is_empty());
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=back
                        aria-label="Back"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{title}</h1>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <PostForm action=save attr:class="group-form" attr:novalidate=true>
                <input type="hidden" name="group_id" value=group_id />
                <Labels state />
                <TargetFields state group=group.clone() />
                {group.map(|group| view! { <Consequences group /> })}
                {move || whole().map(|error| view! { <ErrorPanel error /> })}
                <div>
                    <button
                        class="button button--primary"
                        type="submit"
                        disabled=move || !is_allowed || save.pending().get()
                    >
                        {button}
                    </button>
                    <PermissionNote action=Action::GroupWrite />
                </div>
            </PostForm>
        </main>
    }
    .into_any()
}

/// Name and description.
#[component]
fn Labels(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let (name_problem, description_problem) = (state.problem("name"), state.problem("description"));
    view! {
        <Field id="group-name" label="Name" error=name_problem>
            <input
                class="input"
                type="text"
                id="group-name"
                name="form[name]"
                maxlength=MAX_NAME.to_string()
                autocomplete="off"
                aria-invalid=move || name_problem.with(Option::is_some).then_some("true")
                aria-describedby="group-name-problem"
                value=fields.with_untracked(|form| form.name.clone())
                prop:value=move || fields.with(|form| form.name.clone())
                on:input:target=move |event| fields.update(|form| form.name = event.target().value())
            />
        </Field>
        <Field id="group-description" label="Description (optional)" error=description_problem>
            <input
                class="input"
                type="text"
                id="group-description"
                name="form[description]"
                maxlength=MAX_DESCRIPTION.to_string()
                autocomplete="off"
                aria-invalid=move || description_problem.with(Option::is_some).then_some("true")
                aria-describedby="group-description-problem"
                value=fields.with_untracked(|form| form.description.clone())
                prop:value=move || fields.with(|form| form.description.clone())
                on:input:target=move |event| fields.update(|form| form.description = event.target().value())
            />
        </Field>
    }
    .into_any()
}

/// What a change does to what uses the group.
#[component]
fn Consequences(group: Group) -> impl IntoView {
    let words = crate::format::group::used_by(&group.used_by);
    view! {
        <p class="field__hint">
            {format!("Used by: {words}. A change applies to jobs that are created later, never to one that is there already.")}
        </p>
    }
}
