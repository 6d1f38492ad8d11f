//! TLS of the console's own port. Certificate and key are read again when their files change, so that a renewed
//! certificate needs no restart.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A certificate from files.
pub(crate) struct Certificate {
    chain_path: PathBuf,
    key_path: PathBuf,
    served: RwLock<Arc<CertifiedKey>>,
}

/// When both files were last changed.
type Changed = (Option<SystemTime>, Option<SystemTime>);

impl Certificate {
    /// Reads certificate chain and key, both PEM.
    ///
    /// # Errors
    /// When a file cannot be read, or they do not belong together.
    pub(crate) fn open(chain: &Path, key: &Path) -> anyhow::Result<Arc<Self>> {
        let served = RwLock::new(Arc::new(read(chain, key)?));
        Ok(Arc::new(Self { chain_path: chain.to_owned(), key_path: key.to_owned(), served }))
    }

    /// Configuration of a listener.
    ///
    /// # Errors
    /// When the TLS library supports no version that is wanted.
    pub(crate) fn server_config(self: &Arc<Self>) -> anyhow::Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Reads the files again whenever they have changed. Files that cannot be served are reported, and what was served
    /// before is served on: a renewal may be half done. Never ends.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut known = self.changed();
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let certificate = Arc::clone(&self);
            let looked = spawn_blocking(move || {
                let changed = certificate.changed();
                (changed != known).then(|| (changed, read(&certificate.chain_path, &certificate.key_path)))
            });
            let Ok(Some((changed, read))) = looked.await else { continue };
            known = changed;
            match read {
                Ok(read) => {
                    *self.served.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
                    tracing::info!(file = %self.chain_path.display(), "the TLS certificate was read again");
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "the changed TLS certificate cannot be served; the one before is");
                }
            }
        }
    }

    fn changed(&self) -> Changed {
        let of = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        (of(&self.chain_path), of(&self.key_path))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.served.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("chain_path", &self.chain_path).finish_non_exhaustive()
    }
}

fn read(chain_path: &Path, key_path: &Path) -> anyhow::Result<CertifiedKey> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(chain_path)
        .and_then(Iterator::collect)
        .with_context(|| format!("--tls-cert {} is not a PEM certificate", chain_path.display()))?;
    anyhow::ensure!(!chain.is_empty(), "--tls-cert {} holds no PEM certificate", chain_path.display());
    let key = PrivateKeyDer::from_pem_file(key_path)
        .with_context(|| format!("--tls-key {} is not a PEM private key", key_path.display()))?;
    let provider: CryptoProvider = ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).with_context(|| {
        format!(
            "the certificate {} and the key {} cannot be served together",
            chain_path.display(),
            key_path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn write(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}-key.pem")));
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (chain, key)
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = write(folder.path(), "a");
        let (_, other_key) = write(folder.path(), "b");
        assert!(Certificate::open(&chain, &key).unwrap().server_config().is_ok());
        let missing = folder.path().join("missing.pem");
        for (chain, key, expected) in [
            (&missing, &key, "missing.pem"),
            (&chain, &missing, "--tls-key"),
            (&key, &key, "--tls-cert"),
            (&chain, &chain, "--tls-key"),
            (&chain, &other_key, "cannot be served together"),
        ] {
            let error = format!("{:#}", Certificate::open(chain, key).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }
}
