//! Changes of a twin: what the hub takes, and how a change becomes merge patches for document and metadata.
//!
//! A twin has three sections that are merged by RFC 7386. Desired and reported properties also have metadata, a tree
//! of the same shape that says when each member was last written. A [`Plan`] expresses a change as merge patches only,
//! so that one SQL statement serves a single twin and a job over a million alike.
//!
//! Source of the rules: `iot-hub-devguide-device-twins.md` and `ReportedPropertiesValidator.cs` in `Azure/iotedge`.

mod check;
mod merge;
mod plan;

pub use self::{
    check::{Nulls, TwinFault, check, size},
    merge::{apply, difference},
    plan::{Plan, VERSION_PLACEHOLDER, fresh_metadata},
};

/// A part of a twin that is written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Labels that only the service sees.
    Tags,
    /// What the service asks for.
    Desired,
    /// What the device says.
    Reported,
}

impl Section {
    /// The largest a section may be after a write, by [`size`].
    pub const fn max_size(self) -> usize {
        match self {
            Self::Tags => 8 * 1024,
            Self::Desired | Self::Reported => 32 * 1024,
        }
    }

    /// Where it stands in the twin, for messages.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Desired => "properties.desired",
            Self::Reported => "properties.reported",
        }
    }
}
