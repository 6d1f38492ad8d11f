//! The simulated devices, where they run in this process. The console knows nothing of them, so the server hands the
//! pages a door of their own.

#![allow(clippy::unused_async, reason = "server functions are asked over HTTP, whatever they do")]

use console_wire::simulator::Simulator;
use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, PostUrl},
};

use super::{ApiError, ask::Ask};
use crate::simulator_form::KnobForm;

/// The pool's settings and figures; `None` where no pool runs.
#[server(prefix = "/fn", endpoint = "simulator", protocol = Ask<GetUrl>)]
pub(crate) async fn read_simulator() -> Result<Option<Simulator>, ApiError> {
    Ok(ssr::door()?.0.map(|pool| pool.read()))
}

/// Turns the knobs that the form names, and answers with what the pool has taken.
#[server(prefix = "/fn", endpoint = "change-simulator", protocol = Ask<PostUrl>)]
pub(crate) async fn change_simulator(knobs: KnobForm) -> Result<Simulator, ApiError> {
    let Some(pool) = ssr::door()?.0 else {
        return Err(super::ssr::with_status(ssr::no_pool()));
    };
    let changed = match knobs.patch(&pool.read().knobs) {
        Ok(patch) => pool.change(patch).await.map_err(|error| vec![error]),
        Err(errors) => Err(errors),
    };
    if super::ssr::is_plain_form() {
        leptos_axum::redirect(crate::paths::SIMULATOR);
    }
    changed.map_err(|errors| super::ssr::with_status(ApiError::invalid(errors)))
}

#[cfg(feature = "ssr")]
pub(crate) mod ssr {
    use std::{fmt, pin::Pin, sync::Arc};

    use console_wire::{
        problem::{FieldError, Problem},
        simulator::{KnobsPatch, Simulator},
    };
    use leptos::prelude::use_context;

    use crate::api::ApiError;

    /// A change on its way to the pool.
    pub type Changing = Pin<Box<dyn Future<Output = Result<Simulator, FieldError>> + Send>>;

    /// The simulated devices of this process, as the server hands them to the pages.
    pub trait SimulatedPool: Send + Sync {
        /// Settings and figures at this instant.
        fn read(&self) -> Simulator;

        /// Changes settings; the answer is what the pool has taken, or which member it refused.
        fn change(&self, patch: KnobsPatch) -> Changing;
    }

    /// The pool, or that there is none. The server puts one in the context of every page and server function.
    #[derive(Clone)]
    pub struct PoolDoor(pub Option<Arc<dyn SimulatedPool>>);

    impl fmt::Debug for PoolDoor {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "PoolDoor({})", if self.0.is_some() { "a pool" } else { "no pool" })
        }
    }

    pub(super) fn door() -> Result<PoolDoor, ApiError> {
        use_context()
            .ok_or_else(|| ApiError::internal("the pool's door is not in the context of this request"))
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
