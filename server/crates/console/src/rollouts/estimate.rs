//! How long a rollout would take by each engine, and what limits it.

use console_wire::{
    access::Actor,
    problem::FieldError,
    rollout::{
        EngineEstimate, EstimateRequest, RolloutEstimates,
        settings::{Engine, TagValues, WaveSize, Zone},
    },
};
use hub_query::write;
use hub_wire::job::JobType;
use rollout::window;

use super::pace::pace;
use crate::{ConsoleError, clock::now, core::Core, scope::within, target_query::count_targets};

/// Maintenance windows that are shown.
const WINDOWS: usize = 7;
/// Most waves by a tag whose devices are counted: each takes a query.
const MAX_COUNTED: usize = 6;

pub(crate) async fn estimate(
    core: &Core,
    request: &EstimateRequest,
    actor: &Actor,
) -> Result<RolloutEstimates, ConsoleError> {
    let now = now();
    let settings = &request.rollout;
    settings.check(now, window::is_zone).map_err(|faults| {
        let prefixed = |fault: FieldError| FieldError { field: format!("rollout.{}", fault.field), ..fault };
        ConsoleError::Invalid(faults.into_iter().map(prefixed).collect())
    })?;
    if request.job_type == JobType::Unknown {
        return Err(FieldError::new("type", "must be scheduleDeviceMethod or scheduleUpdateTwin").into());
    }
    let waves = waves(core, request, actor).await?;
    let zone = settings.windows.as_ref().map(|windows| match &windows.zone {
        Zone::Name(name) => name.as_str(),
        Zone::Tag(tag) => tag.otherwise.as_str(),
    });
    let zones: Vec<&str> = zone.into_iter().collect();
    let of_engine = |engine: Engine| {
        let found = pace(core, "", request.job_type, request.payload_bytes, engine);
        let estimate = rollout::estimate::estimate(settings, &waves, &zones, found.per_minute, now);
        (EngineEstimate { engine, hub_per_minute: found.per_minute, estimate }, found.reason)
    };
    let (direct, pace_reason) = of_engine(Engine::DirectCalls);
    let (jobs, _) = of_engine(Engine::HubJobs);
    let windows = settings.windows.as_ref().zip(zone);
    Ok(RolloutEstimates {
        engines: vec![direct, jobs],
        pace_reason,
        needs_approval: matches!(actor, Actor::Person(_))
            && core
                .approval_policy
                .needs_approval(request.method_name.as_deref().unwrap_or_default(), request.devices),
        next_windows: windows
            .map(|(windows, zone)| window::next_windows(windows, zone, now, WINDOWS))
            .unwrap_or_default(),
        waves,
    })
}

/// Devices of each wave, the last one included.
async fn waves(core: &Core, request: &EstimateRequest, actor: &Actor) -> Result<Vec<u64>, ConsoleError> {
    let mut left = request.devices;
    let mut waves = Vec::new();
    for (number, wave) in request.rollout.waves.iter().enumerate() {
        let wanted = match (&wave.size, &request.query_condition) {
            (WaveSize::Devices(devices), _) => u64::from(*devices),
            (WaveSize::Percent(share), _) => share.of(request.devices).max(1),
            (WaveSize::Tag(of), Some(condition)) if number < MAX_COUNTED => {
                count_targets(core, &within(Some(&has_value(of)), &within(actor.scope(), condition)?)?)
                    .await?
            }
            (WaveSize::Tag(_), _) => 0,
        };
        let taken = wanted.min(left);
        left -= taken;
        waves.push(taken);
    }
    waves.push(left);
    Ok(waves)
}

/// The condition of the devices with one of these values.
fn has_value(of: &TagValues) -> String {
    format!("{} IN [{}]", of.tag, write::texts(of.values.iter().map(String::as_str)))
}
