//! Jobs kept under a name.

use console_wire::{
    job::NewJob,
    template::{MAX_TEMPLATES, Template},
};
use hub_wire::Timestamp;

use super::{Result, Store, columns, sql};
use crate::StoreError;

impl Store {
    /// All templates, by name.
    pub(crate) async fn templates(&self) -> Result<Vec<Template>> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT name, job, updated FROM templates ORDER BY name")
                .fetch_all(&self.readers)
                .await
                .map_err(sql("list templates"))?;
        rows.into_iter().map(template).collect()
    }

    /// One template.
    pub(crate) async fn template(&self, name: &str) -> Result<Option<Template>> {
        let row = sqlx::query_as("SELECT name, job, updated FROM templates WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(sql("read a template"))?;
        row.map(template).transpose()
    }

    /// Keeps a template, instead of the one of this name if there is one. False when there are too many.
    pub(crate) async fn save_template(&self, name: &str, job: &NewJob, now: Timestamp) -> Result<bool> {
        let saved = sqlx::query(
            "INSERT INTO templates (name, job, updated) SELECT $1, $2, $3 \
             WHERE (SELECT count(*) FROM templates WHERE name <> $1) < $4 \
             ON CONFLICT (name) DO UPDATE SET job = excluded.job, updated = excluded.updated",
        )
        .bind(name)
        .bind(columns::json(job))
        .bind(now.ticks())
        .bind(i64::try_from(MAX_TEMPLATES).unwrap_or(i64::MAX))
        .execute(&self.writer)
        .await
        .map_err(sql("keep a template"))?;
        Ok(saved.rows_affected() == 1)
    }

    /// Forgets a template, and gives it once more.
    pub(crate) async fn delete_template(&self, name: &str) -> Result<Option<Template>> {
        let row = sqlx::query_as("DELETE FROM templates WHERE name = $1 RETURNING name, job, updated")
            .bind(name)
            .fetch_optional(&self.writer)
            .await
            .map_err(sql("forget a template"))?;
        row.map(template).transpose()
    }
}

fn template((name, job, updated): (String, String, i64)) -> Result<Template> {
    Ok(Template {
        name,
        job: serde_json::from_str::<NewJob>(&job).map_err(|_| StoreError::Damaged { column: "job" })?,
        updated: Timestamp::from_ticks(updated),
    })
}
