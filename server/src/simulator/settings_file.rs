//! The simulator's settings over a restart: a file in the data folder that holds the settings of each hub's pool.
//!
//! The settings are a convenience, so a file that cannot be read keeps no server from starting: the pool begins with its
//! defaults, and the log says why.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use device_pool::PoolSettings;
use serde_json::Value;

/// The file's name in the data folder.
const NAME: &str = "simulator.json";
/// The embedded hub's entry; it has no host name of its own.
const EMBEDDED: &str = "embedded";

/// The stored settings of one hub's pool.
#[derive(Debug, Clone)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    /// The hub's entry: the settings of a pool say nothing about the devices of another hub.
    hub: String,
}

impl SettingsFile {
    /// The file in a data folder, for the hub with this host name; `None` is the embedded hub.
    pub(crate) fn new(data_dir: &Path, host_name: Option<&str>) -> Self {
        let hub = host_name.map_or_else(|| EMBEDDED.to_owned(), str::to_ascii_lowercase);
        Self { path: data_dir.join(NAME), hub }
    }

    /// The stored settings, where there are any that can be used.
    pub(crate) fn read(&self) -> Option<PoolSettings> {
        let stored = match fs::read_to_string(&self.path) {
            Ok(text) => settings_of(&text, &self.hub),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => Err(error.to_string()),
        };
        stored.unwrap_or_else(|reason| {
            let file = self.path.display();
            tracing::warn!(%file, reason, "the simulator's settings cannot be read; it begins with the defaults");
            None
        })
    }

    /// Stores the settings, and keeps those of other hubs.
    ///
    /// # Errors
    /// When the folder cannot be written to. What was stored before stays.
    pub(crate) fn write(&self, settings: &PoolSettings) -> io::Result<()> {
        // A file that cannot be read is replaced.
        let mut all =
            fs::read_to_string(&self.path).ok().and_then(|text| entries(&text).ok()).unwrap_or_default();
        all.insert(self.hub.clone(), serde_json::to_value(settings)?);
        let text = serde_json::to_string_pretty(&all)?;
        // Renamed when it is complete: a crash in between leaves the old file.
        let new = self.path.with_extension("json.new");
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }
}

fn entries(text: &str) -> Result<BTreeMap<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// A hub's settings in the file's text, checked like those that a client sends.
fn settings_of(text: &str, hub: &str) -> Result<Option<PoolSettings>, String> {
    let Some(stored) = entries(text)?.remove(hub) else { return Ok(None) };
    let settings: PoolSettings = serde_json::from_value(stored).map_err(|error| error.to_string())?;
    settings.check().map_err(|error| error.to_string())?;
    Ok(Some(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_holds() {
        let jammed = PoolSettings { error_share: 0.3, ..PoolSettings::default() };
        for (text, hub, expected) in [
            (r#"{"embedded": {"errorShare": 0.3}}"#, "embedded", Ok(Some(jammed))),
            (r#"{"embedded": {"errorShare": 0.3}}"#, "a.azure-devices.net", Ok(None)),
            ("{}", "embedded", Ok(None)),
            (r#"{"embedded": {"errorShare": 3}}"#, "embedded", Err("errorShare is 3")),
            (r#"{"embedded": {"errorShare": "much"}}"#, "embedded", Err("invalid type")),
            (r#"{"embedded": "#, "embedded", Err("EOF")),
            ("", "embedded", Err("EOF")),
        ] {
            match (settings_of(text, hub), expected) {
                (Err(reason), Err(begin)) => assert!(reason.starts_with(begin), "{text}: {reason}"),
                (read, expected) => assert_eq!(read, expected.map_err(str::to_owned), "{text}"),
            }
        }
    }

    #[test]
    fn each_hub_keeps_its_own_settings() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = |host_name| SettingsFile::new(folder.path(), host_name);
        let settings = |seed| PoolSettings { seed, ..PoolSettings::default() };
        assert_eq!(file(None).read(), None);
        file(None).write(&settings(2)).unwrap();
        file(Some("Prod.azure-devices.net")).write(&settings(3)).unwrap();
        file(None).write(&settings(4)).unwrap();
        assert_eq!(file(None).read(), Some(settings(4)));
        assert_eq!(file(Some("prod.azure-devices.net")).read(), Some(settings(3)));
        assert_eq!(file(Some("test.azure-devices.net")).read(), None);
    }

    #[test]
    fn a_damaged_file_is_replaced() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = SettingsFile::new(folder.path(), None);
        fs::write(folder.path().join(NAME), "{").unwrap();
        assert_eq!(file.read(), None);
        file.write(&PoolSettings::default()).unwrap();
        assert_eq!(file.read(), Some(PoolSettings::default()));
        assert!(
            SettingsFile::new(&folder.path().join("missing"), None).write(&PoolSettings::default()).is_err()
        );
    }
}
