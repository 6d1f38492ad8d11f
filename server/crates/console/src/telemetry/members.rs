//! Which devices belong to a stream: one device, the ids of a list, or those that match a condition, which the hub is asked
//! about when they first send.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use console_wire::telemetry::LiveMessage;
use hub_query::narrow;
use hub_wire::{DeviceId, twin::Twin};
use tokio::time::Instant;

use super::TelemetrySource;
use crate::{
    ConsoleError,
    core::Core,
    groups,
    target::{Target, chunks, listed, room_for_ids},
};

/// How long what was learned about a group counts: tags and groups change.
const FRESH: Duration = Duration::from_mins(1);

/// The devices of a stream.
#[derive(Debug)]
pub(super) enum Members {
    One(DeviceId),
    Group { group_id: String, read_at: Instant, devices: Devices },
}

/// The devices of a group.
#[derive(Debug)]
pub(super) enum Devices {
    Listed(HashSet<DeviceId>),
    /// By a condition; whether it matches, for those that were looked up.
    Matching {
        condition: String,
        known: HashMap<DeviceId, bool>,
    },
}

impl Members {
    /// # Errors
    /// `NotFound` for the device or the group.
    pub(super) async fn of(core: &Core, source: TelemetrySource) -> Result<Self, ConsoleError> {
        match source {
            TelemetrySource::Device(id) => {
                crate::devices::device(core, &id).await?;
                Ok(Self::One(id))
            }
            TelemetrySource::Group(group_id) => {
                let devices = Devices::read(core, &group_id).await?;
                Ok(Self::Group { group_id, read_at: Instant::now(), devices })
            }
        }
    }

    /// The device, where there is only one.
    pub(super) const fn device(&self) -> Option<&DeviceId> {
        match self {
            Self::One(id) => Some(id),
            Self::Group { .. } => None,
        }
    }

    /// The messages of these devices.
    pub(super) async fn of_theirs(
        &mut self,
        core: &Core,
        messages: &[LiveMessage],
    ) -> Result<Vec<LiveMessage>, ConsoleError> {
        let (group_id, read_at, devices) = match self {
            Self::One(id) => {
                return Ok(messages.iter().filter(|message| message.device_id == *id).cloned().collect());
            }
            Self::Group { group_id, read_at, devices } => (group_id, read_at, devices),
        };
        if read_at.elapsed() > FRESH {
            *devices = Devices::read(core, group_id).await?;
            *read_at = Instant::now();
        }
        devices.look_up(core, messages).await?;
        Ok(messages.iter().filter(|message| devices.holds(&message.device_id)).cloned().collect())
    }
}

impl Devices {
    async fn read(core: &Core, group_id: &str) -> Result<Self, ConsoleError> {
        let group = groups::group(core, group_id).await?;
        Ok(match group.device_ids {
            Some(ids) => Self::Listed(ids.into_iter().collect()),
            None => {
                Self::Matching { condition: group.query_condition.unwrap_or_default(), known: HashMap::new() }
            }
        })
    }

    fn holds(&self, id: &DeviceId) -> bool {
        match self {
            Self::Listed(ids) => ids.contains(id),
            Self::Matching { known, .. } => known.get(id).copied().unwrap_or(false),
        }
    }

    /// Asks the hub about the senders that are not known yet.
    async fn look_up(&mut self, core: &Core, messages: &[LiveMessage]) -> Result<(), ConsoleError> {
        let Self::Matching { condition, known } = self else { return Ok(()) };
        let senders: HashSet<_> = messages.iter().map(|message| &message.device_id).collect();
        let ids: Vec<_> =
            senders.into_iter().filter(|id| !known.contains_key(*id)).map(ToString::to_string).collect();
        for chunk in chunks(ids, room_for_ids(Some(condition))) {
            let limit = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            let narrowed =
                narrow(condition, &listed(&chunk, None)).map_err(|error| ConsoleError::Conflict {
                    detail: format!("The group's condition cannot be checked for single devices: {error}"),
                })?;
            core.rate_limits.queries.acquire().await;
            let page = core.hub.query_page::<Twin>(&Target::of(&narrowed).all(), limit, None).await?;
            let matching: HashSet<_> = page.items.into_iter().map(|twin| twin.device_id).collect();
            for id in chunk.iter().filter_map(|id| id.parse::<DeviceId>().ok()) {
                let is_member = matching.contains(&id);
                known.insert(id, is_member);
            }
        }
        Ok(())
    }
}
