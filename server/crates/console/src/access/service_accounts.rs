//! Service accounts: accounts of programs. They have tokens and cannot sign in.

use console_wire::access::{
    Action, Actor, NewServiceAccount, Person, ServiceAccount, ServiceAccounts, Subject, permit,
};
use hub_wire::Timestamp;
use serde_json::json;
use tracing::info;

use super::{
    names::{name_fault, user_name_fault},
    secret,
};
use crate::{ConsoleError, audit, core::Core};

/// All of them, by name.
pub(crate) async fn service_accounts(
    core: &Core,
    actor: &Actor,
    now: Timestamp,
) -> Result<ServiceAccounts, ConsoleError> {
    permit(actor, Action::UserRead, Subject::Any).map_err(ConsoleError::Missing)?;
    Ok(ServiceAccounts { items: core.store.service_accounts().await?, as_of: now })
}

/// Adds one. It has no token yet.
pub(crate) async fn create_service_account(
    core: &Core,
    actor: &Actor,
    new: NewServiceAccount,
    now: Timestamp,
) -> Result<ServiceAccount, ConsoleError> {
    permit(actor, Action::UserWrite, Subject::Any).map_err(ConsoleError::Missing)?;
    let faults: Vec<_> =
        [name_fault(&new.name), user_name_fault(&new.user_name)].into_iter().flatten().collect();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    let account = Person {
        user_id: secret::id()?,
        user_name: new.user_name.trim().to_owned(),
        name: new.name.trim().to_owned(),
        role: new.role,
        scope: None,
    };
    if !core.store.insert_service_account(&account, now).await? {
        let detail = format!("There is an account with the user name '{}' already.", account.user_name);
        return Err(ConsoleError::Conflict { detail });
    }
    audit::note_subject(&account.user_id, Some(&account.name));
    audit::note_change(None, Some(json!({"userName": account.user_name, "role": account.role})));
    info!(user = account.user_name, role = account.role.as_str(), "service account made");
    Ok(ServiceAccount { account, is_active: true, created_time: now })
}
