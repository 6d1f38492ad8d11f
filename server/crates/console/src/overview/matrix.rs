//! Devices by the values of two tags: how many there are, and how many are not connected or failed in the job that ended last.
//! The hub counts them by queries with GROUP BY; a job's failed devices are named to it in lists.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use console_wire::{
    hub::HubKind,
    job::JobSummary,
    outcome::Outcome,
    overview::{MAX_CELLS, MatrixCell, MatrixQuery, Measure, Subject, TagMatrix},
    problem::FieldError,
};
use hub_query::attribute::is_attribute;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    ConsoleError,
    clock::now,
    core::Core,
    device_search::known_tags,
    facets::facet,
    query_error::query_error,
    scope::within,
    target::{Target, chunks, listed, room_for_ids},
    target_query::max_chunks,
};

/// Tags that are columns and rows by default, where devices have them.
const DEFAULT: (&str, &str) = ("tags.building", "tags.floor");
/// Tags among which the default is looked for otherwise.
const MAX_CANDIDATES: usize = 6;
/// Groups on a page of the hub's answer.
const PAGE_SIZE: u32 = 100;
/// Most devices of a job that are looked up by their ids.
const MAX_LISTED: usize = 5_000;
/// How long a page waits before it is sent without.
const PAGE_PATIENCE: Duration = Duration::from_secs(1);

/// A group of the hub's answer; without `c` or `r` for devices that lack the tag.
#[derive(Debug, Deserialize)]
struct Group {
    c: Option<Value>,
    r: Option<Value>,
    n: u64,
}

/// A cell while it is counted.
#[derive(Debug, Clone, Default, PartialEq)]
struct CellCount {
    column: Option<Value>,
    row: Option<Value>,
    devices: u64,
    affected: BTreeMap<Outcome, u64>,
}

/// The cells by the text of both values.
type Cells = HashMap<(String, String), CellCount>;

/// The matrix, `None` when the hub takes longer than a page waits.
pub(crate) async fn matrix_soon(
    core: &Core,
    scope: Option<&str>,
    query: &MatrixQuery,
) -> Result<Option<Arc<TagMatrix>>, ConsoleError> {
    tokio::time::timeout(PAGE_PATIENCE, matrix(core, scope, query))
        .await
        .map_or(Ok(None), |read| read.map(Some))
}

/// The matrix within a scope, if there is one; a moment old where it was counted a moment ago.
pub(crate) async fn matrix(
    core: &Core,
    scope: Option<&str>,
    query: &MatrixQuery,
) -> Result<Arc<TagMatrix>, ConsoleError> {
    let tags = known_tags(core, scope).await?;
    let Some((columns, rows)) = choose(core, scope, query, &tags).await? else {
        let matrix = empty(query.by, tags);
        return Ok(Arc::new(matrix));
    };
    let job = match query.by {
        Measure::Connection => None,
        Measure::Job => core.store.last_ended_job().await?,
    };
    let max_age = match core.rate_profile {
        HubKind::Embedded => Duration::from_secs(5),
        HubKind::Remote => Duration::from_mins(5),
    };
    let of_job = job.as_ref().map_or("", |job| job.job_id.as_str());
    let of_scope = scope.unwrap_or_default();
    let slot = core.matrices.slot(&format!("{columns}\n{rows}\n{}\n{of_job}\n{of_scope}", query.by.as_str()));
    if let Some(matrix) = slot.at_least_and_younger(0, max_age) {
        return Ok(matrix);
    }
    let _turn = slot.turn.lock().await;
    if let Some(matrix) = slot.at_least_and_younger(0, max_age) {
        return Ok(matrix);
    }
    tokio::time::sleep(slot.rest()).await;
    let begun = Instant::now();
    let as_of = now();
    let (cells, incomplete) = match (query.by, &job) {
        (Measure::Connection, _) => count_connection(core, scope, &columns, &rows).await?,
        (Measure::Job, None) => (Cells::new(), Some("No job has ended yet.".to_owned())),
        (Measure::Job, Some(job)) => count_job(core, scope, &columns, &rows, job).await?,
    };
    let matrix = Arc::new(TagMatrix {
        job: job.map(|job| Subject { id: job.job_id, name: job.name }),
        cells: cells.into_values().map(cell).collect(),
        incomplete,
        as_of,
        ..TagMatrix { columns, rows, ..empty(query.by, tags) }
    });
    slot.keep(Arc::clone(&matrix), 0, begun.elapsed());
    Ok(matrix)
}

fn empty(by: Measure, tags: Vec<String>) -> TagMatrix {
    TagMatrix {
        columns: String::new(),
        rows: String::new(),
        tags,
        by,
        job: None,
        cells: Vec::new(),
        incomplete: None,
        as_of: now(),
    }
}

