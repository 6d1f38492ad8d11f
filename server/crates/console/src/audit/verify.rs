//! The check of the audit log in a store's file, also while a server writes it.

use std::path::{Path, PathBuf};

use console_wire::audit::AuditFault;

use crate::{
    StoreError,
    audit_log::{Checker, digits, hash_of},
    store::AuditFile,
};

/// Rows read at once.
const BATCH: u32 = 5_000;

/// The audit log of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The file.
    pub path: PathBuf,
    /// Rows that are good.
    pub rows: u64,
    /// The hash of the last of them, 64 hexadecimal digits.
    pub head: String,
    /// The row whose hash is the given head; 0 is the log before its first row.
    pub head_at: Option<u64>,
    /// The first row that is not as it was written.
    pub fault: Option<AuditFault>,
}

/// Why an audit log cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The folder cannot be read.
    #[error("cannot read the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// There is no store of a console in the folder.
    #[error("there is no store of a console in {}", path.display())]
    NoStore {
        /// The folder.
        path: PathBuf,
    },
    /// A store cannot be read.
    #[error("cannot read the audit log in {}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the store says.
        #[source]
        source: StoreError,
    },
    /// The given head is not a hash.
    #[error("a head has 64 hexadecimal digits")]
    Head,
}

/// Checks the audit log of every console's store in a folder, row by row. `head` is a hash from an earlier time: it is looked
/// for in the logs.
///
/// # Errors
/// [`VerifyError`]; a log that is not as it was written is no error.
pub async fn verify(data_dir: &Path, head: Option<&str>) -> Result<Vec<Verified>, VerifyError> {
    let head = head.map(|text| hash_of(text).ok_or(VerifyError::Head)).transpose()?;
    let stores = store_file::stores(data_dir)
        .map_err(|source| VerifyError::Folder { path: data_dir.to_owned(), source })?;
    let mut verified = Vec::new();
    for path in stores.into_iter().filter(|path| is_of_console(path)) {
        let checked = verify_file(&path, Checker::new(head)).await;
        verified.push(checked.map_err(|source| VerifyError::Store { path, source })?);
    }
    if verified.is_empty() {
        return Err(VerifyError::NoStore { path: data_dir.to_owned() });
    }
    Ok(verified)
}

async fn verify_file(path: &Path, mut checker: Checker) -> Result<Verified, StoreError> {
    let mut file = AuditFile::open(path).await?;
    let fault = loop {
        let rows = file.rows(checker.rows(), BATCH).await?;
        if let Some(fault) = rows.iter().find_map(|row| checker.take(row).err()) {
            break Some(fault);
        }
        if rows.len() < BATCH as usize {
            break None;
        }
    };
    file.close().await;
    Ok(Verified {
        path: path.to_owned(),
        rows: checker.rows(),
        head: digits(&checker.head()),
        head_at: checker.found(),
        fault,
    })
}

/// Whether a store is a console's, by its name.
fn is_of_console(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("console"))
}
