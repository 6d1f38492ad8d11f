//! How fast the hub lets a rollout go, and how many calls it may have under way.

use std::{fmt::Write as _, time::Instant};

use console_wire::{
    hub::HubKind,
    rollout::{HubUse, settings::Engine},
};
use hub_wire::job::JobType;
use rollout::estimate::tier::{Tier, Work};

use crate::core::Core;

/// The rate for a hub that imposes none: ten thousand devices a second, about what the embedded hub takes.
const UNLIMITED: u32 = 600_000;

/// Jobs under way at once on a hub whose tier is not known.
const UNTIERED_JOBS: u32 = 1;

/// What the hub allows a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HubPace {
    /// Devices a minute, at least 1.
    pub(super) per_minute: u32,
    /// Calls under way at once, at least 1.
    pub(super) at_once: u32,
    /// Where the rate comes from, a phrase.
    pub(super) reason: String,
}

/// How much of what the hub takes with this engine is used now; `None` where no limit is known.
pub(super) fn hub_use(core: &Core, job_type: JobType, payload_bytes: u64, engine: Engine) -> Option<HubUse> {
    let (tier, units) = core.hub_tier?;
    let limit = tier.devices_per_minute(units, engine, work(job_type, payload_bytes), 0);
    Some(HubUse { per_second: core.operations.per_second(Instant::now()), limit: f64::from(limit) / 60.0 })
}

const fn work(job_type: JobType, payload_bytes: u64) -> Work {
    match job_type {
        JobType::ScheduleUpdateTwin => Work::TwinChange,
        _ => Work::Method(payload_bytes),
    }
}

/// What the hub allows a rollout that shares it equally with the others that call devices now. A rollout that does not run yet has
/// an empty id.
pub(super) fn pace(
    core: &Core,
    job_id: &str,
    job_type: JobType,
    payload_bytes: u64,
    engine: Engine,
) -> HubPace {
    let others = u32::try_from(core.rollouts.others_calling(job_id)).unwrap_or(u32::MAX - 1);
    let work = work(job_type, payload_bytes);
    let (per_minute, mut reason) = match (core.hub_tier, core.hub_kind) {
        (Some((tier, units)), _) => (
            tier.devices_per_minute(units, engine, work, others),
            format!("the tier {tier:?} with {units} units"),
        ),
        (None, HubKind::Embedded) => {
            ((UNLIMITED / (others + 1)).max(1), "the embedded hub imposes no limit".to_owned())
        }
        (None, HubKind::Remote) => (
            Tier::S1.devices_per_minute(1, engine, work, others),
            "the tier of the hub is not known; an S1 with one unit is assumed".to_owned(),
        ),
    };
    match others {
        0 => {}
        1 => reason.push_str("; one other rollout shares it"),
        others => {
            let _ = write!(reason, "; {others} other rollouts share it");
        }
    }
    let at_once = match engine {
        Engine::DirectCalls => (core.direct_calls / (others + 1)).max(1),
        // As many jobs as the hub runs at once, of a minute's share each.
        Engine::HubJobs => {
            let jobs = core.hub_tier.map_or(UNTIERED_JOBS, |(tier, _)| tier.jobs_at_once());
            per_minute.saturating_mul((jobs / (others + 1)).max(1))
        }
    };
    HubPace { per_minute, at_once, reason }
}
