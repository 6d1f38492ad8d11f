//! Results of plain forms, kept for the page that the form leads to.
//!
//! An address holds only a key. The result is shown as the server's own text, so it must not come from the address, which
//! anyone can write.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use console_wire::{
    access::{Invitation, MadeToken},
    connect::ConnectGuide,
    device::MethodAnswer,
    registry::ConnectionString,
    webhook::NewSecret,
};
use leptos::prelude::use_context;

use super::{
    access::RefusedForm,
    registry::{ChangeForm, DeviceOpening},
};
use crate::{
    RequestId,
    error::ApiError,
    forms::{group::GroupForm, job::JobForm},
};

/// Most entries of each kind. The page after the form reads its entry at once, so few are enough.
const MAX_ENTRIES: usize = 64;
/// Most bytes of all entries of a kind together.
const MAX_BYTES: usize = 48 * 1024 * 1024;

/// Results of plain forms. The server makes one and puts it in the context of every page and server function.
#[derive(Clone, Default)]
pub struct PlainFormResults(Arc<Results>);

#[derive(Default)]
struct Results {
    drafts: Newest<(JobForm, ApiError)>,
    refused: Newest<RefusedForm>,
    invitations: Newest<Invitation>,
    secrets: Newest<NewSecret>,
    tokens: Newest<MadeToken>,
    groups: Newest<(GroupForm, ApiError)>,
    guides: Newest<ConnectGuide>,
    answers: Newest<MethodAnswer>,
    devices: Newest<DeviceOpening>,
    changes: Newest<(ChangeForm, ApiError)>,
    connection_strings: Newest<ConnectionString>,
}

impl std::fmt::Debug for PlainFormResults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainFormResults")
    }
}

impl PlainFormResults {
    /// The results that the server put into the context.
    pub(super) fn from_context() -> Result<Self, ApiError> {
        let error = "the results of plain forms are not in the context of this request";
        use_context().ok_or_else(|| ApiError::internal(error))
    }

    /// Keeps a refused form and the reason; returns its key.
    pub(super) fn keep_draft(&self, form: JobForm, refused: ApiError) -> String {
        let bytes = form.payload.len() + form.devices.len() + form.query.len();
        self.0.drafts.keep(request_key(), (form, refused), bytes)
    }

    /// Keeps a refused form of the pages before sign-in; returns its key.
    pub(super) fn keep_refused(&self, form: RefusedForm) -> String {
        let bytes = form.name.len() + form.user_name.len();
        self.0.refused.keep(request_key(), form, bytes)
    }

    /// A refused form of the pages before sign-in.
    pub(super) fn refused(&self, key: &str) -> Option<RefusedForm> {
        self.0.refused.get(key)
    }

    /// Keeps a link that was just made; returns its key.
    pub(super) fn keep_invitation(&self, invitation: Invitation) -> String {
        self.0.invitations.keep(request_key(), invitation, 0)
    }

    /// A link that was just made.
    pub(super) fn invitation(&self, key: &str) -> Option<Invitation> {
        self.0.invitations.get(key)
    }

    /// Keeps a signing secret that was just made; returns its key.
    pub(super) fn keep_secret(&self, secret: NewSecret) -> String {
        self.0.secrets.keep(request_key(), secret, 0)
    }

    /// A signing secret that was just made, once: the page that is loaded again does not show it.
    pub(super) fn take_secret(&self, key: &str) -> Option<NewSecret> {
        self.0.secrets.take(key)
    }

    /// Keeps a token that was just made; returns its key.
    pub(super) fn keep_token(&self, made: MadeToken) -> String {
        self.0.tokens.keep(request_key(), made, 0)
    }

    /// A token that was just made, once: the page that is loaded again does not show it.
    pub(super) fn take_token(&self, key: &str) -> Option<MadeToken> {
        self.0.tokens.take(key)
    }

    /// Keeps a token of a device that was just made; returns its key.
    pub(super) fn keep_guide(&self, guide: ConnectGuide) -> String {
        self.0.guides.keep(request_key(), guide, 0)
    }

    /// A token of a device that was just made, once: the page that is loaded again does not show it.
    pub(super) fn take_guide(&self, key: &str) -> Option<ConnectGuide> {
        self.0.guides.take(key)
    }

