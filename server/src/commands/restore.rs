//! `fleetcast restore`: puts a backup into an empty data folder that no server uses.

use std::{
    fs::{self, DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use anyhow::{Context, bail};

use super::{
    backup::{copy_file, new_file_path},
    manifest::Manifest,
};
use crate::{config::RestoreArgs, run};

/// Holds the files until all of them are there.
const PARTIAL: &str = "restore.partial";
/// What an empty data folder may hold: locks, what an interrupted restore left, and what a file system makes.
const IGNORED: [&str; 4] = ["lock", "setup.lock", PARTIAL, "lost+found"];

/// Restores the backup.
pub(crate) async fn run(args: &RestoreArgs) -> anyhow::Result<()> {
    let manifest = Manifest::read(&args.from)?;
    check(&manifest, &args.from).await?;
    let _lock = run::lock_data_dir(&args.data_dir)?;
    require_empty(&args.data_dir)?;
    let partial = args.data_dir.join(PARTIAL);
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    let restored = copy(&manifest, &args.from, &partial).and_then(|()| publish(&partial, &args.data_dir));
    if restored.is_err() {
        fs::remove_dir_all(&partial).ok();
    }
    restored?;
    print_summary(&manifest, args);
    Ok(())
}

async fn check(manifest: &Manifest, from: &Path) -> anyhow::Result<()> {
    manifest.verify(from)?;
    for file in manifest.files.iter().filter(|file| store_file::is_store(&file.path)) {
        store_file::check(&from.join(&file.path)).await?;
    }
    Ok(())
}

fn require_empty(data_dir: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", data_dir.display());
    for entry in fs::read_dir(data_dir).with_context(failed)? {
        let name = entry.with_context(failed)?.file_name();
        if !IGNORED.iter().any(|ignored| name == *ignored) {
            bail!(
                "{} is not empty (it holds {}), and a restore overwrites nothing: move it away, or give another --data-dir",
                data_dir.display(),
                name.to_string_lossy()
            );
        }
    }
    Ok(())
}

fn copy(manifest: &Manifest, from: &Path, partial: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .create(partial)
        .with_context(|| format!("cannot make {}", partial.display()))?;
    for file in &manifest.files {
        let to = new_file_path(partial, &file.path)?;
        copy_file(&from.join(&file.path), &to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    manifest.verify(partial)
}

/// Moves the whole files to their places.
fn publish(partial: &Path, data_dir: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot move the files into {}", data_dir.display());
    for entry in fs::read_dir(partial).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        fs::rename(entry.path(), data_dir.join(entry.file_name())).with_context(failed)?;
    }
    fs::remove_dir(partial).with_context(failed)?;
    File::open(data_dir).and_then(|folder| folder.sync_all()).with_context(failed)
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print_summary(manifest: &Manifest, args: &RestoreArgs) {
    println!(
        "{} files of {} restored to {}, as they were at {}",
        manifest.files.len(),
        args.from.display(),
        args.data_dir.display(),
        manifest.time
    );
}
