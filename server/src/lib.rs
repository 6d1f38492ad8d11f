//! Fleetcast's server: configuration, start and stop in order, HTTP.
//!
//! It connects the crates beside it, which hold the rules. One run, in the order of the files:
//!
//! 1. [`config`] reads flags and environment; [`telemetry`] starts the log, [`traces`] the traces if they are wanted.
//! 2. [`run`] starts the parts, each on top of the one before: the embedded hub (unless a connection string names a
//!    real one), the simulated devices, the console, the HTTP server. They stop in the reverse order. [`retention`]
//!    deletes old jobs meanwhile.
//! 3. [`router`] lists what is served: the pages of `app`, the HTTP API under [`api`], the event
//!    streams of [`event_streams`], the [`assets`] inside the binary, health and [`metrics`]; [`access`], [`security`] and
//!    [`form_token`] guard all of it.
//!
//! The program is `main.rs`: it carries the site's files and calls [`main`]. This is a library, so that a change of the
//! site compiles only that file again.

mod access;
mod api;
mod assets;
mod audit;
mod build;
mod client_errors;
mod commands;
mod config;
mod device_login;
mod event_feed;
mod event_streams;
mod extract;
mod file_limits;
mod form_token;
mod functions;
mod listen;
mod metrics;
mod pages;
mod problem;
mod refusal_log;
mod refusal_page;
mod render_threads;
mod request_context;
mod retention;
mod router;
mod run;
mod security;
mod simulator;
mod state;
mod telemetry;
mod telemetry_streams;
mod tls;
mod traces;
mod wall_feed;
mod wall_streams;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use rust_embed::EmbeddedFile;

use crate::{
    config::{AuditCommand, Cli, Command},
    traces::Traces,
};

/// Runs the program with the arguments of the process.
///
/// `site` reads a file of the site by its path below the root of the site.
pub fn main(site: fn(&str) -> Option<EmbeddedFile>) -> ExitCode {
    assets::set_site(site);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_use(&error),
    };
    let traces = match traces_of(&cli) {
        Ok(traces) => traces,
        Err(error) => return fail(&error),
    };
    telemetry::start(cli.log_format, traces.as_ref());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Some(Command::Job(job)) => return Ok(command_line::run_job(job).await?.code()),
            Some(Command::Device(device)) => return Ok(command_line::run_device(device).await?.code()),
            Some(Command::Overview(overview)) => {
                return Ok(command_line::run_overview(overview).await?.code());
            }
            Some(Command::Group(group)) => return Ok(command_line::run_group(group).await?.code()),
            Some(Command::Schedule(schedule)) => {
                return Ok(command_line::run_schedule(schedule).await?.code());
            }
            Some(Command::Login(login)) => return Ok(command_line::run_login(login).await?.code()),
            Some(Command::Logout(logout)) => return Ok(command_line::run_logout(logout).await?.code()),
            Some(Command::Completions { shell }) => {
                clap_complete::generate(shell, &mut Cli::command(), "fleetcast", &mut std::io::stdout());
                Ok(())
            }
            Some(Command::Pool(pool)) => commands::pool::run(pool).await,
            Some(Command::Seed(seed)) => commands::seed::run(seed).await,
            Some(Command::Backup(backup)) => commands::backup::run(&backup).await,
            Some(Command::Restore(restore)) => commands::restore::run(&restore).await,
            Some(Command::Audit { command: AuditCommand::Verify(verify) }) => {
                return commands::audit::verify(&verify).await;
            }
            None if cli.serve.print_hub_connection_string => {
                commands::print_connection_string(&cli.serve).await
            }
            None => run::serve(cli.serve).await,
        }
        .map(|()| 0)
    });
    // What is still on a blocking thread by now (a file being closed) must not hold up the exit.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    if let Some(traces) = traces {
        traces.finish();
    }
    done.map_or_else(|error| fail(&error), ExitCode::from)
}

/// Traces of the server, where they are wanted. Other commands have none.
fn traces_of(cli: &Cli) -> anyhow::Result<Option<Traces>> {
    if cli.command.is_some() || cli.serve.print_hub_connection_string {
        return Ok(None);
    }
    let endpoint = traces::endpoint(cli.serve.otlp_endpoint.as_deref());
    endpoint.map(|endpoint| Traces::start(&endpoint)).transpose()
}

/// Writes what is wrong with the arguments, or the help that was requested. Wrong use is 1, since 2 means that devices have
/// failed.
fn wrong_use(error: &clap::Error) -> ExitCode {
    // A closed terminal needs no message.
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// One sentence for the person at the terminal, with what caused it.
#[expect(
    clippy::print_stderr,
    reason = "why the server cannot start is on the terminal, whatever the log level"
)]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("fleetcast: {error:#}");
    ExitCode::FAILURE
}
