//! A change of the registry as text: what it does, how far it is, and the state of a device in it.

use console_wire::{
    outcome::Outcomes,
    registry::{ChangeCounts, ChangeKind, ChangeState, RegistryChange},
};

use super::{
    Badge,
    number::{devices, grouped},
};

/// The verb of a button or a heading.
pub(crate) const fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "Create",
        ChangeKind::Enable => "Enable",
        ChangeKind::Disable => "Disable",
        ChangeKind::Delete => "Delete",
    }
}

/// What was done to a device.
const fn done(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "created",
        ChangeKind::Enable => "enabled",
        ChangeKind::Disable => "disabled",
        ChangeKind::Delete => "deleted",
    }
}

/// What a change does: `Disable 42 devices`.
pub(crate) fn headline(change: &RegistryChange) -> String {
    format!("{} {}", verb(change.kind), devices(change.counts.total()))
}

/// Its devices by state, as a sentence: `40 disabled, 1 was disabled already, 1 failed.`
pub(crate) fn summary(change: &RegistryChange) -> String {
    let ChangeCounts { queued, in_flight, succeeded, unchanged, failed, interrupted, cancelled } =
        change.counts;
    let done = done(change.kind);
    let already = |count: u64| match count {
        1 => format!("1 was {done} already"),
        several => format!("{} were {done} already", grouped(several)),
    };
    let parts = [
        (succeeded, format!("{} {done}", grouped(succeeded))),
        (unchanged, already(unchanged)),
        (failed, format!("{} failed", grouped(failed))),
        (interrupted, format!("{} interrupted", grouped(interrupted))),
        (cancelled, format!("{} cancelled", grouped(cancelled))),
        (in_flight, format!("{} in flight", grouped(in_flight))),
        (queued, format!("{} queued", grouped(queued))),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    format!("{}.", parts.join(", "))
}

/// How a whole change is.
pub(crate) const fn badge(change: &RegistryChange) -> Badge {
    let counts = &change.counts;
    match change.end_time {
        None if change.note.is_some() => Badge { label: "Waits", icon: "clock-alert", status: "timedOut" },
        None => Badge { label: "Running", icon: "loader-circle", status: "inFlight" },
        Some(_) if counts.failed + counts.interrupted > 0 => {
            Badge { label: "With failures", icon: "circle-x", status: "failed" }
        }
        Some(_) if counts.cancelled > 0 => {
            Badge { label: "Cancelled", icon: "circle-slash", status: "cancelled" }
        }
        Some(_) => Badge { label: "Completed", icon: "circle-check", status: "succeeded" },
    }
}

/// The state of a device.
pub(crate) const fn state(state: ChangeState) -> Badge {
    match state {
        ChangeState::Queued => Badge { label: "Queued", icon: "circle-dashed", status: "queued" },
        ChangeState::InFlight => Badge { label: "In flight", icon: "loader-circle", status: "inFlight" },
        ChangeState::Succeeded => Badge { label: "Succeeded", icon: "circle-check", status: "succeeded" },
        ChangeState::Unchanged => Badge { label: "Unchanged", icon: "check", status: "succeeded" },
        ChangeState::Failed => Badge { label: "Failed", icon: "circle-x", status: "failed" },
        ChangeState::Interrupted => {
            Badge { label: "Interrupted", icon: "triangle-alert", status: "interrupted" }
        }
        ChangeState::Cancelled => Badge { label: "Cancelled", icon: "circle-slash", status: "cancelled" },
    }
}

/// The counts for a progress bar: a device that was as wanted counts as succeeded.
pub(crate) fn outcomes(counts: &ChangeCounts) -> Outcomes {
    Outcomes {
        queued: counts.queued,
        in_flight: counts.in_flight,
        succeeded: counts.succeeded + counts.unchanged,
        failed: counts.failed,
        interrupted: counts.interrupted,
        cancelled: counts.cancelled,
        ..Outcomes::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: &str, counts: ChangeCounts, is_ended: bool) -> RegistryChange {
        let end_time = is_ended.then_some("2026-09-17T18:00:05Z");
        serde_json::from_value(serde_json::json!({
            "changeId": 7, "kind": kind, "createdTime": "2026-09-17T18:00:00Z", "endTime": end_time, "counts": counts
        }))
        .unwrap()
    }

    #[test]
    fn sentences() {
        let counts = |succeeded, unchanged, failed, queued| ChangeCounts {
            succeeded,
            unchanged,
            failed,
            queued,
            ..ChangeCounts::default()
        };
        for (kind, counts, is_ended, headline_, summary_, label) in [
            (
                "disable",
                counts(1200, 1, 0, 0),
                true,
                "Disable 1,201 devices",
                "1,200 disabled, 1 was disabled already.",
                "Completed",
            ),
            ("create", counts(1, 0, 1, 0), true, "Create 2 devices", "1 created, 1 failed.", "With failures"),
            ("delete", counts(0, 0, 0, 1), false, "Delete 1 device", "1 queued.", "Running"),
        ] {
            let change = change(kind, counts, is_ended);
            assert_eq!(headline(&change), headline_);
            assert_eq!(summary(&change), summary_);
            assert_eq!(badge(&change).label, label);
            assert_eq!(outcomes(&counts).total(), counts.total());
        }
    }
}
