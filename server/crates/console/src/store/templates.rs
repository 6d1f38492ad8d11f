//! Templates: jobs saved under a name.

use console_wire::{
    job::NewJob,
    template::{MAX_TEMPLATES, Template},
};
use hub_wire::Timestamp;

use super::{Result, Store, columns, sql};

impl Store {
    /// All templates, by name.
    pub(crate) async fn templates(&self) -> Result<Vec<Template>> {
        let rows: Vec<TemplateRow> = sqlx::query_as("SELECT name, job, updated FROM templates ORDER BY name")
            .fetch_all(&self.readers)
            .await
            .map_err(sql("list templates"))?;
        rows.into_iter().map(TemplateRow::template).collect()
    }

    /// One template.
    pub(crate) async fn template(&self, name: &str) -> Result<Option<Template>> {
        let row: Option<TemplateRow> =
            sqlx::query_as("SELECT name, job, updated FROM templates WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.readers)
                .await
                .map_err(sql("read a template"))?;
        row.map(TemplateRow::template).transpose()
    }

    /// Saves a template, and replaces the one of this name. False when there are too many.
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
        .map_err(sql("save a template"))?;
        Ok(saved.rows_affected() == 1)
    }

    /// Deletes a template, and returns it.
    pub(crate) async fn delete_template(&self, name: &str) -> Result<Option<Template>> {
        let row: Option<TemplateRow> =
            sqlx::query_as("DELETE FROM templates WHERE name = $1 RETURNING name, job, updated")
                .bind(name)
                .fetch_optional(&self.writer)
                .await
                .map_err(sql("delete a template"))?;
        row.map(TemplateRow::template).transpose()
    }
}

/// A row of the table of templates.
#[derive(Debug, sqlx::FromRow)]
struct TemplateRow {
    name: String,
    job: String,
    updated: i64,
}

impl TemplateRow {
    fn template(self) -> Result<Template> {
        Ok(Template {
            name: self.name,
            job: columns::from_json(&self.job, "job")?,
            updated: Timestamp::from_ticks(self.updated),
        })
    }
}
