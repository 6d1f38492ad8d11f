//! The shared access policies.

use hub_wire::sas::SasKey;
use secrecy::ExposeSecret;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::{Policy, registry::random_key};
use crate::{
    domain::policy::{BUILT_IN, Permissions},
    error::HubError,
};

/// Makes the built-in policies that are not there, each with two new keys.
pub(super) async fn ensure(writer: &mut SqliteConnection) -> Result<(), HubError> {
    for (name, permissions) in BUILT_IN {
        sqlx::query(
            "INSERT INTO policies (name, primary_key, secondary_key, permissions) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(random_key().expose_secret())
        .bind(random_key().expose_secret())
        .bind(permissions.to_words())
        .execute(&mut *writer)
        .await?;
    }
    Ok(())
}

pub(super) async fn list(readers: &SqlitePool) -> Result<Vec<Policy>, HubError> {
    let found =
        sqlx::query("SELECT name, primary_key, secondary_key, permissions FROM policies ORDER BY name")
            .fetch_all(readers)
            .await?;
    let key = |text| SasKey::from_base64(text).map_err(|error| HubError::damaged("key", error));
    found
        .iter()
        .map(|row| {
            Ok(Policy {
                name: row.try_get(0)?,
                primary: key(row.try_get(1)?)?,
                secondary: key(row.try_get(2)?)?,
                permissions: Permissions::from_words(row.try_get(3)?),
            })
        })
        .collect()
}
