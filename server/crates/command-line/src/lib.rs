//! Jobs and devices from a terminal or a script: `fleetcast job …` and `fleetcast device …`, over the HTTP API of a running
//! server.
//!
//! What it is not: it knows no hub and no store, and does nothing that the API does not do.
//!
//! One command: `arguments` reads it; `job` or `device` sends the requests with `client`; `watch` follows a job until it
//! has ended, with a progress bar on a terminal; `output` writes text, or JSON with `--json`; `exit` says what the program's
//! exit code is.
//!
//! Reading order: `arguments`, `job`, `device`, `watch`, `exit`, `client`, `output`, `error`.

mod arguments;
mod client;
mod device;
mod error;
mod exit;
mod job;
mod output;
mod watch;

pub use self::{
    arguments::{DeviceArgs, JobArgs},
    error::Error,
    exit::Exit,
};

/// Runs `fleetcast job`.
///
/// # Errors
/// When the server refuses the request or cannot be reached.
pub async fn run_job(arguments: JobArgs) -> Result<Exit, Error> {
    let client = client::Client::new(&arguments.connection)?;
    job::run(&client, arguments).await
}

/// Runs `fleetcast device`.
///
/// # Errors
/// When the server refuses the request or cannot be reached.
pub async fn run_device(arguments: DeviceArgs) -> Result<Exit, Error> {
    let client = client::Client::new(&arguments.connection)?;
    device::run(&client, arguments).await
}
