//! How many devices have which value of an attribute: one query of the hub, on request, kept for a moment.

use std::{cmp::Reverse, time::Duration};

use console_wire::{
    device_table::{Facet, FacetValue},
    hub::HubKind,
    problem::FieldError,
};
use hub_query::attribute::is_countable;
use hub_wire::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    ConsoleError, clock::now, core::Core, query_error::query_error, scope::q_within, target::Target,
};

/// Values listed, the most frequent ones.
const MAX_VALUES: usize = 12;
/// Different values requested: the hub's page size.
const PAGE_SIZE: u32 = 100;
/// How long a page waits for a facet before it is sent without.
const PAGE_PATIENCE: Duration = Duration::from_secs(1);

/// A row of the answer; without `v` for devices that lack the attribute.
#[derive(Deserialize)]
struct Group {
    v: Option<Value>,
    n: u64,
}

/// Counts within a scope, if there is one.
pub(crate) async fn facet(
    core: &Core,
    scope: Option<&str>,
    condition: &str,
    path: &str,
) -> Result<Facet, ConsoleError> {
    if !is_countable(path) {
        let message = "is nothing to count by, such as tags.building or properties.reported.state";
        return Err(FieldError::new("facet", message).into());
    }
    let condition = q_within(scope, condition)?;
    let condition = condition.trim();
    let max_age = match core.rate_profile {
        HubKind::Embedded => Duration::from_secs(5),
        HubKind::Remote => Duration::from_mins(1),
    };
    let key = (condition.to_owned(), path.to_owned());
    if let Some(facet) = core.facet_cache.get(&key, max_age) {
        return Ok(facet);
    }
    let query = Target::of(condition).count_by(path);
    let page = core.hub.query_page::<Group>(&query, PAGE_SIZE, None).await;
    let page = page.map_err(|error| query_error("q", condition, error))?;
    let facet = to_facet(path, page.items, page.continuation.is_some(), now());
    core.facet_cache.insert(key, facet.clone());
    Ok(facet)
}

/// `None` when the hub takes longer than a page waits.
pub(crate) async fn facet_soon(
    core: &Core,
    scope: Option<&str>,
    condition: &str,
    path: &str,
) -> Result<Option<Facet>, ConsoleError> {
    let read = facet(core, scope, condition, path);
    tokio::time::timeout(PAGE_PATIENCE, read).await.map_or(Ok(None), |read| read.map(Some))
}

/// A facet from the hub's groups.
fn to_facet(path: &str, groups: Vec<Group>, has_more: bool, as_of: Timestamp) -> Facet {
    let mut facet = Facet {
        path: path.to_owned(),
        values: Vec::new(),
        other_values: 0,
        unset_count: 0,
        is_unbounded: has_more,
        as_of,
    };
    for Group { v, n } in groups {
        match v {
            None | Some(Value::Null) => facet.unset_count += n,
            // No condition equals an object or a list.
            Some(Value::Object(_) | Value::Array(_)) => facet.other_values += 1,
            Some(value) => facet.values.push(FacetValue { value, count: n }),
        }
    }
    if has_more {
        facet.values.clear();
        return facet;
    }
    facet.values.sort_by_cached_key(|of| (Reverse(of.count), of.value.to_string()));
    facet.other_values += facet.values.len().saturating_sub(MAX_VALUES) as u64;
    facet.values.truncate(MAX_VALUES);
    facet
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn groups(rows: Value) -> Vec<Group> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn groups_become_values() {
        let at = Timestamp::from_unix_millis(0);
        let rows = json!([{"v": "41", "n": 2}, {"n": 3}, {"v": {"a": 1}, "n": 1}, {"v": true, "n": 7},
            {"v": "40", "n": 2}, {"v": 5, "n": 1}]);
        let facet = to_facet("tags.a", groups(rows), false, at);
        let values: Vec<_> = facet.values.iter().map(|of| (of.value.clone(), of.count)).collect();
        assert_eq!(values, [(json!(true), 7), (json!("40"), 2), (json!("41"), 2), (json!(5), 1)]);
        assert_eq!((facet.unset_count, facet.other_values, facet.is_unbounded), (3, 1, false));

        let many: Vec<_> = (0..20).map(|n| json!({"v": n, "n": n})).collect();
        let facet = to_facet("tags.a", groups(many.clone().into()), false, at);
        assert_eq!((facet.values.len(), facet.values[0].count, facet.other_values), (12, 19, 8));
        let facet = to_facet("tags.a", groups(many.into()), true, at);
        assert!(facet.values.is_empty() && facet.is_unbounded);
    }
}
