//! Renewing symmetric keys.

use hub_wire::{
    ModuleId,
    device::AuthenticationType,
    keys::{KeyError, KeyOwner, PolicyKey, RegenerateKeys, RegeneratedKeys, RotatedKeys},
};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{Store, random::random_key, rows};
use crate::error::HubError;

impl Store {
    /// Renews keys of identities; refused ones are listed, the others are renewed.
    pub async fn regenerate_keys(&self, request: RegenerateKeys) -> Result<RegeneratedKeys, HubError> {
        self.writer
            .write(move |connection, _| {
                Box::pin(async move {
                    let which = request.policy_key;
                    let mut result =
                        RegeneratedKeys { policy_key: which, rotated_keys: Vec::new(), errors: Vec::new() };
                    for owner in request.devices {
                        match renew(connection, which, &owner).await {
                            Ok(keys) => result.rotated_keys.push(keys),
                            Err(error) if error.is_fault() => return Err(error),
                            Err(error) => result.errors.push(KeyError {
                                owner,
                                error_code: error.code().name().to_owned(),
                                error_status: error.caller_text(),
                            }),
                        }
                    }
                    Ok(result)
                })
            })
            .await
    }
}

async fn renew(
    connection: &mut SqliteConnection,
    which: PolicyKey,
    owner: &KeyOwner,
) -> Result<RotatedKeys, HubError> {
    let (table, condition) = match &owner.module_id {
        None => ("devices", "device_id = ? AND ? IS NULL"),
        Some(_) => ("modules", "device_id = ? AND module_id = ?"),
    };
    let module_id = owner.module_id.as_ref().map(ModuleId::as_str);
    let found: Option<(i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("SELECT id, auth_type FROM {table} WHERE {condition}")))
            .bind(owner.id.as_str())
            .bind(module_id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((id, authentication_type)) = found else {
        return Err(match &owner.module_id {
            None => HubError::DeviceNotFound(owner.id.clone()),
            Some(module_id) => HubError::ModuleNotFound(owner.id.clone(), module_id.clone()),
        });
    };
    if rows::parse_enum::<AuthenticationType>(&authentication_type)? != AuthenticationType::Sas {
        return Err(HubError::argument_invalid("the identity has no symmetric keys"));
    }
    let new = |is_renewed: bool| is_renewed.then(random_key);
    let primary = new(which != PolicyKey::SecondaryKey);
    let secondary = new(which != PolicyKey::PrimaryKey);
    let sql = format!(
        "UPDATE {table} SET etag = etag + 1, primary_key = coalesce(?, primary_key), \
         secondary_key = coalesce(?, secondary_key) WHERE id = ? RETURNING primary_key, secondary_key"
    );
    let (primary_key, secondary_key) = sqlx::query_as(AssertSqlSafe(sql))
        .bind(primary.as_ref().map(ExposeSecret::expose_secret))
        .bind(secondary.as_ref().map(ExposeSecret::expose_secret))
        .bind(id)
        .fetch_one(connection)
        .await?;
    Ok(RotatedKeys { owner: owner.clone(), primary_key, secondary_key })
}