    /// Keeps what a module answered; returns its key.
    pub(super) fn keep_answer(&self, answer: MethodAnswer) -> String {
        let bytes = answer.response.payload.to_string().len();
        self.0.answers.keep(request_key(), answer, bytes)
    }

    /// What a module answered.
    pub(super) fn answer(&self, key: &str) -> Option<MethodAnswer> {
        self.0.answers.get(key)
    }

    /// Keeps a refused form of a group and the reason; returns its key.
    pub(super) fn keep_group(&self, form: GroupForm, refused: ApiError) -> String {
        let bytes = form.devices.len() + form.query.len() + form.name.len() + form.description.len();
        self.0.groups.keep(request_key(), (form, refused), bytes)
    }

    /// A refused form of a group.
    pub(super) fn group(&self, key: &str) -> Option<(GroupForm, ApiError)> {
        self.0.groups.get(key)
    }

    /// Keeps a form of new devices that was refused or checked; returns its key.
    pub(super) fn keep_devices(&self, opening: DeviceOpening) -> String {
        let form = &opening.form;
        let bytes = opening.csv.len() + form.tags.len() + form.desired.len() + form.device_id.len();
        self.0.devices.keep(request_key(), opening, bytes)
    }

    /// A form of new devices that was refused or checked.
    pub(super) fn devices(&self, key: &str) -> Option<DeviceOpening> {
        self.0.devices.get(key)
    }

    /// Keeps a refused registry change and the reason; returns its key.
    pub(super) fn keep_change(&self, form: ChangeForm, refused: ApiError) -> String {
        let bytes = form.query.len() + form.status_reason.len();
        self.0.changes.keep(request_key(), (form, refused), bytes)
    }

    /// A refused registry change.
    pub(super) fn change(&self, key: &str) -> Option<(ChangeForm, ApiError)> {
        self.0.changes.get(key)
    }

    /// Keeps a connection string that was just asked for; returns its key.
    pub(super) fn keep_connection_string(&self, shown: ConnectionString) -> String {
        self.0.connection_strings.keep(request_key(), shown, 0)
    }

    /// A connection string that was just asked for, once: the page that is loaded again does not show it.
    pub(super) fn take_connection_string(&self, key: &str) -> Option<ConnectionString> {
        self.0.connection_strings.take(key)
    }

    /// A refused form.
    pub(super) fn draft(&self, key: &str) -> Option<(JobForm, ApiError)> {
        self.0.drafts.get(key)
    }
}

/// The id of this request: it is unique and cannot be guessed.
fn request_key() -> String {
    use_context::<RequestId>().map(|id| id.0).unwrap_or_default()
}

/// The newest entries, by key, each with its size in bytes; oldest first.
struct Newest<T>(Mutex<VecDeque<(String, usize, T)>>);

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Newest<T> {
    /// Keeps `value`, which takes about `bytes`; returns its key.
    fn keep(&self, key: String, value: T, bytes: usize) -> String {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back((key.clone(), bytes, value));
        while entries.len() > MAX_ENTRIES
            || entries.len() > 1 && entries.iter().map(|(_, bytes, _)| bytes).sum::<usize>() > MAX_BYTES
        {
            entries.pop_front();
        }
        key
    }

    /// Removes an entry.
    fn take(&self, key: &str) -> Option<T> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(known, ..)| !key.is_empty() && known == key)?;
        entries.remove(at).map(|(_, _, value)| value)
    }

    fn get(&self, key: &str) -> Option<T> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|(known, ..)| !key.is_empty() && known == key).map(|(_, _, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_within_limits() {
        let kept = Newest::default();
        for number in 0..=MAX_ENTRIES {
            kept.keep(number.to_string(), number, 1);
        }
        assert_eq!((kept.get("0"), kept.get("1"), kept.get("")), (None, Some(1), None));
        kept.keep("large".into(), 7, MAX_BYTES);
        assert_eq!((kept.get("2"), kept.get("large")), (None, Some(7)));
        assert_eq!((kept.take(""), kept.take("large"), kept.take("large")), (None, Some(7), None));
    }
}
