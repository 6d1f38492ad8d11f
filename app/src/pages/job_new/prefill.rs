//! Fills the form from a recent job or a template, and saves it as a template.

use console_wire::{access::Action, template::MAX_NAME};
use leptos::{prelude::*, task::spawn_local};

use super::form_state::{FormState, SourcesResource};
use crate::{
    account::use_account,
    api::templates::{DeleteTemplate, Deleted, SaveTemplate, Saved, Sources, save_template},
    forms::job::JobForm,
    kit::{
        ConfirmDialog, ConfirmQuestion, ErrorPanel, Field, Icon, Menu, PermissionNote, TimeFormat, TimeText,
        Undo, use_toasts,
    },
    paths,
};

/// The menu.
#[component]
pub(super) fn SourcesMenu(
    sources: SourcesResource,
    delete: ServerAction<DeleteTemplate>,
    is_saving: RwSignal<bool>,
    reread: RwSignal<u32>,
) -> impl IntoView {
    let toasts = use_toasts();
    let is_allowed = use_account().may(Action::TemplateWrite);
    // The response contains the deleted template, so undo saves it again. The page may be disposed by then.
    Effect::new(move |_| {
        let Some(Ok(deleted)) = delete.value().get() else { return };
        let text = format!("Template \u{201c}{}\u{201d} deleted.", deleted.name);
        let undo = Undo::new(move || {
            let Deleted { name, form } = deleted.clone();
            spawn_local(async move {
                let text = match save_template(name, form).await {
                    Ok(name) => format!("Template \u{201c}{name}\u{201d} is back."),
                    Err(error) => format!("{}.", error.0.title),
                };
                reread.try_update(|times| *times += 1);
                toasts.show(text, None);
            });
        });
        toasts.show(text, Some(undo));
    });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let Sources { recent, saved, as_of, .. } = sources.await.unwrap_or_default();
                view! {
                    <Menu
                        button="button button--quiet"
                        list="menu__list menu__list--wide"
                        summary=view! {
                            <Icon name="history" />
                            "Recent and saved"
                        }
                            .into_any()
                    >
                        <li class="menu__note">"Fill the form from a recent job"</li>
                        {recent
                            .into_iter()
                            .map(|job| {
                                let at = job.created_time;
                                view! {
                                    <li>
                                        <a class="menu__item" href=paths::job_new_from(&job.job_id)>
                                            <span class="menu__clip">{job.name}</span>
                                            {as_of
                                                .map(|as_of| {
                                                    view! {
                                                        <span class="menu__end">
                                                            <TimeText at as_of style=TimeFormat::Relative />
                                                        </span>
                                                    }
                                                })}
                                        </a>
                                    </li>
                                }
                            })
                            .collect_view()}
                        <li class="menu__rule"></li>
                        <li class="menu__note">
                            {if saved.is_empty() { "No templates yet" } else { "Templates" }}
                        </li>
                        {saved.into_iter().map(|saved| view! { <SavedItem saved delete /> }).collect_view()}
                        <li class="needs-scripts">
                            <button
                                class="menu__item"
                                type="button"
                                disabled=!is_allowed
                                on:click=move |_| is_saving.set(true)
                            >
                                <Icon name="bookmark" />
                                "Save this form as a template…"
                            </button>
                            <PermissionNote action=Action::TemplateWrite />
                        </li>
                    </Menu>
                }
            })}
        </Transition>
    }
    .into_any()
}

/// A template: its link and the button that deletes it.
#[component]
fn SavedItem(saved: Saved, delete: ServerAction<DeleteTemplate>) -> impl IntoView {
    let name = saved.name.clone();
    let on_delete = move |_| {
        delete.dispatch(DeleteTemplate { name: name.clone() });
    };
    view! {
        <li class="menu__row">
            <a class="menu__item" href=paths::job_new_template(&saved.name)>
                <span class="menu__clip">{saved.name.clone()}</span>
            </a>
            <button
                class="copy needs-scripts"
                type="button"
                aria-label=format!("Delete template {}", saved.name)
                disabled=!use_account().may(Action::TemplateWrite)
                on:click=on_delete
            >
                <Icon name="x" />
            </button>
        </li>
    }
    .into_any()
}

/// Asks for the template's name.
#[component]
pub(super) fn SaveDialog(
    state: FormState,
    save: ServerAction<SaveTemplate>,
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let toasts = use_toasts();
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if is_open.get() {
            name.set(state.fields.with_untracked(suggested_name));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(saved)) = save.value().get() {
            is_open.set(false);
            toasts.show_link(
                format!("Template \u{201c}{saved}\u{201d} saved."),
                "Use it",
                paths::job_new_template(&saved),
            );
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.dispatch(SaveTemplate { name: name.get_untracked().trim().to_owned(), form: state.form() });
    };
    let is_blocked = move || name.with(|name| name.trim().is_empty()) || save.pending().get();
    let close = Callback::new(move |()| is_open.set(false));
    let confirm = view! {
        <button class="button button--primary" type="submit" disabled=is_blocked>
            "Save template"
        </button>
    };
    view! {
        <ConfirmDialog title_id="save-title" is_open on_close=close>
            <form on:submit=submit>
                <ConfirmQuestion
                    title_id="save-title"
                    title="Save as a template"
                    dismiss="Keep editing"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    <Field
                        id="template-name"
                        label="Name"
                        hint="A template of the same name is replaced. The start is not kept: a template runs when it is started."
                    >
                        <input
                            type="text"
                            class="input"
                            id="template-name"
                            maxlength="64"
                            autocomplete="off"
                            autofocus
                            prop:value=move || name.get()
                            on:input:target=move |event| name.set(event.target().value())
                        />
                    </Field>
                    {move || {
                        save.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })
                    }}
                </ConfirmQuestion>
            </form>
        </ConfirmDialog>
    }
    .into_any()
}

/// A name for the template: the job's name, the method or the action.
fn suggested_name(form: &JobForm) -> String {
    let words = [form.name.trim(), form.method.trim(), form.action().as_str()];
    let name = words.into_iter().find(|words| !words.is_empty()).unwrap_or_default();
    name.chars().take(MAX_NAME).collect()
}
