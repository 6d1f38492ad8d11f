//! What the server functions of the registry share, on the server.

use console::Console;
use console_wire::{
    access::Actor,
    problem::{FieldError, Problem},
    registry::{ChangeAgain, ChangeKind, KeyName, NewRegistryChange, RegistryChange},
};
use hub_wire::DeviceId;

use super::{
    super::ssr::{is_plain_form, redirect, to_api_error, with_status},
    ApiError, ChangeForm, ChangeOpening, DeviceOpening,
};
use crate::{api::PlainFormResults, paths};

/// Reads the number of a change; another text is not found.
pub(super) fn change_id(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| {
        with_status(ApiError(Box::new(Problem {
            kind: "not-found".into(),
            title: "No such registry change".into(),
            status: 404,
            detail: "The number of a registry change is a whole number.".into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        })))
    })
}

pub(super) fn key_name(word: &str) -> Result<KeyName, ApiError> {
    KeyName::from_wire(word).ok_or_else(|| {
        let fault = FieldError::new("key", "must be primary or secondary");
        with_status(ApiError::invalid(vec![fault]))
    })
}

/// Leads a plain form back to the device's page.
pub(super) fn back_to(id: &DeviceId) {
    if is_plain_form() {
        redirect(&paths::device(id.as_str()));
    }
}

/// Keeps what a plain form for new devices came to, and leads back to the form.
pub(super) fn keep(opening: DeviceOpening) -> Result<(), ApiError> {
    if is_plain_form() {
        let key = PlainFormResults::from_context()?.keep_devices(opening);
        redirect(&paths::with_more(paths::DEVICE_NEW, &[("draft", &key)]));
    }
    Ok(())
}

/// What a change would do.
pub(super) async fn opening(
    console: &Console,
    actor: &Actor,
    form: &ChangeForm,
) -> Result<ChangeOpening, ApiError> {
    if !form.again.is_empty() {
        return again(console, form).await;
    }
    let preview = console.preview_registry_change(new_change(form)?, actor).await.map_err(to_api_error)?;
    Ok(ChangeOpening {
        form: ChangeForm::default(),
        kind: preview.kind,
        count: preview.count,
        connected: Some(preview.connected_count),
        unchanged: preview.unchanged_count,
        sample: preview.sample,
        refused: None,
        as_of: preview.as_of,
    })
}

async fn again(console: &Console, form: &ChangeForm) -> Result<ChangeOpening, ApiError> {
    let change = console.registry_change(change_id(&form.of)?).await.map_err(to_api_error)?;
    let (kind, count) = match form.again.as_str() {
        "undo" => (change.kind.opposite().unwrap_or(change.kind), change.undoable()),
        _ => (change.kind, change.rerunnable()),
    };
    Ok(ChangeOpening {
        form: ChangeForm::default(),
        kind,
        count,
        connected: None,
        unchanged: None,
        sample: Vec::new(),
        refused: None,
        as_of: std::time::SystemTime::now().into(),
    })
}

/// Begins the change that a form describes.
pub(super) async fn begin(
    console: &Console,
    actor: &Actor,
    form: &ChangeForm,
) -> Result<RegistryChange, ApiError> {
    let again = ChangeAgain { confirmed_count: typed_count(&form.count) };
    let begun = match form.again.as_str() {
        "" => {
            let change = NewRegistryChange {
                status_reason: Some(form.status_reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
                confirmed_count: again.confirmed_count,
                ..new_change(form)?
            };
            console.begin_registry_change(change, actor).await
        }
        "undo" => console.undo_registry_change(change_id(&form.of)?, again, actor).await,
        _ => console.rerun_registry_change(change_id(&form.of)?, again, actor).await,
    };
    begun.map_err(to_api_error)
}

fn new_change(form: &ChangeForm) -> Result<NewRegistryChange, ApiError> {
    let kind = ChangeKind::from_wire(&form.kind).filter(|kind| *kind != ChangeKind::Create);
    let kind = kind.ok_or_else(|| {
        ApiError::invalid(vec![FieldError::new("kind", "must be enable, disable or delete")])
    })?;
    Ok(NewRegistryChange { query_condition: Some(form.query.clone()), ..NewRegistryChange::new(kind) })
}

/// A number as it is typed, with or without separators.
fn typed_count(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    digits.parse().ok()
}
