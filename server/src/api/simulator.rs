//! `GET`, `PATCH /api/v1/simulator`: the simulated pool, where one runs here.

use axum::{Json, extract::State};
use console_wire::{
    problem::FieldError,
    simulator::{Latency, Simulator},
};
use device_pool::{PoolSnapshot, SettingsPatch};

use super::extract::Body;
use crate::{problem::Refusal, state::AppState};

/// Settings and figures.
pub(super) async fn get(State(state): State<AppState>) -> Result<Json<Simulator>, Refusal> {
    let pool = state.pool.as_ref().ok_or_else(no_pool)?;
    Ok(Json(present(&pool.snapshot())))
}

/// Changes settings; they hold at once, and the answer is what the pool has taken.
pub(super) async fn change(
    State(state): State<AppState>,
    Body(patch): Body<SettingsPatch>,
) -> Result<Json<Simulator>, Refusal> {
    let pool = state.pool.as_ref().ok_or_else(no_pool)?;
    let settings = pool
        .apply(patch)
        .await
        .map_err(|invalid| Refusal::invalid(vec![FieldError::new(invalid.setting, invalid.to_string())]))?;
    tracing::info!(?settings, "simulator settings changed");
    Ok(Json(present(&pool.snapshot())))
}

fn present(pool: &PoolSnapshot) -> Simulator {
    let settings = pool.settings;
    Simulator {
        count: pool.count as u64,
        connected: pool.connected as u64,
        latency_ms: match settings.latency_ms {
            device_pool::Latency::Constant(milliseconds) => Latency::Constant(milliseconds),
            device_pool::Latency::Percentiles { p50, p95 } => Latency::Spread { p50, p95 },
        },
        offline_share: settings.offline_share,
        error_share: settings.error_share,
        silent_share: settings.silent_share,
        drop_share: settings.drop_share,
        seed: settings.seed,
        calls: pool.calls,
        answered: pool.answered,
    }
}

fn no_pool() -> Refusal {
    Refusal::not_found("No simulated devices run in this server; start it with --simulated-devices 100.")
}
