//! Which devices belong to a stream: one device, the ids of a list, or those that match a condition. What a condition or the
//! scope of who reads decides, the hub is asked about when a device first sends.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use console_wire::{access::Actor, telemetry::LiveMessage};
use hub_query::NarrowError;
use hub_wire::{DeviceId, twin::Twin};
use tokio::time::Instant;

use super::TelemetrySource;
use crate::{
    ConsoleError,
    core::Core,
    groups,
    scope::check_visible,
    target::{Target, chunks, listed, narrowed, room_for_ids},
};

/// How long what was learned about a group counts: tags and groups change.
const FRESH: Duration = Duration::from_mins(1);

/// The devices of a stream.
#[derive(Debug)]
pub(super) enum Members {
    One(DeviceId),
    Group { group_id: String, scope: Option<String>, read_at: Instant, devices: Devices },
}

/// The devices of a group, within a scope if there is one.
#[derive(Debug)]
pub(super) struct Devices {
    /// The ids of the group's list, if it has one.
    listed: Option<HashSet<DeviceId>>,
    /// What a device has to match besides: the group's condition within the scope, or the scope alone.
    condition: Option<String>,
    /// Whether it matches, for those that were looked up.
    known: HashMap<DeviceId, bool>,
}

impl Members {
    /// # Errors
    /// `NotFound` for the device, also for one outside of the scope, or the group.
    pub(super) async fn of(
        core: &Core,
        source: TelemetrySource,
        actor: &Actor,
    ) -> Result<Self, ConsoleError> {
        match source {
            TelemetrySource::Device(id) => {
                check_visible(core, &id, actor).await?;
                crate::devices::device(core, &id).await?;
                Ok(Self::One(id))
            }
            TelemetrySource::Group(group_id) => {
                let scope = actor.scope().map(str::to_owned);
                let devices = Devices::read(core, &group_id, scope.as_deref()).await?;
                Ok(Self::Group { group_id, scope, read_at: Instant::now(), devices })
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
        let (group_id, scope, read_at, devices) = match self {
            Self::One(id) => {
                return Ok(messages.iter().filter(|message| message.device_id == *id).cloned().collect());
            }
            Self::Group { group_id, scope, read_at, devices } => (group_id, scope, read_at, devices),
        };
        if read_at.elapsed() > FRESH {
            *devices = Devices::read(core, group_id, scope.as_deref()).await?;
            *read_at = Instant::now();
        }
        devices.look_up(core, messages).await?;
        Ok(messages.iter().filter(|message| devices.holds(&message.device_id)).cloned().collect())
    }
}

impl Devices {
    async fn read(core: &Core, group_id: &str, scope: Option<&str>) -> Result<Self, ConsoleError> {
        let group = groups::group(core, group_id).await?;
        let condition = match (&group.query_condition, scope) {
            (Some(condition), scope) => {
                Some(narrowed(scope, condition).map_err(|error| cannot_check(&error))?)
            }
            (None, scope) => scope.map(str::to_owned),
        };
        let listed = group.device_ids.map(|ids| ids.into_iter().collect());
        Ok(Self { listed, condition, known: HashMap::new() })
    }

    fn holds(&self, id: &DeviceId) -> bool {
        self.may_hold(id) && (self.condition.is_none() || self.known.get(id).copied().unwrap_or(false))
    }

    /// Whether the list has it, if there is one.
    fn may_hold(&self, id: &DeviceId) -> bool {
        self.listed.as_ref().is_none_or(|ids| ids.contains(id))
    }

    /// Asks the hub about the senders that are not known yet.
    async fn look_up(&mut self, core: &Core, messages: &[LiveMessage]) -> Result<(), ConsoleError> {
        let Some(condition) = self.condition.clone() else { return Ok(()) };
        let senders: HashSet<_> = messages.iter().map(|message| &message.device_id).collect();
        let is_open = |id: &&DeviceId| self.may_hold(id) && !self.known.contains_key(*id);
        let ids: Vec<_> = senders.into_iter().filter(is_open).map(ToString::to_string).collect();
        for chunk in chunks(ids, room_for_ids(Some(&condition))) {
            let limit = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            let narrowed = narrowed(Some(&condition), &listed(&chunk, None));
            let narrowed = narrowed.map_err(|error| cannot_check(&error))?;
            core.rate_limits.queries.acquire().await;
            let page = core.hub.query_page::<Twin>(&Target::of(&narrowed).all(), limit, None).await?;
            let matching: HashSet<_> = page.items.into_iter().map(|twin| twin.device_id).collect();
            for id in chunk.iter().filter_map(|id| id.parse::<DeviceId>().ok()) {
                let is_member = matching.contains(&id);
                self.known.insert(id, is_member);
            }
        }
        Ok(())
    }
}

fn cannot_check(error: &NarrowError) -> ConsoleError {
    ConsoleError::Conflict {
        detail: format!("The group's condition cannot be checked for single devices: {error}"),
    }
}
