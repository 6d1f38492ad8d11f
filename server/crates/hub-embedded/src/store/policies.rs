//! The shared access policies.

use hub_wire::sas::SasKey;
use secrecy::ExposeSecret;
use sqlx::{FromRow, SqliteConnection, SqlitePool};

use super::{Policy, random::random_key};
use crate::{
    domain::policy::{BUILT_IN, Permissions},
    error::HubError,
};

/// Creates missing built-in policies, each with two new keys.
pub(super) async fn ensure(writer: &mut SqliteConnection) -> Result<(), HubError> {
    for (name, permissions) in BUILT_IN {
        sqlx::query(
            "INSERT INTO policies (name, primary_key, secondary_key, permissions) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(random_key().expose_secret())
        .bind(random_key().expose_secret())
        .bind(permissions.to_text())
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

#[derive(FromRow)]
struct PolicyRow {
    name: String,
    primary_key: String,
    secondary_key: String,
    permissions: String,
}

pub(super) async fn list(readers: &SqlitePool) -> Result<Vec<Policy>, HubError> {
    let rows: Vec<PolicyRow> =
        sqlx::query_as("SELECT name, primary_key, secondary_key, permissions FROM policies ORDER BY name")
            .fetch_all(readers)
            .await?;
    let key = |text: &str| SasKey::from_base64(text).map_err(|error| HubError::damaged("key", error));
    rows.into_iter()
        .map(|row| {
            Ok(Policy {
                primary: key(&row.primary_key)?,
                secondary: key(&row.secondary_key)?,
                permissions: Permissions::parse(&row.permissions),
                name: row.name,
            })
        })
        .collect()
}
