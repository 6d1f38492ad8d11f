//! Connection states and activity, as the gateway reports them.

use hub_wire::device::{ConnectionState, ServiceStatistics};
use serde_json::json;
use sqlx::{SqliteConnection, SqlitePool};

use super::{ConnectionChange, Store, c2d};
use crate::{domain::Target, error::HubError};

/// Records connections that were opened or have ended; for one device the last one counts.
pub(super) async fn changed(store: &Store, changes: Vec<ConnectionChange>) -> Result<(), HubError> {
    // Later entries win: a map by target keeps the last, and one statement then sets each device once.
    let newest: std::collections::BTreeMap<_, _> =
        changes.into_iter().map(|change| (change.target.clone(), change)).collect();
    let (mut devices, mut modules) = (Vec::new(), Vec::new());
    for (target, change) in newest {
        let row = json!({
            "d": target.device_id.as_str(), "m": target.module_str(), "s": change.state.as_str(),
            "t": change.at.ticks(), "model": change.model_id,
        });
        if target.module_id.is_none() { &mut devices } else { &mut modules }.push(row);
    }
    store
        .writer
        .write(move |connection, _| {
            Box::pin(async move {
                if !devices.is_empty() {
                    set(connection, DEVICES, &devices).await?;
                }
                if !modules.is_empty() {
                    set(connection, MODULES, &modules).await?;
                }
                Ok(())
            })
        })
        .await
}

const DEVICES: &str = "UPDATE devices SET connection_state = c.value ->> 's', connection_updated = c.value ->> 't', \
     last_activity = max(last_activity, c.value ->> 't'), model_id = coalesce(c.value ->> 'model', model_id) \
     FROM json_each(?) AS c WHERE devices.device_id = c.value ->> 'd'";
const MODULES: &str = "UPDATE modules SET connection_state = c.value ->> 's', connection_updated = c.value ->> 't', \
     last_activity = max(last_activity, c.value ->> 't'), model_id = coalesce(c.value ->> 'model', model_id) \
     FROM json_each(?) AS c WHERE modules.device_id = c.value ->> 'd' AND modules.module_id = c.value ->> 'm'";

async fn set(
    connection: &mut SqliteConnection,
    statement: &'static str,
    changes: &[serde_json::Value],
) -> Result<(), HubError> {
    let changes = serde_json::Value::from(changes).to_string();
    sqlx::query(statement).bind(changes).execute(connection).await?;
    Ok(())
}

/// Records that a device sent something.
pub(super) async fn activity(store: &Store, target: &Target) -> Result<(), HubError> {
    let target = target.clone();
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let statement = match &target.module_id {
                    None => sqlx::query("UPDATE devices SET last_activity = ? WHERE device_id = ?")
                        .bind(now.ticks())
                        .bind(target.device_id.as_str()),
                    Some(module_id) => sqlx::query(
                        "UPDATE modules SET last_activity = ? WHERE device_id = ? AND module_id = ?",
                    )
                    .bind(now.ticks())
                    .bind(target.device_id.as_str())
                    .bind(module_id.as_str()),
                };
                statement.execute(connection).await?;
                Ok(())
            })
        })
        .await
}

/// No device is connected to a hub that has just started, whatever the last process stored.
pub(super) async fn disconnect_all(store: &Store) -> Result<(), HubError> {
    store
        .writer
        .write(|connection, now| {
            Box::pin(async move {
                for statement in [
                    "UPDATE devices SET connection_state = ?, connection_updated = ? \
                     WHERE connection_state = 'Connected'",
                    "UPDATE modules SET connection_state = ?, connection_updated = ? \
                     WHERE connection_state = 'Connected'",
                ] {
                    sqlx::query(statement)
                        .bind(ConnectionState::Disconnected.as_str())
                        .bind(now.ticks())
                        .execute(&mut *connection)
                        .await?;
                }
                c2d::unlock_all(connection).await
            })
        })
        .await
}

pub(super) async fn statistics(readers: &SqlitePool) -> Result<ServiceStatistics, HubError> {
    let connected_device_count =
        sqlx::query_scalar("SELECT count(*) FROM devices WHERE connection_state = 'Connected'")
            .fetch_one(readers)
            .await?;
    Ok(ServiceStatistics { connected_device_count })
}
