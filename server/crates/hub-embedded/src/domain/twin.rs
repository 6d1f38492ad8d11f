//! Changes of a twin: how one becomes merge patches for document and metadata. What may be written at all, the console
//! says too, so that is in [`hub_wire::twin_rules`].
//!
//! A twin has three sections that are merged by RFC 7386. Desired and reported properties also have metadata, a tree
//! of the same shape that says when each member was last written. A [`Plan`] expresses a change as merge patches only,
//! so that one SQL statement serves a single twin and a job over a million alike.
//!
//! Source of the rules: `iot-hub-devguide-device-twins.md` and `ReportedPropertiesValidator.cs` in `Azure/iotedge`.

mod bulk;
mod merge;
mod plan;

pub use self::{
    bulk::{bulk_change, bulk_section},
    merge::{apply, difference},
    plan::{Plan, VERSION_PLACEHOLDER, fresh_metadata},
};
