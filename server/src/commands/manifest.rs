//! What a backup holds: `backup.json` in its folder, with the size and the SHA-256 of each file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use hub_wire::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::assets::hexadecimal;

/// The file's name in a backup.
pub(super) const NAME: &str = "backup.json";
/// The newest form of a backup that this program reads and writes.
const FORMAT: u32 = 1;

/// The list of a backup's files.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The program that wrote it.
    pub(super) version: String,
    /// When it began.
    pub(super) time: Timestamp,
    pub(super) files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Below the folder.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    sha256: String,
}

impl Manifest {
    pub(super) fn new(time: Timestamp) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, version, time, files: Vec::new() }
    }

    /// Adds a file that was written.
    pub(super) fn add(&mut self, folder: &Path, path: &Path) -> anyhow::Result<()> {
        self.files.push(Entry::of(folder, path)?);
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Writes the list. A folder without it is no backup, so it is written last.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(NAME);
        let failed = || format!("cannot write {}", path.display());
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = opened.with_context(failed)?;
        serde_json::to_writer_pretty(&mut file, self).with_context(failed)?;
        file.sync_all().with_context(failed)
    }

    /// Reads the list of a backup.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("{} is no backup: it has no {NAME}", folder.display())
            }
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let manifest: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a backup has", path.display()))?;
        ensure!(
            manifest.format <= FORMAT,
            "{} was written by a newer Fleetcast ({}): restore it with that one",
            folder.display(),
            manifest.version
        );
        for file in &manifest.files {
            let is_below = file.path.components().all(|part| matches!(part, Component::Normal(_)));
            ensure!(is_below, "{} names a file outside the backup", path.display());
        }
        Ok(manifest)
    }

    /// Compares each file with the list.
    pub(super) fn verify(&self, folder: &Path) -> anyhow::Result<()> {
        for file in &self.files {
            let found = Entry::of(folder, &file.path)?;
            ensure!(
                found.sha256 == file.sha256,
                "{} is not the file that was backed up: its SHA-256 differs. Use another backup.",
                folder.join(&file.path).display()
            );
        }
        Ok(())
    }
}

impl Entry {
    fn of(folder: &Path, path: &Path) -> anyhow::Result<Self> {
        let full = folder.join(path);
        let (bytes, sha256) = digest(&full).with_context(|| format!("cannot read {}", full.display()))?;
        Ok(Self { path: path.to_owned(), bytes, sha256 })
    }
}

/// The size and the SHA-256 of a file.
fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hexadecimal(&hash.finalize())));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_backups_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = || Manifest::read(folder.path()).map(drop).map_err(|error| format!("{error:#}"));
        assert!(read().unwrap_err().contains("is no backup: it has no backup.json"));
        let manifest = |format: u32, path: &str| {
            format!(
                r#"{{"format": {format}, "version": "9.9", "time": "2026-11-30T00:00:00Z",
                    "files": [{{"path": "{path}", "bytes": 1, "sha256": "00"}}]}}"#
            )
        };
        for (text, error) in [
            ("{".to_owned(), "is not what a backup has"),
            (manifest(2, "hub.sqlite"), "was written by a newer Fleetcast (9.9)"),
            (manifest(1, "../hub.sqlite"), "names a file outside the backup"),
            (manifest(1, "/etc/passwd"), "names a file outside the backup"),
        ] {
            fs::write(folder.path().join(NAME), text).unwrap();
            let refused = read().unwrap_err();
            assert!(refused.contains(error), "{refused}");
        }
        fs::write(folder.path().join(NAME), manifest(1, "tls/ca.pem")).unwrap();
        read().unwrap();
    }

    #[test]
    fn a_file_that_was_changed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "one").unwrap();
        let mut manifest = Manifest::new(Timestamp::from_ticks(0));
        manifest.add(folder.path(), Path::new("a")).unwrap();
        manifest.write(folder.path()).unwrap();
        let read = Manifest::read(folder.path()).unwrap();
        read.verify(folder.path()).unwrap();
        assert_eq!(read.bytes(), 3);
        fs::write(folder.path().join("a"), "two").unwrap();
        assert!(read.verify(folder.path()).unwrap_err().to_string().contains("SHA-256 differs"));
        fs::remove_file(folder.path().join("a")).unwrap();
        assert!(read.verify(folder.path()).is_err());
    }
}
