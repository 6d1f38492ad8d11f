//! Where a refused form says why: beside the fields at fault, or below the form when no field is.

use console_wire::problem::FieldError;
use leptos::prelude::*;

use crate::{error::ApiError, kit::ErrorPanel};

/// Why the latest answer refused a form; nothing while none did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormErrors(Signal<Option<ApiError>>);

impl FormErrors {
    /// Follows the answers of a form.
    pub(crate) fn of(error: impl Fn() -> Option<ApiError> + Send + Sync + 'static) -> Self {
        Self(Signal::derive(error))
    }

    /// What is wrong with a field, named as the API names it.
    pub(crate) fn field(self, name: &'static str) -> Signal<Option<FieldError>> {
        let error = self.0;
        Signal::derive(move || error.with(|error| error.as_ref()?.field(name).cloned()))
    }

    /// The panel of a refusal that no field is the reason of.
    pub(crate) fn panel(self) -> AnyView {
        let error = self.0;
        let panel = move || {
            let error = error.get().filter(|error| error.0.errors.is_empty())?;
            Some(view! { <ErrorPanel error /> })
        };
        panel.into_any()
    }
}
