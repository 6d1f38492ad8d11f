//! An approval as text.

use console_wire::rollout::{ApprovalResult, RolloutApproval};

use crate::format::Badge;

/// What became of a request.
pub(crate) const fn badge(result: ApprovalResult) -> Badge {
    let (label, icon, status) = match result {
        ApprovalResult::Waiting => ("Awaiting approval", "user-check", "awaiting"),
        ApprovalResult::Approved => ("Approved", "circle-check", "completed"),
        ApprovalResult::Rejected => ("Rejected", "circle-x", "failed"),
        ApprovalResult::Lapsed => ("Lapsed after 72 h", "circle-slash", "cancelled"),
        ApprovalResult::Withdrawn => ("Withdrawn", "circle-slash", "cancelled"),
    };
    Badge { label, icon, status }
}

/// `approved by Priya Nair`, `lapsed after 72 h`.
pub(crate) fn decided(approval: &RolloutApproval) -> String {
    let by = approval.decided_by.as_ref().map(|person| format!(" by {}", person.name)).unwrap_or_default();
    match approval.result {
        ApprovalResult::Waiting => "awaits approval".into(),
        ApprovalResult::Approved => format!("approved{by}"),
        ApprovalResult::Rejected => format!("rejected{by}"),
        ApprovalResult::Lapsed => "lapsed after 72 h".into(),
        ApprovalResult::Withdrawn => format!("withdrawn{by}"),
    }
}

/// The same for the sentence below a job's name, with the comment.
pub(crate) fn in_lead(approval: &RolloutApproval) -> String {
    let comment = approval.comment.as_ref().map(|comment| format!(": “{comment}”")).unwrap_or_default();
    format!("{}{comment}", decided(approval))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_result_is_said() {
        for (result, by, text, label) in [
            ("waiting", None, "awaits approval", "Awaiting approval"),
            ("approved", Some("Priya Nair"), "approved by Priya Nair: “tested”", "Approved"),
            ("rejected", Some("Ilse Brandt"), "rejected by Ilse Brandt: “tested”", "Rejected"),
            ("lapsed", None, "lapsed after 72 h", "Lapsed after 72 h"),
        ] {
            let approval: RolloutApproval = serde_json::from_value(json!({
                "result": result, "hash": "0".repeat(64), "devices": 10,
                "askedAt": "2026-12-01T12:00:00Z", "lapsesAt": "2026-12-04T12:00:00Z",
                "decidedBy": by.map(|name| json!({"userId": "p", "name": name})),
                "comment": by.map(|_| "tested"),
            }))
            .unwrap();
            assert_eq!(in_lead(&approval), text);
            assert_eq!(badge(approval.result).label, label);
        }
    }
}
