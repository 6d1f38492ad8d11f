//! `fleetcast seed`: a fleet in the embedded hub's store, without a request for each hundred.
//!
//! The devices are those of a pool with the same seed and prefix: same ids, same tags, and keys that such a pool knows,
//! so that `fleetcast pool` can run some of them.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use device_pool::fleet;
use hub_embedded::{clock::SystemClock, store::Store};
use hub_wire::{bulk::BulkItem, connection_string::ServiceConnectionString};

use crate::{config::SeedArgs, run};

/// Devices of one transaction: many enough to be quick, few enough for a quick rollback.
const TOGETHER: usize = 5_000;
/// Part of a SAS signature only, and nothing is signed here.
const HOST_NAME: &str = "localhost";

/// Registers the devices; those that are there already stay as they are.
pub(crate) async fn run(args: SeedArgs) -> anyhow::Result<()> {
    let _lock = run::lock_data_dir(&args.data_dir)?;
    let connection = hub_embedded::connection_string(&args.data_dir, HOST_NAME)
        .await
        .with_context(|| format!("cannot read the embedded hub in {}", args.data_dir.display()))?;
    let store = Store::open(&args.data_dir, Arc::new(SystemClock))
        .await
        .with_context(|| format!("cannot open the hub's store in {}", args.data_dir.display()))?;
    let seeded = seed(&store, &args, connection).await;
    // Also when it failed: what was written is to be whole and in one file.
    store.close().await;
    print_summary(&seeded?, &args.data_dir);
    Ok(())
}

/// The result.
struct Seeded {
    devices: usize,
    known: usize,
    seconds: f64,
}

async fn seed(store: &Store, args: &SeedArgs, connection: ServiceConnectionString) -> anyhow::Result<Seeded> {
    let begin = Instant::now();
    let make = {
        let (prefix, seed, count) = (args.prefix.clone(), args.seed, args.devices);
        let connection = Arc::new(connection);
        move |first: usize| {
            let (prefix, connection) = (prefix.clone(), Arc::clone(&connection));
            // Deriving keys takes as long as writing them, so the next devices are made while these are written.
            tokio::task::spawn_blocking(move || {
                items(&connection, &prefix, seed, first..=count.min(first + TOGETHER - 1))
            })
        }
    };
    let mut known = 0;
    let mut next = make(1);
    for first in (1..=args.devices).step_by(TOGETHER) {
        let items = next.await.context("devices could not be made")??;
        next = make(first + TOGETHER);
        let outcome = store.bulk(items).await.context("devices could not be written")?;
        if let Some(error) = outcome.result.errors.iter().find(|error| error.error_code != KNOWN) {
            anyhow::bail!("device {} was refused: {}", error.device_id, error.error_status);
        }
        known += outcome.result.errors.len();
        progress((first + TOGETHER - 1).min(args.devices), args.devices, begin);
    }
    Ok(Seeded { devices: args.devices, known, seconds: begin.elapsed().as_secs_f64() })
}

/// The refusal that a second run over the same folder meets.
const KNOWN: &str = "DeviceAlreadyExists";

fn items(
    connection: &ServiceConnectionString,
    prefix: &str,
    seed: u64,
    indices: std::ops::RangeInclusive<usize>,
) -> anyhow::Result<Vec<BulkItem>> {
    indices
        .map(|index| {
            let id = fleet::device_id(prefix, index).context("--prefix does not make device ids")?;
            Ok(fleet::registration(connection, seed, index, id))
        })
        .collect()
}

/// A progress line, overwritten each time; only on a terminal.
fn progress(done: usize, of: usize, begin: Instant) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let percent = done * 100 / of.max(1);
        // A terminal that is gone needs no progress.
        let _ = write!(
            terminal,
            "\rseeding: {done} of {of} devices ({percent} %), {:.0} s ",
            begin.elapsed().as_secs_f64()
        );
        let _ = terminal.flush();
    }
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print_summary(seeded: &Seeded, data_dir: &Path) {
    if std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr());
    }
    let Seeded { devices, known, seconds } = *seeded;
    #[expect(clippy::cast_precision_loss, reason = "a rate for a person")]
    let rate = devices as f64 / seconds.max(1e-3);
    println!(
        "{} devices registered in {} in {seconds:.1} s ({rate:.0} a second); {known} were there already",
        devices - known,
        data_dir.display()
    );
}
