//! How many devices report the desired properties that a job set, as a figure.

use console_wire::desired_sync::DesiredSync;

use super::number::grouped;

/// The figure "In sync".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// The count, or a hyphen.
    pub(crate) value: String,
    /// `of 48`, or empty.
    pub(crate) unit: String,
    /// What the others lack.
    pub(crate) note: String,
}

/// The figure of a count.
pub(crate) fn figure(sync: &DesiredSync) -> Figure {
    let dash = |note: &str| Figure { value: "-".into(), unit: String::new(), note: note.into() };
    let Some(count) = sync.count else { return dash("counting") };
    if count.checked == 0 {
        return dash(if sync.written == 0 { "no twin is written yet" } else { "counting" });
    }
    let parts: Vec<_> = [
        (count.not_connected, "not connected"),
        (count.not_reported(), "connected, not reported yet"),
        (count.not_registered, "not registered any more"),
    ]
    .into_iter()
    .filter(|(devices, _)| *devices > 0)
    .map(|(devices, words)| format!("{} {words}", grouped(devices)))
    .collect();
    let rest = if parts.is_empty() { "all report the new values".to_owned() } else { parts.join(", ") };
    let part = if count.checked < sync.written {
        format!("first {} of {} by id: ", grouped(count.checked), grouped(sync.written))
    } else {
        String::new()
    };
    Figure {
        value: grouped(count.in_sync),
        unit: format!("of {}", grouped(count.checked)),
        note: format!("{part}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use console_wire::desired_sync::SyncCount;
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn figures() {
        let as_of = Timestamp::from_unix_millis(0);
        let count = |[checked, in_sync, not_connected, not_registered]: [u64; 4]| {
            Some(SyncCount { checked, in_sync, not_connected, not_registered, as_of })
        };
        for (written, count, text) in [
            (48, None, "- , counting"),
            (0, count([0, 0, 0, 0]), "- , no twin is written yet"),
            (5, count([0, 0, 0, 0]), "- , counting"),
            (48, count([48, 43, 5, 0]), "43 of 48, 5 not connected"),
            (48, count([48, 48, 0, 0]), "48 of 48, all report the new values"),
            (
                48,
                count([48, 40, 5, 1]),
                "40 of 48, 5 not connected, 2 connected, not reported yet, 1 not registered any more",
            ),
            (
                100_000,
                count([20_000, 19_000, 1_000, 0]),
                "19,000 of 20,000, first 20,000 of 100,000 by id: 1,000 not connected",
            ),
        ] {
            let Figure { value, unit, note } = figure(&DesiredSync { written, count });
            assert_eq!(format!("{value} {unit}, {note}"), text);
        }
    }
}
