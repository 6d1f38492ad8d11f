//! Which devices of a rollout are called by which job on the hub, and how calls are cut into such jobs. Pure.

use std::collections::{BTreeMap, HashMap};

use hub_wire::Timestamp;
use rollout::event::DeviceIndex;

use super::call::Action;
use crate::{
    store::{NewPart, RolloutDevice},
    target::{chunks, room_for_ids},
};

/// Longest prefix of a part's id: the hub takes 64 characters.
const PREFIX_LENGTH: usize = 46;

/// Devices that one job on the hub calls, and which of their calls each is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartCalls {
    pub(super) part: i64,
    pub(super) calls: Vec<(DeviceIndex, u16)>,
}

/// Calls by who makes them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CutCalls {
    /// The console.
    pub(super) direct: Vec<(DeviceIndex, u16)>,
    /// Jobs on the hub.
    pub(super) by_part: Vec<PartCalls>,
    /// The same jobs, for the store.
    pub(super) new_parts: Vec<NewPart>,
}

/// The jobs on the hub whose devices have not all ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OpenParts {
    by_device: HashMap<DeviceIndex, i64>,
    /// How many devices of each part are in flight.
    devices: BTreeMap<i64, u64>,
    /// The number of the next one.
    next: i64,
}

impl OpenParts {
    /// None yet; the next one has this number.
    pub(super) fn from(next: i64) -> Self {
        Self { next, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// Notes that a part calls a device.
    pub(super) fn add(&mut self, part: i64, device: DeviceIndex) {
        self.by_device.insert(device, part);
        *self.devices.entry(part).or_default() += 1;
    }

    /// Notes that a device is not in flight any more. Returns its part if that was the last one in it.
    pub(super) fn remove(&mut self, device: DeviceIndex) -> Option<i64> {
        let part = self.by_device.remove(&device)?;
        let left = self.devices.get_mut(&part)?;
        *left -= 1;
        if *left > 0 {
            return None;
        }
        self.devices.remove(&part);
        Some(part)
    }

    /// Cuts calls into parts whose conditions the hub takes beside the scope, and notes them. A device outside of the scope is in
    /// none of them: it gets no call, only its answer.
    pub(super) fn cut(
        &mut self,
        action: &Action,
        devices: &[RolloutDevice],
        calls: Vec<(DeviceIndex, u16)>,
        calls_until: Option<Timestamp>,
    ) -> CutCalls {
        let prefix: String = action.job_id.chars().take(PREFIX_LENGTH).collect();
        let inside = |device: DeviceIndex| devices.get(device as usize).filter(|device| !device.is_outside);
        let (hub, direct): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|(device, _)| inside(*device).is_some());
        let ids = hub.iter().filter_map(|(device, _)| Some(inside(*device)?.device_id.clone())).collect();
        let mut hub = hub.into_iter();
        let mut cut = CutCalls { direct, ..CutCalls::default() };
        for device_ids in chunks(ids, room_for_ids(action.scope.as_deref())) {
            let part = self.next;
            self.next += 1;
            let calls: Vec<_> = hub.by_ref().take(device_ids.len()).collect();
            for (device, _) in &calls {
                self.add(part, *device);
            }
            cut.by_part.push(PartCalls { part, calls });
            let hub_job_id = format!("{prefix}-part-{}", part + 1);
            cut.new_parts.push(NewPart { number: part, hub_job_id, device_ids, calls_until });
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::{job::JobType, query::MAX_QUERY_LENGTH};

    use super::*;
    use crate::target::{Target, listed, narrowed};

    fn action(scope: Option<&str>) -> Action {
        Action {
            job_id: "nightly".to_owned(),
            job_type: JobType::ScheduleUpdateTwin,
            method: None,
            twin: None,
            scope: scope.map(str::to_owned),
        }
    }

    fn devices(count: u32) -> Vec<RolloutDevice> {
        let device =
            |number| RolloutDevice { device_id: format!("lock-'{number:0>20}"), is_outside: number == 1 };
        (0..count).map(device).collect()
    }

    #[test]
    fn calls_are_cut_into_queries_that_the_hub_takes() {
        let scope = "tags.building = '43'";
        let calls: Vec<_> = (0..2_000).map(|device| (device, 1)).collect();
        let cut = OpenParts::from(3).cut(&action(Some(scope)), &devices(2_000), calls, None);
        assert_eq!(cut.direct, [(1, 1)], "the one outside of the scope");
        assert!(cut.new_parts.len() > 1);
        let mut called = Vec::new();
        for ((part, of_part), number) in cut.new_parts.iter().zip(&cut.by_part).zip(3..) {
            let id = format!("nightly-part-{}", number + 1);
            assert_eq!((part.number, &part.hub_job_id, of_part.part), (number, &id, number));
            let condition = narrowed(Some(scope), &listed(&part.device_ids, None)).unwrap();
            assert!(Target::of(&condition).disconnected().chars().count() <= MAX_QUERY_LENGTH);
            let ids: Vec<_> =
                of_part.calls.iter().map(|(device, _)| format!("lock-'{device:0>20}")).collect();
            assert_eq!(part.device_ids, ids);
            called.extend(of_part.calls.iter().map(|(device, _)| *device));
        }
        assert_eq!(called, (0..2_000).filter(|device| *device != 1).collect::<Vec<_>>());
    }

    #[test]
    fn a_part_ends_with_its_last_device() {
        let mut open = OpenParts::from(0);
        let cut = |open: &mut OpenParts, calls| open.cut(&action(None), &devices(5), calls, None).new_parts;
        assert_eq!(cut(&mut open, vec![(4, 1), (2, 1)]).len(), 1);
        assert!(cut(&mut open, Vec::new()).is_empty());
        open.add(7, 9);
        assert_eq!([open.remove(4), open.remove(4), open.remove(2)], [None, None, Some(0)]);
        assert!(!open.is_empty());
        assert_eq!(open.remove(9), Some(7));
        assert!(open.is_empty());
        // A second call is in a part of its own.
        assert_eq!((cut(&mut open, vec![(4, 2)])[0].number, open.remove(4)), (1, Some(1)));
    }
}
