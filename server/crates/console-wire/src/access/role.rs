//! The four roles, and what each permits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Action;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Sees everything except accounts, changes nothing.
    Viewer,
    /// Runs jobs and changes devices.
    Operator,
    /// Sees everything and approves what others ask for.
    Approver,
    /// All that an operator does, and the team's accounts.
    Administrator,
}

impl Role {
    /// Every role, the one that may least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Administrator];

    /// The word in the store and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Administrator => "administrator",
        }
    }

    /// By the word in the store and in forms.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What the role permits, for a person who chooses one.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Viewer => "sees jobs and devices",
            Self::Operator => "runs jobs, changes devices",
            Self::Approver => "approves jobs, sees devices and the audit log",
            Self::Administrator => "everything, and the team",
        }
    }

    /// Whether it permits everything that another one does: an operator's token may not approve, and the other way round.
    pub fn covers(self, other: Self) -> bool {
        Action::ALL.into_iter().all(|action| {
            (!other.permits(action) || self.permits(action))
                && (!other.permits_on_own(action) || self.permits(action) || self.permits_on_own(action))
        })
    }

    /// The role that permits most of what both permit.
    #[must_use]
    pub fn lower_of(self, other: Self) -> Self {
        let covered = Self::ALL.into_iter().rev().find(|role| self.covers(*role) && other.covers(*role));
        covered.unwrap_or(Self::Viewer)
    }

    /// Whether a scope limits the devices on which a person with this role may act and which the person sees. Viewers too: a
    /// token with less rights than its owner must not see more.
    pub const fn is_limited_by_scope(self) -> bool {
        matches!(self, Self::Viewer | Self::Operator)
    }

    /// Whether it permits an action on anything.
    pub(super) const fn permits(self, action: Action) -> bool {
        match action {
            Action::JobRead
            | Action::ScheduleRead
            | Action::DeviceRead
            | Action::TelemetryRead
            | Action::MetricsRead
            | Action::WallRead => true,
            Action::JobCreate
            | Action::JobCancel
            | Action::JobRerun
            | Action::JobHandle
            | Action::TemplateWrite
            | Action::GroupWrite
            | Action::ScheduleWrite
            | Action::DeviceInvoke
            | Action::DevicePatch
            | Action::DeviceWrite
            | Action::DeviceKeys
            | Action::MessageSend
            | Action::SimulatorWrite => matches!(self, Self::Operator | Self::Administrator),
            Action::JobApprove | Action::AuditRead => matches!(self, Self::Approver | Self::Administrator),
            Action::UserRead
            | Action::UserWrite
            | Action::SessionRevoke
            | Action::TokenCreate
            | Action::WebhookRead
            | Action::WebhookWrite
            | Action::TokenRead
            | Action::TokenRevoke
            | Action::WallWrite => matches!(self, Self::Administrator),
        }
    }

    /// Whether it permits an action on what is the person's own.
    pub(super) const fn permits_on_own(self, action: Action) -> bool {
        match action {
            Action::SessionRevoke | Action::TokenCreate | Action::TokenRead | Action::TokenRevoke => true,
            Action::AuditRead => matches!(self, Self::Operator),
            _ => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "Viewer",
            Self::Operator => "Operator",
            Self::Approver => "Approver",
            Self::Administrator => "Administrator",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_lower_of_two_roles() {
        use Role::{Administrator, Approver, Operator, Viewer};
        for (one, other, lower) in [
            (Viewer, Viewer, Viewer),
            (Operator, Viewer, Viewer),
            (Operator, Operator, Operator),
            (Operator, Approver, Viewer),
            (Approver, Administrator, Approver),
            (Operator, Administrator, Operator),
            (Administrator, Administrator, Administrator),
        ] {
            assert_eq!((one.lower_of(other), other.lower_of(one)), (lower, lower), "{one} {other}");
            assert_eq!(one.covers(other), lower == other, "{one} {other}");
        }
    }

    #[test]
    fn a_role_is_found_by_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::from_wire(role.as_str()), Some(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.as_str()));
        }
        for word in ["", "Viewer", "root"] {
            assert_eq!(Role::from_wire(word), None, "{word}");
        }
    }
}
