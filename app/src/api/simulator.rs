//! The simulated devices, where they run in this process. The console does not know them, so the server gives the pages
//! direct access.

#![allow(clippy::unused_async, reason = "the browser calls them over HTTP")]

use console_wire::simulator::Simulator;
use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{error::ApiError, forms::simulator::SettingsForm};

/// The pool's settings and figures; `None` where no pool runs.
#[server(prefix = "/fn", endpoint = "simulator", input = GetUrl)]
pub(crate) async fn read_simulator() -> Result<Option<Simulator>, ApiError> {
    Ok(ssr::pool_access()?.0.map(|pool| pool.read()))
}

/// Changes the settings that the form names; returns the pool as it confirmed them.
#[server(prefix = "/fn", endpoint = "change-simulator")]
pub(crate) async fn change_simulator(settings: SettingsForm) -> Result<Simulator, ApiError> {
    let Some(pool) = ssr::pool_access()?.0 else {
        return Err(super::ssr::with_status(ssr::no_pool()));
    };
    let changed = match settings.patch(&pool.read().settings) {
        Ok(patch) => pool.change(patch).await.map_err(|error| vec![error]),
        Err(errors) => Err(errors),
    };
    if changed.is_ok() && super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::SIMULATOR);
    }
    changed.map_err(|errors| super::ssr::with_status(ApiError::invalid(errors)))
}

#[cfg(feature = "ssr")]
pub(crate) mod ssr {
    use std::{fmt, pin::Pin, sync::Arc};

    use console_wire::{
        problem::{FieldError, Problem},
        simulator::{Simulator, SimulatorSettingsPatch},
    };
    use leptos::prelude::use_context;

    use crate::error::ApiError;

    /// A change on its way to the pool.
    pub type Changing = Pin<Box<dyn Future<Output = Result<Simulator, FieldError>> + Send>>;

    /// The simulated devices of this process, as the server hands them to the pages.
    pub trait SimulatedPool: Send + Sync {
        /// Settings and figures at this instant.
        fn read(&self) -> Simulator;

        /// Changes settings; the result is what the pool confirmed, or the member that it refused.
        fn change(&self, patch: SimulatorSettingsPatch) -> Changing;
    }

    /// The pool, or that there is none. The server puts one in the context of every page and server function.
    #[derive(Clone)]
    pub struct PoolAccess(pub Option<Arc<dyn SimulatedPool>>);

    impl fmt::Debug for PoolAccess {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "PoolAccess({})", if self.0.is_some() { "a pool" } else { "no pool" })
        }
    }

    pub(super) fn pool_access() -> Result<PoolAccess, ApiError> {
        use_context()
            .ok_or_else(|| ApiError::internal("the simulated devices are not in the context of this request"))
    }

    pub(super) fn no_pool() -> ApiError {
        ApiError(Box::new(Problem {
            kind: "not-found".into(),
            title: "No simulated devices run here".into(),
            status: 404,
            detail: "Start the server with --simulated-devices 100.".into(),
            request_id: String::new(),
            retryable: false,
            errors: Vec::new(),
        }))
    }
}
