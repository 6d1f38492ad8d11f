//! Two runs as text: their states, their sentence, and the table of what became of what.

use console_wire::run_compare::{Comparison, Place};

use super::{
    Badge,
    number::{devices, grouped},
    outcome,
};

/// A state as a person reads it.
pub(crate) fn badge(place: Place) -> Badge {
    match place.outcome() {
        Some(state) => outcome::badge(state),
        None => Badge { label: "Not in the run", icon: "ellipsis", status: "absent" },
    }
}

/// The states of a table's rows and of its columns: those that any device has.
pub(crate) fn states(comparison: &Comparison) -> (Vec<Place>, Vec<Place>) {
    let used =
        |is_used: &dyn Fn(Place) -> bool| Place::ALL.into_iter().filter(|place| is_used(*place)).collect();
    let rows = used(&|place| comparison.transitions.iter().any(|one| one.from == place));
    let columns = used(&|place| comparison.transitions.iter().any(|one| one.to == place));
    (rows, columns)
}

/// What has changed, in a sentence.
pub(crate) fn sentence(comparison: &Comparison) -> String {
    let (changed, same) = (comparison.changed(), comparison.same());
    let both = changed + same;
    let first = match (both, changed) {
        (0, _) => "No device is in both runs.".to_owned(),
        (_, 0) => format!("{} in both runs; none changed its outcome.", devices(both)),
        _ => format!("{} of {} in both runs changed the outcome.", grouped(changed), devices(both)),
    };
    let mut parts = vec![first];
    for (count, words) in
        [(comparison.only_before(), "only in the earlier run"), (comparison.only_after(), "only in this run")]
    {
        if count > 0 {
            parts.push(format!("{} {words}.", devices(count)));
        }
    }
    parts.join(" ")
}

/// What the list holds: `Failed, then succeeded`.
pub(crate) fn list_title(from: Option<Place>, to: Option<Place>) -> String {
    let words = |place: Place| badge(place).label;
    match (from, to) {
        (None, None) => "Devices with another outcome".to_owned(),
        (Some(from), None) => format!("{} in the earlier run", words(from)),
        (None, Some(to)) => format!("{} in this run", words(to)),
        (Some(from), Some(to)) => format!("{}, then {}", words(from), words(to).to_lowercase()),
    }
}

/// How many devices the list holds.
pub(crate) fn list_count(comparison: &Comparison, from: Option<Place>, to: Option<Place>) -> u64 {
    if from.is_none() && to.is_none() {
        return comparison.changed();
    }
    let is_listed = |one: &&console_wire::run_compare::Transition| {
        from.is_none_or(|from| from == one.from) && to.is_none_or(|to| to == one.to)
    };
    comparison.transitions.iter().filter(is_listed).map(|one| one.devices).sum()
}

#[cfg(test)]
mod tests {
    use console_wire::run_compare::{
        Place::{Absent, Failed, Succeeded},
        Transition,
    };
    use serde_json::json;

    use super::*;

    fn comparison(transitions: &[(Place, Place, u64)]) -> Comparison {
        let run = json!({"jobId": "a", "name": "a", "startTime": "2026-09-17T18:00:00Z", "hasEnded": true,
            "outcomes": {"queued": 0, "inFlight": 0, "succeeded": 0, "failed": 0, "timedOut": 0, "notOnline": 0,
            "interrupted": 0, "cancelled": 0}});
        let transitions: Vec<_> = transitions
            .iter()
            .map(|(from, to, devices)| Transition { from: *from, to: *to, devices: *devices })
            .collect();
        serde_json::from_value(json!({"before": run, "after": run, "transitions": transitions, "items": [],
            "nextCursor": null}))
        .unwrap()
    }

    #[test]
    fn sentences() {
        for (transitions, expected) in [
            (vec![], "No device is in both runs."),
            (
                vec![(Failed, Succeeded, 2), (Succeeded, Succeeded, 8)],
                "2 of 10 devices in both runs changed the outcome.",
            ),
            (vec![(Succeeded, Succeeded, 8)], "8 devices in both runs; none changed its outcome."),
            (
                vec![(Succeeded, Succeeded, 8), (Succeeded, Absent, 1), (Absent, Failed, 2)],
                "8 devices in both runs; none changed its outcome. 1 device only in the earlier run. 2 devices only in this run.",
            ),
        ] {
            assert_eq!(sentence(&comparison(&transitions)), expected);
        }
    }

    #[test]
    fn the_list_is_counted_by_the_table() {
        let read = comparison(&[(Failed, Succeeded, 2), (Failed, Failed, 3), (Absent, Failed, 4)]);
        for (from, to, count, title) in [
            (None, None, 2, "Devices with another outcome"),
            (Some(Failed), None, 5, "Failed in the earlier run"),
            (None, Some(Failed), 7, "Failed in this run"),
            (Some(Failed), Some(Succeeded), 2, "Failed, then succeeded"),
            (Some(Absent), Some(Failed), 4, "Not in the run, then failed"),
        ] {
            assert_eq!((list_count(&read, from, to), list_title(from, to).as_str()), (count, title));
        }
        assert_eq!(states(&read), (vec![Failed, Absent], vec![Succeeded, Failed]));
    }
}
