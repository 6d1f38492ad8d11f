//! `GET`, `PATCH /api/v1/simulator`: the simulated pool, where one runs here. The pages use the same functions.

use std::sync::Arc;

use app::{PoolAccess, SimulatedPool};
use axum::{Json, extract::State};
use console_wire::{
    latency::{Bucket, Distribution},
    problem::FieldError,
    simulator::{Entry, Event, Latency, Sample, Simulator, SimulatorSettings, SimulatorSettingsPatch},
};
use device_pool::{AnswerTimes, PoolSettings, PoolSnapshot, SettingsPatch, journal};

use crate::{extract::Body, problem::Refusal, simulator::SimulatedDevices, state::AppState};

/// The simulated devices, where they run here: settings and figures.
#[utoipa::path(
    get,
    path = "/simulator",
    operation_id = "getSimulator",
    tag = "simulator",
    responses((status = 200, description = "Done.", body = Simulator), Refusal)
)]
pub(super) async fn get(State(state): State<AppState>) -> Result<Json<Simulator>, Refusal> {
    let pool = state.pool.as_ref().ok_or_else(no_pool)?;
    Ok(Json(present(pool.snapshot())))
}

/// Changes settings; they hold at once and after a restart, and the answer is what the simulator confirmed.
#[utoipa::path(
    patch,
    path = "/simulator",
    operation_id = "changeSimulator",
    tag = "simulator",
    request_body = SimulatorSettingsPatch,
    responses((status = 200, description = "Done.", body = Simulator), Refusal)
)]
pub(super) async fn change(
    State(state): State<AppState>,
    Body(patch): Body<SimulatorSettingsPatch>,
) -> Result<Json<Simulator>, Refusal> {
    let pool = state.pool.as_ref().ok_or_else(no_pool)?;
    apply(pool, patch).await.map_err(|error| Refusal::invalid(vec![error]))?;
    Ok(Json(present(pool.snapshot())))
}

/// The pool as the pages see it.
pub(crate) fn page_access(pool: Option<SimulatedDevices>) -> PoolAccess {
    PoolAccess(pool.map(|pool| Arc::new(PageAccess(pool)) as Arc<dyn SimulatedPool>))
}

struct PageAccess(SimulatedDevices);

impl SimulatedPool for PageAccess {
    fn read(&self) -> Simulator {
        present(self.0.snapshot())
    }

    fn change(&self, patch: SimulatorSettingsPatch) -> app::Changing {
        let pool = self.0.clone();
        Box::pin(async move {
            apply(&pool, patch).await?;
            Ok(present(pool.snapshot()))
        })
    }
}

async fn apply(pool: &SimulatedDevices, patch: SimulatorSettingsPatch) -> Result<(), FieldError> {
    let patch = SettingsPatch {
        count: patch.count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
        latency_ms: patch.latency_ms.map(|latency| match latency {
            Latency::Constant(milliseconds) => device_pool::Latency::Constant(milliseconds),
            Latency::Spread { p50, p95 } => device_pool::Latency::Percentiles { p50, p95 },
        }),
        offline_share: patch.offline_share,
        error_share: patch.error_share,
        silent_share: patch.silent_share,
        drop_share: patch.drop_share,
        connects_per_second: patch.connects_per_second,
        seed: patch.seed,
    };
    let before = settings(pool);
    let applied = pool.apply(patch).await;
    console::note_change(Some(before), Some(settings(pool)));
    applied.map_err(|invalid| FieldError::new(invalid.setting, invalid.to_string()))
}

/// The settings at this instant, for the audit log.
fn settings(pool: &SimulatedDevices) -> serde_json::Value {
    serde_json::to_value(simulator_settings(&pool.snapshot().settings)).expect("settings are plain data")
}

fn present(pool: PoolSnapshot) -> Simulator {
    Simulator {
        settings: simulator_settings(&pool.settings),
        since: pool.since,
        as_of: std::time::SystemTime::now().into(),
        registered: pool.registered as u64,
        connected: pool.connected as u64,
        expected: pool.expected as u64,
        calls: pool.calls,
        call_rate: pool.call_rate,
        answered: pool.answered,
        failed: pool.failed,
        silent: pool.silent,
        dropped: pool.dropped,
        connects: pool.connects,
        losses: pool.losses,
        connect_failures: pool.connect_failures,
        answer_times: distribution(&pool.answer_times),
        trend: pool
            .trend
            .into_iter()
            .map(|sample| Sample {
                at: sample.at,
                call_rate: sample.call_rate,
                connected: sample.connected as u64,
            })
            .collect(),
        journal: pool
            .journal
            .into_iter()
            .map(|entry| Entry { at: entry.at, event: event(entry.event) })
            .collect(),
    }
}

fn distribution(times: &AnswerTimes) -> Distribution {
    Distribution {
        count: times.count,
        p50_ms: times.p50_ms,
        p95_ms: times.p95_ms,
        p99_ms: times.p99_ms,
        // An octave begins at half of where it ends.
        min_ms: times.buckets.first().map_or(0.0, |(upper, _)| upper / 2.0),
        max_ms: times.buckets.last().map_or(0.0, |(upper, _)| *upper),
        buckets: times
            .buckets
            .iter()
            .map(|(upper_ms, count)| Bucket { upper_ms: *upper_ms, count: *count })
            .collect(),
    }
}

fn simulator_settings(settings: &PoolSettings) -> SimulatorSettings {
    SimulatorSettings {
        count: settings.count as u64,
        latency_ms: match settings.latency_ms {
            device_pool::Latency::Constant(milliseconds) => Latency::Constant(milliseconds),
            device_pool::Latency::Percentiles { p50, p95 } => Latency::Spread { p50, p95 },
        },
        offline_share: settings.offline_share,
        error_share: settings.error_share,
        silent_share: settings.silent_share,
        drop_share: settings.drop_share,
        connects_per_second: settings.connects_per_second,
        seed: settings.seed,
    }
}

fn event(event: journal::Event) -> Event {
    match event {
        journal::Event::Registered { devices } => Event::Registered { devices: devices as u64 },
        journal::Event::Complete { connected } => Event::Complete { connected: connected as u64 },
        journal::Event::Depleted { connected, expected } => {
            Event::Depleted { connected: connected as u64, expected: expected as u64 }
        }
        journal::Event::Changed { to, from } => {
            Event::Changed { to: simulator_settings(&to), from: simulator_settings(&from) }
        }
        journal::Event::Trouble { message, times } => Event::Trouble { message, times },
    }
}

fn no_pool() -> Refusal {
    Refusal::not_found("No simulated devices run in this server; start it with --simulated-devices 100.")
}
