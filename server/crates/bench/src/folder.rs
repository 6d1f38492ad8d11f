//! Folders for one story each, gone with their handle.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::process::fleetcast;

/// Seeded folders by their number of devices, to be copied: several stories need the same fleet, and seeding a million
/// takes a minute.
static SEEDED: Mutex<Option<HashMap<usize, Seeded>>> = Mutex::new(None);

/// What copies are made from.
#[derive(Debug)]
struct Seeded {
    folder: Folder,
    /// What seeding it took.
    took: Duration,
}

/// A folder of its own.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> anyhow::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("fleetcast-bench-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }

    /// One with a hub's store of so many devices, seeded once and copied from then on.
    pub(crate) fn seeded(devices: usize) -> anyhow::Result<Self> {
        let mut seeded = originals();
        let original = match seeded.get_or_insert_default().entry(devices) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(free) => {
                let begin = Instant::now();
                let folder = Self::seed(devices)?;
                free.insert(Seeded { folder, took: begin.elapsed() })
            }
        };
        original.folder.copy()
    }

    /// How long seeding so many took; nothing before the first folder of them.
    pub(crate) fn seeding_took(devices: usize) -> Option<Duration> {
        Some(originals().as_ref()?.get(&devices)?.took)
    }

    /// Takes away what copies were made from.
    pub(crate) fn forget_seeded() {
        originals().take();
    }

    /// A copy of the files in it.
    fn copy(&self) -> anyhow::Result<Self> {
        let copy = Self::new()?;
        for file in std::fs::read_dir(&self.0).context("a folder could not be read")? {
            let file = file.context("a folder could not be read")?;
            std::fs::copy(file.path(), copy.0.join(file.file_name()))
                .with_context(|| format!("{} could not be copied", file.path().display()))?;
        }
        Ok(copy)
    }

    fn seed(devices: usize) -> anyhow::Result<Self> {
        let folder = Self::new()?;
        let output = fleetcast()?
            .args(["seed", "--seed", "1", "--devices", &devices.to_string(), "--data-dir"])
            .arg(folder.path())
            .output()
            .context("cannot run fleetcast seed")?;
        anyhow::ensure!(
            output.status.success(),
            "seeding failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

fn originals() -> MutexGuard<'static, Option<HashMap<usize, Seeded>>> {
    SEEDED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
