//! API tokens in words.

use std::time::Duration;

use console_wire::access::{TokenInfo, TokenState};
use hub_wire::Timestamp;

use super::Badge;

/// How long before an unused token is revoked the list says so.
const WARNED: Duration = Duration::from_hours(14 * 24);

/// What keeps a token from being used, or soon will.
pub(crate) fn notice(token: &TokenInfo, as_of: Timestamp) -> Option<Badge> {
    match token.state {
        TokenState::Expired => Some(Badge { status: "cancelled", icon: "clock", label: "Ended" }),
        TokenState::Unused => {
            Some(Badge { status: "cancelled", icon: "circle-slash", label: "Revoked, unused" })
        }
        TokenState::OwnerInactive => {
            Some(Badge { status: "cancelled", icon: "circle-slash", label: "Owner deactivated" })
        }
        TokenState::Active if is_warned(token, as_of) => {
            Some(Badge { status: "timedOut", icon: "clock-alert", label: "Unused" })
        }
        TokenState::Active => None,
    }
}

/// Whether the list says when it is revoked unless it is used.
pub(crate) fn is_warned(token: &TokenInfo, as_of: Timestamp) -> bool {
    token.state == TokenState::Active
        && token.ends_unused < token.ends
        && token.ends_unused.since(as_of) < WARNED
}

#[cfg(test)]
mod tests {
    use console_wire::access::{PersonRef, Role};

    use super::*;

    #[test]
    fn what_a_list_says_of_a_token() {
        let day = |number: u32| Timestamp::from_ticks(0).plus(Duration::from_hours(24) * number);
        let token = |state, ends, ends_unused| TokenInfo {
            token_id: 1,
            name: "ci".into(),
            prefix: "fct_0123".into(),
            owner: PersonRef { user_id: "u".into(), name: "Mara".into() },
            role: Role::Operator,
            effective_role: Role::Operator,
            state,
            created_time: day(0),
            ends: day(ends),
            last_used: None,
            ends_unused: day(ends_unused),
        };
        for (state, ends, ends_unused, label) in [
            (TokenState::Active, 365, 90, None),
            (TokenState::Active, 365, 13, Some("Unused")),
            (TokenState::Active, 5, 13, None),
            (TokenState::Expired, 0, 13, Some("Ended")),
            (TokenState::Unused, 365, 0, Some("Revoked, unused")),
            (TokenState::OwnerInactive, 365, 90, Some("Owner deactivated")),
        ] {
            let found = notice(&token(state, ends, ends_unused), day(0)).map(|badge| badge.label);
            assert_eq!(found, label, "{state:?} {ends} {ends_unused}");
        }
    }
}
