//! A devices table in memory, and the same devices as the documents that queries are about.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hub_query::ast::{Query, Source};
use hub_query::columns::Columns;
use hub_query::sql::{LoweredSelect, SqlFragment, SqlValue, lower};
use hub_wire::time::Timestamp;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

/// One device; every field is an attribute of its twin.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) status_reason: Option<String>,
    pub(crate) last_activity: &'static str,
    pub(crate) version: i64,
    pub(crate) iot_edge: bool,
    pub(crate) tags: Value,
    pub(crate) desired: Value,
}

impl Device {
    pub(crate) fn new(id: &str, tags: Value) -> Self {
        Self {
            id: id.to_owned(),
            status: "enabled",
            status_reason: None,
            last_activity: "0001-01-01T00:00:00Z",
            version: 2,
            iot_edge: false,
            tags,
            desired: json!({}),
        }
    }

    fn metadata(&self) -> Value {
        json!({"$lastUpdated": "2026-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": self.version})
    }

    /// The twin as the hub would show it.
    pub(crate) fn document(&self) -> Value {
        let mut twin = json!({
            "deviceId": self.id,
            "etag": BASE64_STANDARD.encode(self.version.to_be_bytes()),
            "status": self.status,
            "lastActivityTime": Timestamp::parse(self.last_activity).unwrap().to_string(),
            "version": self.version,
            "capabilities": {"iotEdge": self.iot_edge},
            "tags": self.tags,
            "properties": {"desired": self.desired, "reported": {"$metadata": {}, "$version": 1}},
        });
        twin["properties"]["desired"]["$metadata"] = self.metadata();
        twin["properties"]["desired"]["$version"] = self.version.into();
        if let Some(reason) = &self.status_reason {
            twin["statusReason"] = reason.as_str().into();
        }
        twin
    }
}

/// The table of the hub's devices, as far as queries read it.
const SCHEMA: &str = "
    CREATE TABLE devices (
        device_id TEXT NOT NULL PRIMARY KEY, etag INTEGER NOT NULL DEFAULT 1, status TEXT NOT NULL, status_reason TEXT,
        status_updated INTEGER NOT NULL DEFAULT -621355968000000000,
        connection_state TEXT NOT NULL DEFAULT 'Disconnected',
        last_activity INTEGER NOT NULL, c2d_count INTEGER NOT NULL DEFAULT 0, auth_type TEXT NOT NULL DEFAULT 'sas',
        model_id TEXT NOT NULL DEFAULT '', iot_edge INTEGER NOT NULL, device_scope TEXT,
        parent_scopes TEXT NOT NULL DEFAULT '[]',
        tags BLOB NOT NULL, desired BLOB NOT NULL, desired_metadata BLOB NOT NULL, desired_version INTEGER NOT NULL,
        reported BLOB NOT NULL, reported_metadata BLOB NOT NULL, reported_version INTEGER NOT NULL,
        twin_version INTEGER NOT NULL, twin_etag INTEGER NOT NULL
    ) WITHOUT ROWID";

/// A table in memory.
pub(crate) struct Table {
    connection: SqliteConnection,
}

impl Table {
    pub(crate) async fn new(devices: &[Device]) -> Self {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query(SCHEMA).execute(&mut connection).await.unwrap();
        let mut table = Self { connection };
        table.fill(devices).await;
        table
    }

    /// Replaces the rows.
    pub(crate) async fn fill(&mut self, devices: &[Device]) {
        sqlx::query("DELETE FROM devices").execute(&mut self.connection).await.unwrap();
        for device in devices {
            sqlx::query(
                "INSERT INTO devices (device_id, status, status_reason, last_activity, iot_edge, tags, desired, \
                 desired_metadata, desired_version, reported, reported_metadata, reported_version, twin_version, \
                 twin_etag) VALUES (?, ?, ?, ?, ?, jsonb(?), jsonb(?), jsonb(?), ?, jsonb('{}'), jsonb('{}'), 1, ?, ?)",
            )
            .bind(&device.id)
            .bind(device.status)
            .bind(&device.status_reason)
            .bind(Timestamp::parse(device.last_activity).unwrap().ticks())
            .bind(device.iot_edge)
            .bind(device.tags.to_string())
            .bind(device.desired.to_string())
            .bind(device.metadata().to_string())
            .bind(device.version)
            .bind(device.version)
            .bind(device.version)
            .execute(&mut self.connection)
            .await
            .unwrap();
        }
    }

    /// Rows of the answer: ids of devices for `SELECT *`, else objects.
    pub(crate) async fn answer(&mut self, query: &Query) -> Result<Vec<Value>, String> {
        let lowered = lower(query, Columns::of(Source::Devices));
        let mut statement = SqlFragment::raw("SELECT ");
        let names: Vec<String> = match lowered.select {
            LoweredSelect::Document => {
                statement.push(SqlFragment::raw("json_quote(device_id)"));
                Vec::new()
            }
            LoweredSelect::Columns(columns) => {
                let names = columns.iter().map(|column| column.name.clone()).collect();
                push_list(&mut statement, columns.into_iter().map(|column| column.sql));
                names
            }
        };
        statement.push(SqlFragment::raw(" FROM devices"));
        if let Some(condition) = lowered.condition {
            statement.push(SqlFragment::raw(" WHERE "));
            statement.push(condition);
        }
        let order =
            if lowered.is_grouped { lowered.group_by.clone() } else { vec![SqlFragment::raw("device_id")] };
        for (clause, keys) in [(" GROUP BY ", lowered.group_by), (" ORDER BY ", order)] {
            if !keys.is_empty() {
                statement.push(SqlFragment::raw(clause));
                push_list(&mut statement, keys);
            }
        }
        let rows = sqlx::query_with(AssertSqlSafe(statement.sql.clone()), arguments(statement.values))
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| format!("{error}: {}", statement.sql))?;
        let read =
            |text: String| serde_json::from_str::<Value>(&text).map_err(|error| format!("{error}: {text}"));
        let object = |row: sqlx::sqlite::SqliteRow| {
            let mut object = serde_json::Map::new();
            for (position, name) in names.iter().enumerate() {
                if let Some(text) = row.get::<Option<String>, _>(position) {
                    object.insert(name.clone(), read(text)?);
                }
            }
            if names.is_empty() { read(row.get(0)) } else { Ok(object.into()) }
        };
        rows.into_iter().map(object).collect()
    }
}

fn push_list(statement: &mut SqlFragment, parts: impl IntoIterator<Item = SqlFragment>) {
    for (position, part) in parts.into_iter().enumerate() {
        if position > 0 {
            statement.push(SqlFragment::raw(", "));
        }
        statement.push(part);
    }
}

fn arguments(values: Vec<SqlValue>) -> SqliteArguments {
    use sqlx::Arguments as _;
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            SqlValue::Null => arguments.add(None::<i64>),
            SqlValue::Int(value) => arguments.add(value),
            SqlValue::Real(value) => arguments.add(value),
            SqlValue::Text(value) => arguments.add(value),
        }
        .unwrap();
    }
    arguments
}
