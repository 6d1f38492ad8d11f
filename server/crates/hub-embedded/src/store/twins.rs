//! Reads and writes twins.
//!
//! A merge is one SQL statement made of merge patches ([`Change::set_clause`]), the same for one twin and for a chunk of
//! a job.

use hub_wire::{
    Timestamp,
    twin::{Object, Twin, TwinPatch},
    twin_rules::{Nulls, Section, check, size},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{DesiredPush, Store, TwinWrite, rows};
use crate::{
    domain::{
        IfMatch, Target,
        etag::twin_etag,
        twin::{Plan, VERSION_PLACEHOLDER, apply, difference, fresh_metadata},
    },
    error::HubError,
};

/// A checked change of a twin. An empty change of a section is none: it does not change the version and notifies no device.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// Merge patch of the tags.
    pub(super) tags: Option<Object>,
    /// Merge patch of the desired properties.
    pub(crate) desired: Option<Object>,
    /// All tags are removed; their merge patch is empty then.
    pub(super) clear_tags: bool,
    /// All desired properties are removed; their merge patch is empty then.
    pub(super) clear_desired: bool,
}

impl Change {
    /// Checks a patch, which may hold nulls.
    pub(crate) fn patch(patch: &TwinPatch) -> Result<Self, HubError> {
        Self::checked(patch, Nulls::Remove)
    }

    fn checked(patch: &TwinPatch, nulls: Nulls) -> Result<Self, HubError> {
        let section = |section, content: Option<&Object>, clear: bool| {
            if clear {
                return Ok(Some(Object::new()));
            }
            let own = content.map(|content| check(section, content, nulls)).transpose();
            own.map(|own| own.filter(|own| !own.is_empty()))
                .map_err(|fault| HubError::argument_invalid(fault.to_string()))
        };
        Ok(Self {
            tags: section(Section::Tags, patch.tags.as_ref(), patch.clear_tags)?,
            desired: section(Section::Desired, patch.desired(), patch.clear_desired)?,
            clear_tags: patch.clear_tags,
            clear_desired: patch.clear_desired,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_none() && self.desired.is_none()
    }

    /// The notification for a device that has these desired properties: the patch, or null for each property when all are
    /// removed.
    pub(super) fn desired_patch(&self, before: &Object) -> Option<Object> {
        let patch = self.desired.as_ref()?;
        Some(if self.clear_desired { difference(before, &Object::new()) } else { patch.clone() })
    }

    /// The SET clause of the merge; binds ?1 to ?7 are those of [`Binds`].
    ///
    /// `jsonb` of a bind is read once a statement and not once a row. That serves the metadata's second patch too where
    /// a twin is at the common version (?5); for another one the version is put into its text (?4).
    pub(super) fn set_clause(&self) -> String {
        if self.is_empty() {
            // The number of rows is needed all the same.
            return "twin_version = twin_version".to_owned();
        }
        let before = |clear: bool, column: &'static str| if clear { "'{}'" } else { column };
        let tags = before(self.clear_tags, "tags");
        let desired = before(self.clear_desired, "desired");
        let metadata = before(self.clear_desired, "desired_metadata");
        format!(
            "tags = jsonb_patch({tags}, jsonb(?1)), desired = jsonb_patch({desired}, jsonb(?2)), \
             desired_metadata = jsonb_patch(jsonb_patch({metadata}, jsonb(?3)), CASE desired_version WHEN ?5 \
             THEN jsonb(?6) ELSE replace(?4, '\"$version\"', desired_version + 1) END), \
             desired_version = desired_version + ?7, twin_version = twin_version + 1, twin_etag = twin_etag + 1"
        )
    }
}

/// Binds of a merge: an absent section merges `{}`, which changes nothing, and counts no write.
pub(super) struct Binds {
    tags: String,
    desired: Plan,
    writes_desired: bool,
}

impl Binds {
    pub(super) fn new(change: &Change, at: Timestamp) -> Self {
        let desired = match &change.desired {
            Some(patch) => Plan::desired(patch, at),
            None => Plan { document: "{}".into(), clear: "{}".into(), touch: "{}".into() },
        };
        let tags = Value::Object(change.tags.clone().unwrap_or_default()).to_string();
        Self { tags, desired, writes_desired: change.desired.is_some() }
    }
}

/// A query with the binds ?1 to ?7 of [`Change::set_clause`]; `common_version` is the version of the desired properties that most of the
/// twins are at, or any.
pub(super) fn bind_merge(
    sql: String,
    binds: &Binds,
    common_version: i64,
) -> sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    sqlx::query(AssertSqlSafe(sql))
        .bind(&binds.tags)
        .bind(&binds.desired.document)
        .bind(&binds.desired.clear)
        .bind(&binds.desired.touch)
        .bind(common_version)
        .bind(binds.desired.touch.replace(VERSION_PLACEHOLDER, &(common_version + 1).to_string()))
        .bind(i64::from(binds.writes_desired))
}

const fn table(target: &Target) -> &'static str {
    if target.module_id.is_some() { "modules" } else { "devices" }
}

