//! What may happen in a run.

use rollout::{Event, event::DeviceIndex, retry::Answer};

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Answer(DeviceIndex, u16, Answer),
    NotSent(DeviceIndex, u16),
    Connects(DeviceIndex),
    Disconnects(DeviceIndex),
    /// The two-minute poll of a hub finds the device connected, if it is.
    Polled(DeviceIndex),
    Command(Event),
    Targets,
    Webhook(usize),
    Joins,
    Crash,
}

/// Whether a device has got the method, and why it may get it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Not,
    Once,
    MayRepeat,
}
