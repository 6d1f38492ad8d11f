//! The scopes of edge devices and their children, checked against the registry. The rules are in
//! [`crate::domain::scope`].

use hub_wire::Timestamp;
use sqlx::SqliteConnection;

use super::identity::{DeviceIdentity, generation};
use crate::{
    domain::scope::{Scopes, edge_scope, scope_owner},
    error::HubError,
};

/// The scopes of a device that is created.
pub(super) async fn first(
    connection: &mut SqliteConnection,
    now: Timestamp,
    identity: &DeviceIdentity,
) -> Result<Scopes, HubError> {
    let own = edge_scope(&identity.device_id, &generation(now));
    let scopes = identity.scopes.complete(identity.iot_edge, &own)?;
    check_parents(connection, &scopes).await?;
    Ok(scopes)
}

/// The scopes of a device that is replaced. A parent that it already has may have been deleted meanwhile.
pub(super) async fn replacing(
    connection: &mut SqliteConnection,
    identity: &DeviceIdentity,
) -> Result<Scopes, HubError> {
    let (generation_id, parent_scopes): (String, String) =
        sqlx::query_as("SELECT generation_id, parent_scopes FROM devices WHERE device_id = ?")
            .bind(identity.device_id.as_str())
            .fetch_one(&mut *connection)
            .await?;
    let own = edge_scope(&identity.device_id, &generation_id);
    let scopes = identity.scopes.complete(identity.iot_edge, &own)?;
    let before: Vec<String> =
        serde_json::from_str(&parent_scopes).map_err(|error| HubError::damaged("device", error))?;
    if scopes.parent_scopes != before {
        check_parents(connection, &scopes).await?;
    }
    Ok(scopes)
}

async fn check_parents(connection: &mut SqliteConnection, scopes: &Scopes) -> Result<(), HubError> {
    for scope in &scopes.parent_scopes {
        let found: Option<bool> = match scope_owner(scope) {
            None => None,
            Some(owner) => {
                sqlx::query_scalar("SELECT iot_edge AND device_scope = ? FROM devices WHERE device_id = ?")
                    .bind(scope)
                    .bind(owner.as_str())
                    .fetch_optional(&mut *connection)
                    .await?
            }
        };
        if found != Some(true) {
            return Err(HubError::argument_invalid(format!(
                "'{scope}' is not the scope of an edge device; a parent's scope is its deviceScope"
            )));
        }
    }
    Ok(())
}
