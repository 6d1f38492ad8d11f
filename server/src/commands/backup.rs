//! `fleetcast backup`: a copy of a data folder, also while a server uses it.
//!
//! A store is copied as it is at one instant. The console's stores come first: a hub's copy that is newer than the
//! console's looks like a console that was away for a while, which catches up by itself.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, bail, ensure};

use super::manifest::Manifest;
use crate::config::BackupArgs;

/// The store of the embedded hub, which is copied last.
const HUB: &str = "hub.sqlite";
/// Files that mean something to the running server only.
const LOCKS: [&str; 2] = ["lock", "setup.lock"];

/// Makes the backup.
pub(crate) async fn run(args: &BackupArgs) -> anyhow::Result<()> {
    let data_dir = args
        .data_dir
        .canonicalize()
        .with_context(|| format!("cannot read the data folder {}", args.data_dir.display()))?;
    let to = std::path::absolute(&args.to).context("cannot tell where to put the backup")?;
    ensure!(
        to.symlink_metadata().is_err(),
        "{} exists, and a backup overwrites nothing: name another folder",
        to.display()
    );
    ensure!(
        !parent(&to)?.starts_with(&data_dir),
        "{} is inside the data folder: name a folder elsewhere",
        to.display()
    );
    // Under another name until it is whole, so that half a backup is never taken for one.
    let partial = partial(&to);
    DirBuilder::new().mode(0o700).create(&partial).with_context(|| {
        format!(
            "cannot make {} (if it exists, another backup is under way or was interrupted: then remove it)",
            partial.display()
        )
    })?;
    let made = fill(&data_dir, &partial).await;
    let manifest = match made.and_then(|manifest| finish(&partial, &to).map(|()| manifest)) {
        Ok(manifest) => manifest,
        Err(error) => {
            fs::remove_dir_all(&partial).ok();
            return Err(error);
        }
    };
    print_summary(&manifest, &data_dir, &to);
    Ok(())
}

/// The folder of the backup's folder, without links.
fn parent(to: &Path) -> anyhow::Result<PathBuf> {
    let parent = to.parent().context("the backup needs a folder of its own")?;
    parent.canonicalize().with_context(|| format!("{} is not a folder", parent.display()))
}

fn partial(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Copies the files, checks the copies, and writes the list.
async fn fill(data_dir: &Path, to: &Path) -> anyhow::Result<Manifest> {
    let mut manifest = Manifest::new(SystemTime::now().into());
    let (mut stores, mut files) = (Vec::new(), Vec::new());
    list(data_dir, Path::new(""), &mut stores, &mut files)?;
    if stores.is_empty() {
        bail!("{} holds no store: is it the server's --data-dir?", data_dir.display());
    }
    stores.sort_by_key(|path| (path.as_os_str() == HUB, path.clone()));
    for path in &stores {
        let copy = new_file_path(to, path)?;
        store_file::copy(&data_dir.join(path), &copy).await?;
        store_file::check(&copy).await?;
        manifest.add(to, path)?;
    }
    files.sort();
    for path in &files {
        let copied = copy_file(&data_dir.join(path), &new_file_path(to, path)?);
        copied.with_context(|| format!("cannot copy {}", data_dir.join(path).display()))?;
        manifest.add(to, path)?;
    }
    manifest.write(to)?;
    Ok(manifest)
}

/// Lists the stores and the other files below a folder, as paths from the data folder.
fn list(
    data_dir: &Path,
    below: &Path,
    stores: &mut Vec<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    let folder = data_dir.join(below);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            list(data_dir, &path, stores, files)?;
        } else if kind.is_file() && !is_transient(&path) {
            if store_file::is_store(&path) { stores.push(path) } else { files.push(path) }
        }
    }
    Ok(())
}

/// Locks, SQLite's own files beside a store, and files that are being written.
fn is_transient(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    LOCKS.contains(&&*name) || ["-wal", "-shm", "-journal", ".new"].iter().any(|end| name.ends_with(end))
}

/// The path of a new file below a folder, whose own folder is made.
pub(super) fn new_file_path(folder: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    let full = folder.join(path);
    let parent = full.parent().unwrap_or(folder);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent)
        .with_context(|| format!("cannot make {}", parent.display()))?;
    Ok(full)
}

/// Copies a file into a new one, readable by its owner only, and syncs it.
pub(super) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

fn finish(partial: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(partial, to).with_context(|| format!("cannot make {}", to.display()))?;
    let parent = parent(to)?;
    File::open(&parent)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot sync {}", parent.display()))
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print_summary(manifest: &Manifest, data_dir: &Path, to: &Path) {
    println!(
        "{} files of {} copied to {} and checked, {} bytes",
        manifest.files.len(),
        data_dir.display(),
        to.display(),
        manifest.bytes()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_left_out() {
        for (path, is_left_out) in [
            ("lock", true),
            ("setup.lock", true),
            ("hub.sqlite-wal", true),
            ("hub.sqlite-shm", true),
            ("simulator.json.new", true),
            ("hub.sqlite", false),
            ("hub.sqlite.made", false),
            ("tls/ca.pem", false),
            ("simulator.json", false),
        ] {
            assert_eq!(is_transient(Path::new(path)), is_left_out, "{path}");
        }
    }
}