/// The tags of columns and rows: those that are asked for, or building and floor, or the two with the fewest values.
async fn choose(
    core: &Core,
    scope: Option<&str>,
    query: &MatrixQuery,
    tags: &[String],
) -> Result<Option<(String, String)>, ConsoleError> {
    let mut faults = Vec::new();
    for (field, tag) in [("columns", &query.columns), ("rows", &query.rows)] {
        let is_wrong = tag.as_ref().is_some_and(|tag| !(tag.starts_with("tags.") && is_attribute(tag)));
        if is_wrong {
            faults.push(FieldError::new(field, "is not the name of a tag, such as tags.building"));
        }
    }
    if query.columns.is_some() && query.columns == query.rows {
        faults.push(FieldError::new("rows", "is the same tag as columns; choose another one"));
    }
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    if let (Some(columns), Some(rows)) = (&query.columns, &query.rows) {
        return Ok(Some((columns.clone(), rows.clone())));
    }
    let has = |tag: &str| tags.iter().any(|known| known == tag);
    let by_default = if has(DEFAULT.0) && has(DEFAULT.1) {
        Some((DEFAULT.0.to_owned(), DEFAULT.1.to_owned()))
    } else {
        fewest_values(core, scope, tags).await?
    };
    let Some((columns, rows)) = by_default else { return Ok(None) };
    // The one that is asked for, beside one of the others.
    Ok(Some(match (query.columns.clone(), query.rows.clone()) {
        (Some(chosen), _) => {
            let rows = if chosen == rows { columns } else { rows };
            (chosen, rows)
        }
        (None, Some(chosen)) => {
            let columns = if chosen == columns { rows } else { columns };
            (columns, chosen)
        }
        (None, None) => (columns, rows),
    }))
}

/// The two tags with the fewest values, but more than one; the one with more values for the columns.
async fn fewest_values(
    core: &Core,
    scope: Option<&str>,
    tags: &[String],
) -> Result<Option<(String, String)>, ConsoleError> {
    let mut counted = Vec::new();
    for tag in tags.iter().take(MAX_CANDIDATES) {
        let facet = facet(core, scope, "", tag).await?;
        let values = facet.values.len() as u64 + facet.other_values;
        if values > 1 && !facet.is_unbounded {
            counted.push((values, tag.clone()));
        }
    }
    counted.sort();
    let mut fewest = counted.into_iter().map(|(_, tag)| tag);
    Ok(fewest.next().zip(fewest.next()).map(|(rows, columns)| (columns, rows)))
}

async fn count_connection(
    core: &Core,
    scope: Option<&str>,
    columns: &str,
    rows: &str,
) -> Result<(Cells, Option<String>), ConsoleError> {
    let (all, is_all) = groups(core, columns, rows, &within(scope, "")?).await?;
    let mut cells = Cells::new();
    add_devices(&mut cells, all);
    let disconnected = within(scope, "connectionState = 'Disconnected'")?;
    let (disconnected, _) = groups(core, columns, rows, &disconnected).await?;
    add_affected(&mut cells, disconnected, Outcome::NotOnline);
    Ok((cells, (!is_all).then(|| too_many_cells(columns, rows))))
}

/// The devices of a job: all of them as its condition selects them now, and by their ids those that failed.
async fn count_job(
    core: &Core,
    scope: Option<&str>,
    columns: &str,
    rows: &str,
    job: &JobSummary,
) -> Result<(Cells, Option<String>), ConsoleError> {
    let is_listed = job.target_devices.is_some();
    let found = core.store.devices_by_outcome(&job.job_id, is_listed, MAX_LISTED + 1).await?;
    let too_many = || {
        let what = if is_listed { "is on a list of" } else { "failed on" };
        Some(format!("The job {what} too many devices to look up their tags."))
    };
    if found.values().map(Vec::len).sum::<usize>() > MAX_LISTED {
        return Ok((Cells::new(), too_many()));
    }
    let lists: Vec<_> = found
        .into_iter()
        .flat_map(|(outcome, ids)| {
            chunks(ids, room_for_ids(scope)).into_iter().map(move |ids| (outcome, ids))
        })
        .collect();
    if lists.len() > max_chunks(core.rate_profile) {
        return Ok((Cells::new(), too_many()));
    }
    let mut cells = Cells::new();
    let mut is_all = true;
    if !is_listed {
        let Ok(condition) = within(scope, &job.query_condition) else {
            let cannot = "The condition of the job cannot be limited to your scope.".to_owned();
            return Ok((Cells::new(), Some(cannot)));
        };
        let (all, is_complete) = groups(core, columns, rows, &condition).await?;
        is_all = is_complete;
        add_devices(&mut cells, all);
    }
    for (outcome, ids) in lists {
        let (of_list, _) = groups(core, columns, rows, &within(scope, &listed(&ids, None))?).await?;
        if is_listed {
            add_devices(&mut cells, of_list.clone());
        }
        if outcome.is_problem() {
            add_affected(&mut cells, of_list, outcome);
        }
    }
    Ok((cells, (!is_all).then(|| too_many_cells(columns, rows))))
}

