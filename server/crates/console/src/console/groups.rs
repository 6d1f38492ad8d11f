//! Groups of devices.

use console_wire::{
    access::{Actor, PersonRef},
    group::{Group, Groups, NewGroup},
};

use super::Console;
use crate::{ConsoleError, groups};

/// Groups.
impl Console {
    /// All groups, by name, without the ids of their lists.
    pub async fn groups(&self) -> Result<Groups, ConsoleError> {
        groups::groups(&self.core).await
    }

    /// One group, with the ids of its list.
    ///
    /// # Errors
    /// `NotFound` when there is none with this id.
    pub async fn group(&self, group_id: &str) -> Result<Group, ConsoleError> {
        groups::group(&self.core, group_id).await
    }

    /// Creates a group and counts it.
    ///
    /// # Errors
    /// `Invalid` with every field at fault, among them a condition that the hub refuses; `Conflict` when there are too many
    /// groups; `Hub` when the hub did not count it. Nothing is changed then.
    pub async fn create_group(
        &self,
        group: NewGroup,
        person: Option<PersonRef>,
    ) -> Result<Group, ConsoleError> {
        groups::create_group(&self.core, group, person.as_ref()).await
    }

    /// Puts another content in the place of a group's, and counts it if its devices are chosen in another way. Jobs that
    /// were created before keep the devices that they addressed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for other devices of a group that is the scope of a person, unless an administrator chooses them by a
    /// condition; otherwise as [`Console::create_group`].
    pub async fn change_group(
        &self,
        group_id: &str,
        group: NewGroup,
        actor: &Actor,
    ) -> Result<Group, ConsoleError> {
        groups::change_group(&self.core, group_id, group, actor).await
    }

    /// Counts a group now. A count that is a few seconds old, with a real hub a minute, is returned as it is.
    ///
    /// # Errors
    /// `NotFound`; `Hub` when the hub did not count it; `Invalid` when it does not take the condition any more.
    pub async fn count_group(&self, group_id: &str) -> Result<Group, ConsoleError> {
        groups::count_group(&self.core, group_id).await
    }

    /// Deletes a group, and returns it as it was.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with what uses it, while a job that has not ended or a template does.
    pub async fn delete_group(&self, group_id: &str) -> Result<Group, ConsoleError> {
        groups::delete_group(&self.core, group_id).await
    }
}
