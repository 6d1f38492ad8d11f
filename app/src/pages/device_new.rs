//! `/devices/new`: one new device, or many from a CSV. Two plain forms; a table is checked before its devices are created.

mod table;

use console_wire::{access::Action, registry::MAX_STATUS_REASON};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::table::TableForm;
use crate::{
    account::use_account,
    api::registry::{CreateDevice, DeviceOpening, open_device_form},
    data::page_data::page_data,
    error::ApiError,
    format::markup,
    forms::{FormErrors, PostForm, device::DeviceForm},
    kit::{Condition, Field, Icon, PermissionNote, UnknownParams},
    paths,
};

/// The page.
#[component]
pub(crate) fn DeviceNewPage() -> impl IntoView {
    let params = use_query_map().get_untracked();
    let unknown = paths::unknown_names(&params, &["draft"]);
    let draft = params.get("draft").unwrap_or_default();
    let opening = page_data(
        move || draft.clone(),
        |draft| async move { if draft.is_empty() { None } else { open_device_form(draft).await.ok() } },
    );
    view! {
        <Title text="New devices" />
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div class="page__title">
                    <a
                        class="button button--quiet button--icon button--small run__back"
                        href=paths::DEVICES
                        aria-label="Back to devices"
                    >
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>"New devices"</h1>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            <Limits />
            <Suspense>
                {move || Suspend::new(async move {
                    let opening = opening.await.unwrap_or_default();
                    view! { <Forms opening /> }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

/// What keeps the user from creating devices.
#[component]
fn Limits() -> impl IntoView {
    let account = use_account();
    let scope = account.scope().map(|scope| {
        view! {
            <p class="permission-note">
                "A new device cannot be checked against your scope, so you cannot create devices: "
                <Condition text=scope />
            </p>
        }
    });
    view! {
        <PermissionNote action=Action::DeviceWrite />
        {scope}
    }
    .into_any()
}

/// Whether the user may create devices.
fn may_create() -> bool {
    let account = use_account();
    account.may(Action::DeviceWrite) && account.scope().is_none()
}

/// Both forms. A refusal belongs to the one that was sent.
#[component]
fn Forms(opening: DeviceOpening) -> impl IntoView {
    let DeviceOpening { form, csv, is_table, refused, preview } = opening;
    let (of_one, of_table) = if is_table { (None, refused) } else { (refused, None) };
    view! {
        <div class="columns columns--even">
            <TableForm csv preview refused=of_table />
            <OneForm form refused=of_one />
        </div>
    }
    .into_any()
}

/// The form of one device.
#[component]
fn OneForm(form: DeviceForm, refused: Option<ApiError>) -> impl IntoView {
    let create = ServerAction::<CreateDevice>::new();
    let errors = FormErrors::of(move || match create.value().get() {
        Some(answer) => answer.err(),
        None => refused.clone(),
    });
    let is_allowed = may_create();
    let is_disabled = form.status == "disabled";
    view! {
        <section class="panel" aria-labelledby="one-title">
            <div class="panel__header">
                <h2 class="panel__title" id="one-title">
                    "One device"
                </h2>
                <span class="panel__note">"the hub makes its keys"</span>
            </div>
            <PostForm action=create attr:novalidate=true>
                <div class="stack">
                    <Field id="device-id" label="Device id" error=errors.field("deviceId")>
                        <input
                            class="input"
                            type="text"
                            id="device-id"
                            name="form[device_id]"
                            maxlength="128"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            placeholder="door-0421"
                            aria-describedby="device-id-problem"
                            value=form.device_id
                        />
                    </Field>
                    <Field id="device-status" label="Status">
                        <select class="input" id="device-status" name="form[status]">
                            <option value="enabled" selected=!is_disabled>
                                "Enabled: it may connect"
                            </option>
                            <option value="disabled" selected=is_disabled>
                                "Disabled"
                            </option>
                        </select>
                    </Field>
                    <Field id="device-reason" label="Reason of the status (optional)" error=errors.field("statusReason")>
                        <input
                            class="input"
                            type="text"
                            id="device-reason"
                            name="form[status_reason]"
                            maxlength=MAX_STATUS_REASON.to_string()
                            autocomplete="off"
                            aria-describedby="device-reason-problem"
                            value=form.status_reason
                        />
                    </Field>
                    <JsonField
                        id="device-tags"
                        label="Tags (optional)"
                        name="form[tags]"
                        example="{\"building\": \"43\"}"
                        text=form.tags
                        errors
                        field="tags"
                    />
                    <JsonField
                        id="device-desired"
                        label="Desired properties (optional)"
                        name="form[desired]"
                        example="{\"interval\": 60}"
                        text=form.desired
                        errors
                        field="desired"
                    />
                    {errors.panel()}
                    <div>
                        <button
                            class="button button--primary"
                            type="submit"
                            disabled=move || !is_allowed || create.pending().get()
                        >
                            "Create device"
                        </button>
                    </div>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// A text area for a JSON object.
#[component]
fn JsonField(
    id: &'static str,
    label: &'static str,
    name: &'static str,
    /// A text that would do.
    example: &'static str,
    text: String,
    errors: FormErrors,
    /// The field, as the API names it.
    field: &'static str,
) -> impl IntoView {
    let error = errors.field(field);
    view! {
        <Field id label error>
            <div class="editor" data-invalid=move || error.with(Option::is_some).then_some("")>
                <textarea
                    class="editor__code editor__code--plain"
                    id=id
                    name=name
                    rows="3"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    placeholder=example
                    aria-describedby=format!("{id}-problem")
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    inner_html=markup::text_area(&text)
                />
            </div>
        </Field>
    }
    .into_any()
}
