//! Jobs on a list of devices: one job here, several jobs on the hub, its parts.
//!
//! `insert` writes the job, its devices and its parts. A part is waiting, sending, open or settled (`parts`): waiting
//! parts are claimed for sending, opened when the hub has them, and requeued when it has no room. `sync_parts` writes
//! what the hub reports of an open part, `unsent` ends parts that the hub does not have, `end_part` settles a part, and
//! `aggregate` makes one job of all parts.

mod aggregate;
mod end_part;
mod insert;
mod parts;
mod sync_parts;
mod unsent;

pub(super) use self::insert::description;
pub(crate) use self::{
    insert::{DeviceList, Insertion},
    parts::Part,
};
