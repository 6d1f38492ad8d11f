//! The parts of a twin that a form can change.

use hub_wire::twin::{Object, Twin, section_version};

use crate::forms::job::ActionKind;

/// Which part of the twin a form changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The desired properties.
    Desired,
    /// The tags.
    Tags,
}

impl Section {
    /// As the form sends it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Desired => "desired",
            Self::Tags => "tags",
        }
    }

    /// The action that changes it.
    pub(super) const fn kind(self) -> ActionKind {
        match self {
            Self::Desired => ActionKind::Desired,
            Self::Tags => ActionKind::Tags,
        }
    }

    /// Most bytes that it may have.
    pub(super) const fn limit(self) -> usize {
        self.kind().max_bytes()
    }

    /// The part of a twin.
    pub(super) fn of(self, twin: &Twin) -> &Object {
        match self {
            Self::Desired => &twin.properties.desired,
            Self::Tags => &twin.tags,
        }
    }

    /// Element ids and label of its form: field, label, problem.
    pub(super) const fn ids(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Desired => ("patch", "Desired properties to merge, JSON", "patch-problem"),
            Self::Tags => ("patch-tags", "Tags to merge, JSON", "patch-tags-problem"),
        }
    }

    /// The version to show for this part.
    pub(super) fn version(self, twin: &Twin) -> u64 {
        match self {
            Self::Desired => section_version(&twin.properties.desired),
            Self::Tags => twin.version,
        }
    }
}
