//! TLS for people without certificates: a development CA of the hub's own, and listeners that speak TLS.
//!
//! The CA is made once and kept, because people put it into trust stores. The server's certificate below it is made
//! again when the host name changes or its time runs out. Both are for development: the CA's key lies beside them.
//!
//! TLS 1.2 is offered beside 1.3, for the Python device SDK pins it.

mod certificate;
mod listener;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use hub_wire::Timestamp;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    version::{TLS12, TLS13},
};

pub use listener::TlsListener;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A file is there and does not hold what it should. It is left alone: a CA may be trusted somewhere.
    #[error("{} does not hold a PEM certificate or key", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The host name is not valid in a certificate.
    #[error("'{0}' cannot be the host name of a certificate")]
    HostName(String),
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// The certificate and its key cannot be served.
    #[error("cannot serve the certificate")]
    Serve(#[from] rustls::Error),
}

/// The hub's certificate, ready to be served.
pub struct DevelopmentTls {
    ca_path: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl DevelopmentTls {
    /// Opens `<data-dir>/tls`, and makes what is missing or too old there. The certificate is good for the host name,
    /// `localhost`, `127.0.0.1` and `::1`.
    ///
    /// # Errors
    /// When files cannot be used, or the host name is none.
    pub fn open(data_dir: &Path, host_name: &str, now: Timestamp) -> Result<Self, TlsError> {
        // Of two processes that make certificates here at once, one makes them and the other finds them.
        let _lock = store_file::lock(data_dir)
            .map_err(|source| TlsError::File { path: data_dir.to_owned(), source })?;
        certificate::open(&data_dir.join("tls"), host_name, now)
    }

    /// The certificate to trust, as PEM.
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// Configuration of a listener. `protocols` are the names to choose from when a client names some (ALPN): none
    /// for MQTT, `http/1.1` for REST.
    ///
    /// # Errors
    /// When key and certificate do not belong together.
    pub fn server_config(&self, protocols: &[&[u8]]) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for DevelopmentTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentTls").field("ca_path", &self.ca_path).finish_non_exhaustive()
    }
}

/// Named wherever it is needed, so that no process-wide default has to be agreed on.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
