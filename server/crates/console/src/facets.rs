//! How many devices have which value: one query of the hub an attribute, asked when somebody wants to know, and kept
//! for a moment, since a real hub answers few queries a minute.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use console_wire::{
    device_table::{Facet, FacetValue, is_countable},
    hub::HubKind,
    problem::FieldError,
};
use hub_wire::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Console, ConsoleError,
    console::{Core, now},
    explain::query_error,
    target::Target,
};

/// Values told, the most frequent ones.
const MOST_VALUES: usize = 12;
/// Different values asked for: the hub's page size.
const PAGE_SIZE: u32 = 100;
/// Answers kept.
const KEPT: usize = 64;
/// What a page waits for before it is sent.
const SOON: Duration = Duration::from_secs(1);

/// The newest answers, by condition and attribute.
#[derive(Debug, Default)]
pub(crate) struct Facets(Mutex<HashMap<(String, String), (Facet, Instant)>>);

impl Facets {
    fn get(&self, key: &(String, String), freshness: Duration) -> Option<Facet> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (facet, at) = all.get(key)?;
        (at.elapsed() < freshness).then(|| facet.clone())
    }

    fn keep(&self, key: (String, String), facet: Facet) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert(key, (facet, Instant::now()));
    }
}

/// A row of the answer; without `v` for devices that lack the attribute.
#[derive(Deserialize)]
struct Group {
    v: Option<Value>,
    n: u64,
}

impl Console {
    /// The values of an attribute among the devices that a condition selects, as of now or a moment ago: 5 s with the
    /// embedded hub, a minute with one that counts its queries.
    ///
    /// # Errors
    /// `Invalid` on `facet` for what is neither a tag, a property, `connectionState` nor `status`, on `q` for a
    /// condition that the hub does not take; `Hub` when it did not answer.
    pub async fn facet(&self, condition: &str, path: &str) -> Result<Facet, ConsoleError> {
        self.core.facet(condition.trim(), path).await
    }

    /// The same for a page that is about to be sent; `None` when the hub takes longer than a second.
    ///
    /// # Errors
    /// As [`facet`](Self::facet).
    pub async fn facet_soon(&self, condition: &str, path: &str) -> Result<Option<Facet>, ConsoleError> {
        let read = self.core.facet(condition.trim(), path);
        tokio::time::timeout(SOON, read).await.map_or(Ok(None), |read| read.map(Some))
    }

    /// How many devices a condition selects, and how many of them are connected.
    ///
    /// # Errors
    /// `Invalid` when the hub does not take the condition; `Hub` when it did not answer.
    pub async fn count_devices(&self, condition: &str) -> Result<(u64, u64), ConsoleError> {
        let count = self.core.count_targets(condition).await?;
        let connected = match count {
            0 => 0,
            // The two counts are taken one after the other; a device that joined between them is not in the first.
            _ => self.core.count(condition, &Target::of(condition).connected_count()).await?.min(count),
        };
        Ok((count, connected))
    }
}

impl Core {
    async fn facet(&self, condition: &str, path: &str) -> Result<Facet, ConsoleError> {
        if !is_countable(path) {
            let message = "is nothing to count by, such as tags.building or properties.reported.state";
            return Err(FieldError::new("facet", message).into());
        }
        let freshness = match self.paced_as {
            HubKind::Embedded => Duration::from_secs(5),
            HubKind::Remote => Duration::from_mins(1),
        };
        let key = (condition.to_owned(), path.to_owned());
        if let Some(facet) = self.facets.get(&key, freshness) {
            return Ok(facet);
        }
        let query = Target::of(condition).count_by(path);
        let page = self.hub.query_page::<Group>(&query, PAGE_SIZE, None).await;
        let page = page.map_err(|error| query_error("q", condition, error))?;
        let facet = fold(path, page.items, page.continuation.is_some(), now());
        self.facets.keep(key, facet.clone());
        Ok(facet)
    }
}

/// The hub's groups as a person reads them.
fn fold(path: &str, groups: Vec<Group>, has_more: bool, as_of: Timestamp) -> Facet {
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
            // Nothing equals an object or a list, so that no link could narrow to it.
            Some(Value::Object(_) | Value::Array(_)) => facet.other_values += 1,
            Some(value) => facet.values.push(FacetValue { value, count: n }),
        }
    }
    if has_more {
        facet.values.clear();
        return facet;
    }
    facet.values.sort_by_cached_key(|of| (Reverse(of.count), of.value.to_string()));
    facet.other_values += facet.values.len().saturating_sub(MOST_VALUES) as u64;
    facet.values.truncate(MOST_VALUES);
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
        let facet = fold("tags.a", groups(rows), false, at);
        let values: Vec<_> = facet.values.iter().map(|of| (of.value.clone(), of.count)).collect();
        assert_eq!(values, [(json!(true), 7), (json!("40"), 2), (json!("41"), 2), (json!(5), 1)]);
        assert_eq!((facet.unset_count, facet.other_values, facet.is_unbounded), (3, 1, false));

        let many: Vec<_> = (0..20).map(|n| json!({"v": n, "n": n})).collect();
        let facet = fold("tags.a", groups(many.clone().into()), false, at);
        assert_eq!((facet.values.len(), facet.values[0].count, facet.other_values), (12, 19, 8));
        let facet = fold("tags.a", groups(many.into()), true, at);
        assert!(facet.values.is_empty() && facet.is_unbounded);
    }

    #[test]
    fn answers_are_kept_for_a_while_and_not_too_many() {
        let kept = Facets::default();
        let facet = fold("tags.a", Vec::new(), false, Timestamp::from_unix_millis(0));
        let key = |number: usize| (number.to_string(), "tags.a".to_owned());
        for number in 0..=KEPT {
            kept.keep(key(number), facet.clone());
        }
        assert_eq!(kept.get(&key(0), Duration::MAX), None, "the oldest has gone");
        assert_eq!(kept.get(&key(KEPT), Duration::MAX), Some(facet));
        assert_eq!(kept.get(&key(KEPT), Duration::ZERO), None, "old");
    }
}
