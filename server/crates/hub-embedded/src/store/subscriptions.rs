//! Subscriptions of sessions that outlive their connections: SDKs count on them and do not subscribe again.

use sqlx::SqlitePool;

use super::{KeptSubscription, Store};
use crate::{domain::Target, error::HubError};

pub(super) async fn get(
    readers: &SqlitePool,
    target: &Target,
) -> Result<Option<Vec<KeptSubscription>>, HubError> {
    let filters: Option<String> =
        sqlx::query_scalar("SELECT filters FROM sessions WHERE device_id = ? AND module_id = ?")
            .bind(target.device_id.as_str())
            .bind(target.module_str().unwrap_or_default())
            .fetch_optional(readers)
            .await?;
    let Some(filters) = filters else { return Ok(None) };
    let filters: Vec<(String, u8)> =
        serde_json::from_str(&filters).map_err(|error| HubError::damaged("session", error))?;
    Ok(Some(filters.into_iter().map(|(filter, qos)| KeptSubscription { filter, qos }).collect()))
}

pub(super) async fn keep(
    store: &Store,
    target: &Target,
    subscriptions: Option<&[KeptSubscription]>,
) -> Result<(), HubError> {
    let filters = subscriptions.map(|kept| {
        kept.iter()
            .map(|it| serde_json::json!([it.filter, it.qos]))
            .collect::<serde_json::Value>()
            .to_string()
    });
    let (device_id, module_id) =
        (target.device_id.clone(), target.module_str().unwrap_or_default().to_owned());
    store
        .writer
        .write(move |connection, _| {
            Box::pin(async move {
                let statement = match filters {
                    // A device that was deleted while it was connected keeps nothing, hence the SELECT.
                    Some(filters) => sqlx::query(
                        "INSERT INTO sessions (device_id, module_id, filters) \
                         SELECT device_id, ?2, ?3 FROM devices WHERE device_id = ?1 \
                         ON CONFLICT (device_id, module_id) DO UPDATE SET filters = excluded.filters",
                    )
                    .bind(String::from(device_id))
                    .bind(module_id)
                    .bind(filters),
                    None => sqlx::query("DELETE FROM sessions WHERE device_id = ?1 AND module_id = ?2")
                        .bind(String::from(device_id))
                        .bind(module_id),
                };
                statement.execute(connection).await?;
                Ok(())
            })
        })
        .await
}
