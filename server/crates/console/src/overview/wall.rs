//! What a screen shows: a part of the overview, and the state of the hub.

use console_wire::{
    access::{Action, Actor, Subject, permit},
    wall::WallView,
};

use crate::{ConsoleError, core::Core, hub_info};

/// Running jobs: what fits on a screen.
const RUNNING: usize = 6;

/// The wall's data, for who has the permission to see it.
pub(crate) async fn wall(core: &Core, actor: &Actor, build: &str) -> Result<WallView, ConsoleError> {
    permit(actor, Action::WallRead, Subject::Any).map_err(ConsoleError::Missing)?;
    // A screen shows no more of the overview than this: it has names of people and schedules, too.
    let overview = super::recent(core, actor.scope()).await?;
    Ok(WallView {
        sequence: overview.sequence,
        as_of: overview.as_of,
        hub: hub_info::hub_info(core),
        fleet: overview.fleet,
        counts: overview.jobs,
        devices_to_go: overview.devices_to_go,
        last_day: overview.last_day,
        running: overview.running.iter().take(RUNNING).cloned().collect(),
        finished: overview.ended.clone(),
        build: build.to_owned(),
    })
}
