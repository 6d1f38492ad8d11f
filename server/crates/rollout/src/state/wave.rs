//! A wave, and the queues of its devices by time zone.

use std::collections::VecDeque;

use console_wire::outcome::Outcomes;
use serde::{Deserialize, Serialize};

use super::Place;
use crate::{event::DeviceIndex, window::Span};

/// A wave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// Devices that were not called yet, by zone.
    pub(crate) queues: Vec<WaveQueue>,
    pub(crate) counts: Outcomes,
    pub(crate) waiting_to_connect: u64,
}

impl Wave {
    /// How many of its devices are in each state.
    pub const fn counts(&self) -> &Outcomes {
        &self.counts
    }

    /// How many of its queued devices were not online when they were called, and are called again when they connect.
    pub const fn waiting_to_connect(&self) -> u64 {
        self.waiting_to_connect
    }

    /// Counts a device that changes its place among those that wait to connect; returns the counts to change with it.
    pub(super) fn count_waiting(&mut self, before: Place, at: Place) -> &mut Outcomes {
        if matches!(before, Place::WaitsToConnect(_)) {
            self.waiting_to_connect -= 1;
        }
        if matches!(at, Place::WaitsToConnect(_)) {
            self.waiting_to_connect += 1;
        }
        &mut self.counts
    }

    /// Puts a device that was not called yet behind the others of its zone.
    pub(super) fn queue(&mut self, zone: u16, device: DeviceIndex) {
        self.counts.queued += 1;
        let rank = u32::try_from(self.counts.total()).unwrap_or(u32::MAX);
        match self.queues.iter_mut().find(|queue| queue.zone == zone) {
            Some(queue) => queue.devices.push_back((rank, device)),
            None => self.queues.push(WaveQueue { zone, devices: VecDeque::from([(rank, device)]) }),
        }
    }

    /// Puts a device back whose call was taken back: before the others of its zone.
    pub(crate) fn queue_first(&mut self, zone: u16, device: DeviceIndex) {
        if let Some(queue) = self.queues.iter_mut().find(|queue| queue.zone == zone) {
            queue.devices.push_front((0, device));
        }
    }
}

/// Devices of a wave in one zone, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WaveQueue {
    pub(crate) zone: u16,
    /// Place in the wave's order, and the device.
    pub(crate) devices: VecDeque<(u32, DeviceIndex)>,
}

/// A time zone of some devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ZoneQueue {
    pub(crate) name: String,
    /// The current or next span for calls. A cache: made again when it is over, and after a restart.
    pub(crate) calls: Option<Span>,
    /// Devices to be called again now.
    pub(crate) again: VecDeque<DeviceIndex>,
}
