//! How large the stores are, and how much room is left for them.

use std::{io, path::Path, sync::Arc};

use super::as_f64;

pub(super) fn describe() {
    metrics::describe_gauge!(
        "fleetcast_store_size_bytes",
        "Size of a store's file with its write-ahead log, by file."
    );
    metrics::describe_gauge!(
        "fleetcast_disk_free_bytes",
        "Room left for the server on the file system of the data folder."
    );
    metrics::describe_gauge!("fleetcast_disk_size_bytes", "Size of the file system of the data folder.");
}

/// Sets the gauges from the file system. What cannot be read keeps its last value, and is logged.
pub(super) async fn set(data_dir: &Arc<Path>) {
    let folder = Arc::clone(data_dir);
    // A file system may be slow to answer.
    let read = tokio::task::spawn_blocking(move || read(&folder)).await;
    match read {
        Ok(Ok(disk)) => {
            for (name, size) in disk.stores {
                metrics::gauge!("fleetcast_store_size_bytes", "store" => name).set(as_f64(size));
            }
            metrics::gauge!("fleetcast_disk_free_bytes").set(as_f64(disk.free));
            metrics::gauge!("fleetcast_disk_size_bytes").set(as_f64(disk.size));
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, folder = %data_dir.display(), "the size of the stores cannot be read");
        }
        // The server stops.
        Err(_) => {}
    }
}

/// What the file system reports.
#[derive(Debug)]
struct Disk {
    stores: Vec<(String, u64)>,
    free: u64,
    size: u64,
}

fn read(folder: &Path) -> io::Result<Disk> {
    let mut stores = Vec::new();
    for store in store_file::stores(folder)? {
        let mut log = store.clone().into_os_string();
        log.push("-wal");
        let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // There is no log while nothing has the store open.
        let log_size = std::fs::metadata(&log).map_or(0, |log| log.len());
        stores.push((name, std::fs::metadata(&store)?.len() + log_size));
    }
    let disk = rustix::fs::statvfs(folder)?;
    Ok(Disk {
        stores,
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        size: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_count_with_their_logs() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("hub.sqlite", 10), ("hub.sqlite-wal", 5), ("console.sqlite3", 7), ("simulator.json", 100)]
        {
            std::fs::write(folder.path().join(name), vec![0; bytes]).unwrap();
        }
        let disk = read(folder.path()).unwrap();
        assert_eq!(disk.stores, [("console.sqlite3".to_owned(), 7), ("hub.sqlite".to_owned(), 15)]);
        assert!(disk.free > 0 && disk.free <= disk.size, "{disk:?}");
        assert!(read(&folder.path().join("missing")).is_err());
    }
}