/// Selects some columns of a target's row.
fn select<'q>(
    columns: &str,
    target: &'q Target,
) -> sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    let condition =
        if target.module_id.is_some() { "device_id = ? AND module_id = ?" } else { "device_id = ?" };
    let sql = format!("SELECT {columns} FROM {} WHERE {condition}", table(target));
    let query = sqlx::query(AssertSqlSafe(sql)).bind(target.device_id.as_str());
    match &target.module_id {
        Some(module_id) => query.bind(module_id.as_str()),
        None => query,
    }
}

const fn twin_columns(target: &Target) -> &'static str {
    if target.module_id.is_some() { rows::MODULE_TWIN } else { rows::DEVICE_TWIN }
}

pub(super) async fn get(readers: &SqlitePool, target: &Target) -> Result<Twin, HubError> {
    let row = select(twin_columns(target), target).fetch_optional(readers).await?;
    rows::twin(&row.ok_or_else(|| HubError::twin_not_found(target))?)
}

pub(super) async fn properties(readers: &SqlitePool, target: &Target) -> Result<(Object, Object), HubError> {
    let columns = "json(desired), desired_version, json(reported), reported_version";
    let row = select(columns, target).fetch_optional(readers).await?;
    let row = row.ok_or_else(|| HubError::twin_not_found(target))?;
    let section = |document: usize| {
        let mut json = String::new();
        rows::section(&mut json, row.try_get(document)?, None, row.try_get(document + 1)?);
        object(&json)
    };
    Ok((section(0)?, section(2)?))
}

pub(super) fn object(json: &str) -> Result<Object, HubError> {
    serde_json::from_str(json).map_err(|error| HubError::damaged("twin", error))
}

pub(super) fn too_large(section: Section) -> HubError {
    HubError::argument_invalid(format!(
        "{} would be larger than {} KB",
        section.path(),
        section.max_size() / 1024
    ))
}

fn check_size(section: Section, content: &Object) -> Result<(), HubError> {
    if size(content) > section.max_size() { Err(too_large(section)) } else { Ok(()) }
}

/// Checks that the sections stay within their limits when a change is merged into them.
pub(super) fn check_merged(tags: &str, desired: &str, change: &Change) -> Result<(), HubError> {
    for (section, json, patch, clear) in [
        (Section::Tags, tags, &change.tags, change.clear_tags),
        (Section::Desired, desired, &change.desired, change.clear_desired),
    ] {
        if let Some(patch) = patch.as_ref().filter(|_| !clear) {
            let mut merged = object(json)?;
            apply(&mut merged, patch);
            check_size(section, &merged)?;
        }
    }
    Ok(())
}

/// The columns of a twin that a write needs.
struct Current {
    id: i64,
    tags: String,
    desired: String,
    desired_version: i64,
}

async fn current(
    connection: &mut SqliteConnection,
    target: &Target,
    if_match: Option<&IfMatch>,
) -> Result<Current, HubError> {
    let row = select("id, twin_etag, json(tags), json(desired), desired_version", target)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| HubError::twin_not_found(target))?;
    if if_match.is_some_and(|if_match| !if_match.allows(&twin_etag(row.get(1)))) {
        return Err(HubError::TwinEtagMismatch(target.device_id.clone()));
    }
    Ok(Current {
        id: row.try_get(0)?,
        tags: row.try_get(2)?,
        desired: row.try_get(3)?,
        desired_version: row.try_get(4)?,
    })
}

/// Merges a change into one twin; returns the notification for its device.
pub(super) async fn merge(
    connection: &mut SqliteConnection,
    now: Timestamp,
    target: &Target,
    change: &Change,
    if_match: Option<&IfMatch>,
) -> Result<Option<DesiredPush>, HubError> {
    let current = current(connection, target, if_match).await?;
    if change.is_empty() {
        return Ok(None);
    }
    check_merged(&current.tags, &current.desired, change)?;
    let binds = Binds::new(change, now);
    let sql = format!("UPDATE {} SET {} WHERE id = ?8", table(target), change.set_clause());
    bind_merge(sql, &binds, current.desired_version).bind(current.id).execute(connection).await?;
    let patch = change.desired_patch(&object(&current.desired)?);
    Ok(push(target, patch, current.desired_version + 1))
}

