//! The hub's registry: devices to create, changes of many devices with the result of each, and the identity of one device.
//!
//! A change is carried out in bulk requests while people follow it. Keys are in one type only, [`ConnectionString`], which does
//! not print and is answered only to whoever asks for it.

mod change;
mod identity;
mod result;

pub use self::{
    change::{ChangeAgain, ChangeKind, ChangePreview, NewRegistryChange, RegistryChange},
    identity::{
        AskConnectionString, ConnectionString, DeviceIdentity, KeyName, MAX_STATUS_REASON, NewDevice,
        NewStatus,
    },
    result::{ChangeCounts, ChangeDevicesQuery, ChangeState, ChangedDevice, error_words},
};

/// Most devices in one change.
pub const MAX_CHANGED_DEVICES: usize = 10_000;
