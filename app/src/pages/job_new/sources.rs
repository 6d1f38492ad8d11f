//! What the form can be filled from: recent jobs and templates; and saving it as a template.

use leptos::{html::Dialog, lazy, prelude::*, task::spawn_local};

use super::draft::{Draft, SourcesResource};
use crate::{
    api::templates::{DeleteTemplate, Deleted, SaveTemplate, Saved, Sources, save_template},
    browser,
    components::{ErrorPanel, Icon, Menu, Moment, OnFirstUse, Part, TimeText, Undo, use_toasts},
    job_form::JobForm,
    paths,
    reactive::effect,
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
    // What was deleted comes back with the answer, so that undoing is saving it again; by then the page may be gone.
    effect(move || {
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
                                            <span class="menu__clip">{job.job_id.clone()}</span>
                                            {as_of
                                                .map(|as_of| {
                                                    view! {
                                                        <span class="menu__end">
                                                            <TimeText at as_of style=Moment::Relative />
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
                            <button class="menu__item" type="button" on:click=move |_| is_saving.set(true)>
                                <Icon name="bookmark" />
                                "Save this form as a template…"
                            </button>
                        </li>
                    </Menu>
                }
            })}
        </Transition>
    }
    .into_any()
}

/// One template: its link, and the way to be rid of it.
#[component]
fn SavedItem(saved: Saved, delete: ServerAction<DeleteTemplate>) -> impl IntoView {
    let name = saved.name.clone();
    let gone = move |_| {
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
                on:click=gone
            >
                <Icon name="x" />
            </button>
        </li>
    }
    .into_any()
}

/// Asks for the template's name. The program comes with the first template that is saved.
#[component]
pub(super) fn SaveDialog(
    draft: Draft,
    save: ServerAction<SaveTemplate>,
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let part = move || Box::pin(save_template_part(draft, save, is_open)) as Part;
    view! { <OnFirstUse wanted=is_open part=Box::new(part) /> }.into_any()
}

#[lazy]
fn save_template_part(draft: Draft, save: ServerAction<SaveTemplate>, is_open: RwSignal<bool>) -> AnyView {
    view! { <AskName draft save is_open /> }.into_any()
}

#[component]
fn AskName(draft: Draft, save: ServerAction<SaveTemplate>, is_open: RwSignal<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let dialog = NodeRef::<Dialog>::new();
    browser::follow_dialog(dialog, is_open);
    let name = RwSignal::new(String::new());
    effect(move || {
        if is_open.get() {
            name.set(draft.fields.with_untracked(suggested_name));
        }
    });
    effect(move || {
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
        save.dispatch(SaveTemplate { name: name.get_untracked().trim().to_owned(), form: draft.form() });
    };
    let is_blocked = move || name.with(|name| name.trim().is_empty()) || save.pending().get();
    view! {
        <dialog class="dialog" aria-labelledby="save-title" node_ref=dialog on:close=move |_| is_open.set(false)>
            <form on:submit=submit>
                <div class="dialog__body">
                    <h2 class="dialog__title" id="save-title">
                        "Save as a template"
                    </h2>
                    <div class="field">
                        <label class="field__label" for="template-name">
                            "Name"
                        </label>
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
                        <span class="field__hint">
                            "A template of the same name is replaced. The start is not kept: a template runs when somebody starts it."
                        </span>
                    </div>
                    {move || {
                        save.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })
                    }}
                </div>
                <div class="dialog__foot">
                    <button class="button" type="button" on:click=move |_| is_open.set(false)>
                        "Keep editing"
                    </button>
                    <button class="button button--primary" type="submit" disabled=move || is_blocked()>
                        "Save template"
                    </button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

/// What the form does, as a name.
fn suggested_name(form: &JobForm) -> String {
    let method = form.method.trim();
    if method.is_empty() { form.action().as_str().to_owned() } else { method.to_owned() }
}
