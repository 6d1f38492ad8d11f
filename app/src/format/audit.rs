//! Entries of the audit log in words, and what a change has changed, line by line.

use console_wire::{
    audit::{AuditEntry, AuditOutcome},
    number::grouped,
};
use serde_json::Value;

use super::Badge;

/// More lines than these are not compared one by one.
const MAX_COMPARED: usize = 400;

/// What became of something.
pub(crate) const fn badge(outcome: AuditOutcome) -> Badge {
    match outcome {
        AuditOutcome::Begun => Badge { status: "inFlight", icon: "loader-circle", label: "begun" },
        AuditOutcome::Done => Badge { status: "completed", icon: "check", label: "done" },
        AuditOutcome::Failed => Badge { status: "failed", icon: "circle-x", label: "failed" },
        AuditOutcome::Refused => Badge { status: "failed", icon: "circle-slash", label: "refused" },
        AuditOutcome::Unknown => Badge { status: "interrupted", icon: "circle-alert", label: "unknown" },
    }
}

/// Who did it.
pub(crate) fn who(entry: &AuditEntry) -> String {
    entry.actor.as_ref().map_or_else(|| "Unknown".to_owned(), |actor| actor.name.clone())
}

/// By what the person was recognised.
pub(crate) fn credential(entry: &AuditEntry) -> String {
    match entry.credential.as_str() {
        "none" => "without sign-in".to_owned(),
        credential => credential.to_owned(),
    }
}

/// Its rows: `41,863 begun, 41,864 done`.
pub(crate) fn rows(entry: &AuditEntry) -> String {
    match entry.end_row {
        Some(end) => format!("{} begun, {} {}", grouped(entry.row), grouped(end), entry.outcome),
        None => format!("{} {}", grouped(entry.row), entry.outcome),
    }
}

/// The beginning and the end of a hash: `9f3c 02d7 … a1e4`.
pub(crate) fn short_hash(hash: &str) -> String {
    let part = |range: std::ops::Range<usize>| hash.get(range).unwrap_or_default();
    format!("{} {} … {}", part(0..4), part(4..8), part(60..64))
}

/// Why it did not succeed, in words.
pub(crate) fn error(kind: &str) -> String {
    match kind {
        "interrupted" => "the server stopped before its end".to_owned(),
        kind => kind.replace('-', " "),
    }
}

/// How a line differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    Same,
    Removed,
    Added,
}

/// The lines of two values as JSON: those of both, those of the one before, those of the one after.
pub(crate) fn compared(before: Option<&Value>, after: Option<&Value>) -> Vec<(LineKind, String)> {
    let (before, after) = (lines(before), lines(after));
    if before.len() > MAX_COMPARED || after.len() > MAX_COMPARED {
        let removed = before.into_iter().map(|line| (LineKind::Removed, line));
        return removed.chain(after.into_iter().map(|line| (LineKind::Added, line))).collect();
    }
    let common = common_lengths(&before, &after);
    let (mut old, mut new) = (0, 0);
    let mut result = Vec::new();
    while old < before.len() || new < after.len() {
        if old < before.len() && new < after.len() && before[old] == after[new] {
            result.push((LineKind::Same, before[old].clone()));
            (old, new) = (old + 1, new + 1);
        } else if new == after.len() || old < before.len() && common[old + 1][new] >= common[old][new + 1] {
            result.push((LineKind::Removed, before[old].clone()));
            old += 1;
        } else {
            result.push((LineKind::Added, after[new].clone()));
            new += 1;
        }
    }
    result
}

fn lines(value: Option<&Value>) -> Vec<String> {
    let text = value.map(|value| format!("{value:#}")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// For each place in both the length of the longest common subsequence of what follows.
fn common_lengths(before: &[String], after: &[String]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; after.len() + 1]; before.len() + 1];
    for old in (0..before.len()).rev() {
        for new in (0..after.len()).rev() {
            lengths[old][new] = if before[old] == after[new] {
                lengths[old + 1][new + 1] + 1
            } else {
                lengths[old + 1][new].max(lengths[old][new + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(before: Option<&Value>, after: Option<&Value>) -> String {
        let lines = compared(before, after).into_iter().map(|(kind, line)| {
            let mark = match kind {
                LineKind::Same => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            format!("{mark}{line}")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn changed_lines_are_marked() {
        let (before, after) =
            (json!({"role": "viewer", "name": "Ken"}), json!({"role": "operator", "name": "Ken"}));
        let (name, viewer, operator) =
            ("   \"name\": \"Ken\",", "-  \"role\": \"viewer\"", "+  \"role\": \"operator\"");
        assert_eq!(text(Some(&before), Some(&after)), format!(" {{\n{name}\n{viewer}\n{operator}\n }}"));
        assert_eq!(text(None, Some(&json!({"a": 1}))), "+{\n+  \"a\": 1\n+}");
        assert_eq!(text(Some(&json!(1)), None), "-1");
        assert_eq!(text(None, None), "");
    }

    #[test]
    fn long_values_are_not_compared() {
        let long: Vec<_> = (0..MAX_COMPARED).collect();
        let found = compared(Some(&json!(long)), Some(&json!(long)));
        assert_eq!(found.len(), 2 * (MAX_COMPARED + 2));
        assert!(found.iter().all(|(kind, _)| *kind != LineKind::Same));
    }

    #[test]
    fn entries_in_words() {
        let entry: AuditEntry = serde_json::from_value(json!({
            "row": 41863, "endRow": 41864, "time": "2026-11-30T08:00:00Z", "outcome": "done", "credential": "none",
            "request": "POST /api/v1/jobs", "requestId": "r", "action": "job:create",
            "hash": "9f3c02d7".to_owned() + &"0".repeat(52) + "a1e4", "previousHash": ""
        }))
        .unwrap();
        assert_eq!(rows(&entry), "41,863 begun, 41,864 done");
        assert_eq!((who(&entry), credential(&entry)), ("Unknown".into(), "without sign-in".into()));
        assert_eq!(short_hash(&entry.hash), "9f3c 02d7 … a1e4");
        assert_eq!(error("permission-missing"), "permission missing");
        let refused = AuditEntry { end_row: None, outcome: AuditOutcome::Refused, ..entry };
        assert_eq!(rows(&refused), "41,863 refused");
    }
}