fn push(target: &Target, patch: Option<Object>, version: i64) -> Option<DesiredPush> {
    patch.map(|patch| DesiredPush { target: target.clone(), patch, version: version.unsigned_abs() })
}

async fn read_back(connection: &mut SqliteConnection, target: &Target) -> Result<Twin, HubError> {
    let row: SqliteRow = select(twin_columns(target), target).fetch_one(connection).await?;
    rows::twin(&row)
}

pub(super) async fn patch(
    store: &Store,
    target: &Target,
    patch: &TwinPatch,
    if_match: Option<&IfMatch>,
) -> Result<TwinWrite, HubError> {
    let change = Change::patch(patch)?;
    let (target, if_match) = (target.clone(), if_match.cloned());
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let push = merge(connection, now, &target, &change, if_match.as_ref()).await?;
                Ok(TwinWrite { twin: read_back(connection, &target).await?, push })
            })
        })
        .await
}

pub(super) async fn replace(
    store: &Store,
    target: &Target,
    replacement: &TwinPatch,
    if_match: Option<&IfMatch>,
) -> Result<TwinWrite, HubError> {
    let change = Change::checked(replacement, Nulls::Refused)?;
    // A section that is not given is cleared, as on live hubs.
    let (tags, desired) = (change.tags.unwrap_or_default(), change.desired.unwrap_or_default());
    check_size(Section::Tags, &tags)?;
    check_size(Section::Desired, &desired)?;
    let (target, if_match) = (target.clone(), if_match.cloned());
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let current = current(connection, &target, if_match.as_ref()).await?;
                let version = current.desired_version + 1;
                // What a device gets after a PUT is not documented; the difference suits devices that apply patches.
                let patch = difference(&object(&current.desired)?, &desired);
                let metadata = fresh_metadata(&desired, now, Some(version.unsigned_abs()));
                let sql = format!(
                    "UPDATE {} SET tags = jsonb(?), desired = jsonb(?), desired_metadata = jsonb(?), \
                     desired_version = ?, twin_version = twin_version + 1, twin_etag = twin_etag + 1 WHERE id = ?",
                    table(&target)
                );
                sqlx::query(AssertSqlSafe(sql))
                    .bind(Value::Object(tags).to_string())
                    .bind(Value::Object(desired).to_string())
                    .bind(metadata.to_string())
                    .bind(version)
                    .bind(current.id)
                    .execute(&mut *connection)
                    .await?;
                Ok(TwinWrite {
                    twin: read_back(connection, &target).await?,
                    push: push(&target, Some(patch), version),
                })
            })
        })
        .await
}

pub(super) async fn patch_reported(store: &Store, target: &Target, patch: Object) -> Result<u64, HubError> {
    let patch = check(Section::Reported, &patch, Nulls::Remove)
        .map_err(|fault| HubError::argument_invalid(fault.to_string()))?;
    let target = target.clone();
    store
        .writer
        .write(move |connection, now| {
            Box::pin(async move {
                let row = select("id, json(reported), reported_version", &target)
                    .fetch_optional(&mut *connection)
                    .await?
                    .ok_or_else(|| HubError::twin_not_found(&target))?;
                if patch.is_empty() {
                    return Ok(row.try_get::<i64, _>(2)?.unsigned_abs());
                }
                let mut merged = object(row.try_get(1)?)?;
                apply(&mut merged, &patch);
                check_size(Section::Reported, &merged)?;
                let plan = Plan::reported(&patch, now);
                let sql = format!(
                    "UPDATE {} SET reported = jsonb_patch(reported, ?), \
                     reported_metadata = jsonb_patch(jsonb_patch(reported_metadata, ?), ?), \
                     reported_version = reported_version + 1, twin_version = twin_version + 1, last_activity = ? \
                     WHERE id = ?",
                    table(&target)
                );
                sqlx::query(AssertSqlSafe(sql))
                    .bind(plan.document)
                    .bind(plan.clear)
                    .bind(plan.touch)
                    .bind(now.ticks())
                    .bind(row.try_get::<i64, _>(0)?)
                    .execute(&mut *connection)
                    .await?;
                Ok(row.try_get::<i64, _>(2)?.unsigned_abs() + 1)
            })
        })
        .await
}
