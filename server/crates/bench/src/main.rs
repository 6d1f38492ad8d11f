//! Measures the design's budgets: every figure beside its budget, and beside a baseline of the same run where one
//! exists, at a hundredth, a tenth and all of its size.
//!
//! `make bench` runs all of it and writes `docs/benchmarks.md`. What is measured runs in processes of its own: the
//! server as built (`fleetcast`), a hub alone ([`hub`]), devices ([`fleet`]), and for comparison Mosquitto
//! ([`mosquitto`]) and bare SQLite ([`sqlite`]). [`stories`] holds one module a budget; [`figure`] is what they give,
//! [`document`] and [`plot`] what is made of it.

mod document;
mod figure;
mod fleet;
mod folder;
mod hub;
mod link;
mod mosquitto;
mod plot;
mod process;
mod server;
mod sqlite;
mod stories;

use std::{path::PathBuf, time::Instant};

use clap::{Parser, Subcommand};

use crate::{document::Chapter, figure::Figure, folder::Folder, stories::Scale};

/// Measures Fleetcast.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// A tenth of the sizes.
    #[arg(long)]
    quick: bool,

    /// Only stories whose name contains this.
    #[arg(long)]
    only: Option<String>,

    /// Put the figures into this document.
    #[arg(long)]
    write: Option<PathBuf>,

    /// Fail when a budget is missed.
    #[arg(long)]
    strict: bool,
}

/// What the benchmark starts in processes of its own.
#[derive(Debug, Subcommand)]
enum Command {
    /// A hub alone.
    Hub(hub::HubArgs),
    /// Devices that answer at once.
    Fleet(fleet::FleetArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    // Before any client is made; nothing else in this process installs one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.command {
        Some(Command::Hub(args)) => hub::run(args).await,
        Some(Command::Fleet(args)) => fleet::run(args).await,
        None => measure(&cli).await,
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a table for a person, and which story runs")]
async fn measure(cli: &Cli) -> anyhow::Result<()> {
    let scale = Scale { divisor: if cli.quick { 10 } else { 1 } };
    let (load, begin) = (document::load(), Instant::now());
    let (mut chapters, mut failed) = (Vec::new(), Vec::new());
    for story in &stories::ALL {
        if cli.only.as_deref().is_none_or(|only| story.name.contains(only)) {
            eprint!("{:<12}", story.name);
            let started = Instant::now();
            match (story.run)(scale).await {
                Ok(figures) => chapters.push(Chapter { name: story.name, figures }),
                // The other stories say as much without this one.
                Err(error) => {
                    eprint!(" failed: {error:#} ");
                    failed.push(story.name);
                }
            }
            eprintln!("{:>4.0} s", started.elapsed().as_secs_f64());
        }
    }
    Folder::forget_seeded();
    print!("\n{}", document::terminal(&chapters));
    let took = format!("{:.1} minutes in all.", begin.elapsed().as_secs_f64() / 60.0);
    println!("\n{took}");
    if let Some(file) = &cli.write {
        let command = if cli.quick { "make bench-quick" } else { "make bench" };
        let load = format!("Load average at the beginning: {load}; {took}");
        document::write(file, &chapters, command, &load)?;
        println!("Written to {}.", file.display());
    }
    anyhow::ensure!(failed.is_empty(), "stories failed: {}", failed.join(", "));
    let is_missed = |figure: &Figure| figure.is_met() == Some(false);
    if cli.strict && chapters.iter().any(|chapter| chapter.figures.iter().any(is_missed)) {
        anyhow::bail!("a budget is missed");
    }
    Ok(())
}
