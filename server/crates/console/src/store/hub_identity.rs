//! Which hub a store belongs to. Each hub has a file of its own, so jobs of two hubs never mix.

use std::path::{Path, PathBuf};

use super::{Result, Store, sql};

/// The file of the first hub in a folder.
const FIRST: &str = "console.sqlite3";

impl Store {
    /// Opens the store of a hub in a folder: the folder's first file if that is this hub's or no hub's yet, else one
    /// named after the hub.
    pub(crate) async fn open(data_dir: &Path, hub: &str) -> Result<Self> {
        let first = Self::open_file(data_dir, &data_dir.join(FIRST)).await?;
        let owner = first.claim(hub).await?;
        if owner == hub {
            return Ok(first);
        }
        first.close().await;
        let path = file_of(data_dir, hub);
        tracing::info!(
            hub,
            other = owner,
            file = %path.display(),
            "the data folder holds the store of another hub; this hub gets a file of its own"
        );
        let own = Self::open_file(data_dir, &path).await?;
        own.claim(hub).await?;
        Ok(own)
    }

    /// Makes the store this hub's if it is no hub's yet. Returns the hub that it belongs to.
    async fn claim(&self, hub: &str) -> Result<String> {
        let attempt = "note the hub of the store";
        sqlx::query("INSERT INTO hub (only_one, identity) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(hub)
            .execute(&self.writer)
            .await
            .map_err(sql(attempt))?;
        sqlx::query_scalar("SELECT identity FROM hub").fetch_one(&self.writer).await.map_err(sql(attempt))
    }
}

/// A file named after a hub. A hash distinguishes two hubs whose names differ only in characters that a file name
/// cannot hold.
fn file_of(data_dir: &Path, hub: &str) -> PathBuf {
    let name: String =
        hub.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c.to_ascii_lowercase() } else { '_' }
            })
            .take(100)
            .collect();
    // FNV-1a: stable across releases, unlike the standard library's hasher.
    let hash = hub.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    data_dir.join(format!("console-{name}-{:08x}.sqlite3", hash >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_hub_has_its_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let files = std::fs::read_dir(folder.path()).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names.filter(|name| name.ends_with(".sqlite3")).collect();
            names.sort();
            names
        };
        for (hub, files) in [("one", 1), ("one", 1), ("two.example", 2), ("two.example", 2), ("one", 2)] {
            let store = Store::open(folder.path(), hub).await.unwrap();
            assert_eq!(store.claim("another.example").await.unwrap(), hub);
            store.close().await;
            assert_eq!(names().len(), files, "{:?}", names());
        }
    }

    #[test]
    fn file_names_are_safe_and_distinct() {
        let name = |hub: &str| file_of(Path::new(""), hub).to_string_lossy().into_owned();
        assert!(name("My-Hub.azure-devices.net").starts_with("console-my-hub.azure-devices.net-"));
        assert_ne!(name("a/b"), name("a_b"));
        assert!(!name("../../x").contains('/'));
    }
}