fn too_many_cells(columns: &str, rows: &str) -> String {
    format!("{columns} and {rows} have too many values to show all of them.")
}

/// The groups of a condition, and whether these are all.
async fn groups(
    core: &Core,
    columns: &str,
    rows: &str,
    condition: &str,
) -> Result<(Vec<(Option<Value>, Option<Value>, u64)>, bool), ConsoleError> {
    let query = Target::of(condition).count_by_two(columns, rows);
    let most = match core.rate_profile {
        HubKind::Embedded => MAX_CELLS,
        HubKind::Remote => 5 * PAGE_SIZE as usize,
    };
    let mut found = Vec::new();
    let mut continuation = None;
    loop {
        let page = core.hub.query_page::<Group>(&query, PAGE_SIZE, continuation.as_deref()).await;
        let page = page.map_err(|error| query_error("columns", condition, error))?;
        found.extend(page.items.into_iter().map(|Group { c, r, n }| (plain(c), plain(r), n)));
        continuation = page.continuation;
        if continuation.is_none() || found.len() >= most {
            return Ok((found, continuation.is_none()));
        }
    }
}

/// A value that a condition can compare with; anything else counts as none.
fn plain(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !matches!(value, Value::Null | Value::Object(_) | Value::Array(_)))
}

type Counts = Vec<(Option<Value>, Option<Value>, u64)>;

fn at<'a>(cells: &'a mut Cells, column: Option<&Value>, row: Option<&Value>) -> &'a mut CellCount {
    let text = |value: Option<&Value>| value.map(ToString::to_string).unwrap_or_default();
    cells.entry((text(column), text(row))).or_insert_with(|| CellCount {
        column: column.cloned(),
        row: row.cloned(),
        ..CellCount::default()
    })
}

fn add_devices(cells: &mut Cells, groups: Counts) {
    for (column, row, devices) in groups {
        at(cells, column.as_ref(), row.as_ref()).devices += devices;
    }
}

fn add_affected(cells: &mut Cells, groups: Counts, outcome: Outcome) {
    for (column, row, devices) in groups {
        *at(cells, column.as_ref(), row.as_ref()).affected.entry(outcome).or_default() += devices;
    }
}

fn cell(counted: CellCount) -> MatrixCell {
    let CellCount { column, row, devices, affected } = counted;
    let sum: u64 = affected.values().sum();
    // Of as many, the state that comes first in a bar.
    let most = affected
        .into_iter()
        .filter(|(_, devices)| *devices > 0)
        .max_by_key(|(outcome, devices)| (*devices, std::cmp::Reverse(*outcome)));
    // Both were counted one after the other: a device that came in between is in the second only.
    let devices = devices.max(sum);
    MatrixCell { column, row, devices, affected: sum, outcome: most.map(|(outcome, _)| outcome) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_become_cells() {
        let mut cells = Cells::new();
        let (a, one) = (Some(json!("A")), Some(json!(1)));
        add_devices(&mut cells, vec![(a.clone(), one.clone(), 10), (None, one.clone(), 3)]);
        add_affected(&mut cells, vec![(a.clone(), one.clone(), 2)], Outcome::Failed);
        add_affected(&mut cells, vec![(a.clone(), one.clone(), 4)], Outcome::NotOnline);
        add_affected(&mut cells, vec![(a.clone(), None, 1)], Outcome::Failed);
        let mut found: Vec<_> = cells.into_values().map(cell).collect();
        found.sort_by_key(|cell| cell.devices);
        let of = |column: &Option<Value>, row: &Option<Value>, devices, affected, outcome| MatrixCell {
            column: column.clone(),
            row: row.clone(),
            devices,
            affected,
            outcome,
        };
        assert_eq!(
            found,
            [
                of(&a, &None, 1, 1, Some(Outcome::Failed)),
                of(&None, &one, 3, 0, None),
                of(&a, &one, 10, 6, Some(Outcome::NotOnline)),
            ]
        );
    }

    #[test]
    fn only_plain_values_are_values() {
        for (value, expected) in [
            (json!("A"), true),
            (json!(2.5), true),
            (json!(false), true),
            (json!(null), false),
            (json!({"a": 1}), false),
            (json!([1]), false),
        ] {
            assert_eq!(plain(Some(value.clone())).is_some(), expected, "{value}");
        }
    }
}
