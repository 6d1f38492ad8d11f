//! Jobs, devices and groups from a terminal or a script: `fleetcast job …`, `fleetcast device …` and `fleetcast group …`, over
//! the HTTP API of a running server; `fleetcast overview`, `fleetcast login` and `logout`.
//!
//! What it is not: it knows no hub and no store, and does nothing that the API does not do.
//!
//! One command: `arguments` reads it; `job`, `rollout`, `device`, `message` or `group` sends the requests with `client`; `watch` follows a job until it
//! has ended, with a progress bar on a terminal; `output` writes text, or JSON with `--json`; `exit` says what the program's
//! exit code is.
//!
//! Reading order: `arguments`, `job`, `rollout`, `device`, `message`, `telemetry`, `registry`, `group`, `schedule`, `overview`, `watch`, `exit`, `client`, `credentials`, `login`, `output`, `error`.

mod arguments;
mod client;
mod connections;
mod credentials;
mod device;
mod error;
mod exit;
mod group;
mod job;
mod login;
mod message;
mod module;
mod output;
mod overview;
mod registry;
mod rollout;
mod schedule;
mod telemetry;
mod watch;

pub use self::{
    arguments::{DeviceArgs, GroupArgs, JobArgs, LoginArgs, LogoutArgs, OverviewArgs, ScheduleArgs},
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

/// Runs `fleetcast overview`.
///
/// # Errors
/// When the server refuses the request or cannot be reached.
pub async fn run_overview(arguments: OverviewArgs) -> Result<Exit, Error> {
    let client = client::Client::new(&arguments.connection)?;
    overview::run(&client, arguments).await
}

/// Runs `fleetcast login`.
///
/// # Errors
/// When a person denies it or does not answer in time, and as for the other commands.
pub async fn run_login(arguments: LoginArgs) -> Result<Exit, Error> {
    login::login(arguments).await
}

/// Runs `fleetcast logout`.
///
/// # Errors
/// When this machine is not signed in there, and as for the other commands.
pub async fn run_logout(arguments: LogoutArgs) -> Result<Exit, Error> {
    login::logout(arguments).await
}

/// Runs `fleetcast schedule`.
///
/// # Errors
/// When the server refuses the request or cannot be reached.
pub async fn run_schedule(arguments: ScheduleArgs) -> Result<Exit, Error> {
    let client = client::Client::new(&arguments.connection)?;
    schedule::run(&client, arguments).await
}

/// Runs `fleetcast group`.
///
/// # Errors
/// When the server refuses the request or cannot be reached.
pub async fn run_group(arguments: GroupArgs) -> Result<Exit, Error> {
    let client = client::Client::new(&arguments.connection)?;
    group::run(&client, arguments).await
}
