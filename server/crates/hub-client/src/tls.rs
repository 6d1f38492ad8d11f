//! Whom to trust: the platform's roots, and one more certificate authority where the hub has its own.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// A trust set-up that cannot be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TlsError {
    /// The extra authority is not a readable PEM certificate.
    #[error("the certificate authority is not a PEM certificate")]
    NotPem,
    /// The platform's roots could not be loaded.
    #[error("the platform's certificate roots could not be loaded")]
    Platform(#[source] rustls::Error),
    /// The provider lacks what TLS needs.
    #[error("TLS could not be set up")]
    Protocol(#[source] rustls::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// A client's TLS configuration that trusts the platform's roots and the authorities in `ca_pem`.
///
/// # Errors
/// [`TlsError`] when the PEM text holds no certificate or the platform has no roots.
pub fn client_config(ca_pem: Option<&[u8]>) -> Result<ClientConfig, TlsError> {
    let extra = ca_pem.map_or(Ok(Vec::new()), certificates)?;
    let verifier = Verifier::new_with_extra_roots(extra, provider()).map_err(TlsError::Platform)?;
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Protocol)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// A configuration without trusted authorities, for a client that uses plain HTTP only: loading the platform's roots would
/// cost start-up time, and fail on a machine that has none.
///
/// # Errors
/// [`TlsError`] when TLS cannot be set up.
pub fn without_trust() -> Result<ClientConfig, TlsError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Protocol)?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| TlsError::NotPem)?;
    if certificates.is_empty() { Err(TlsError::NotPem) } else { Ok(certificates) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_certificate_is_refused() {
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(client_config(Some(text.as_bytes())), Err(TlsError::NotPem)), "{text}");
        }
        assert!(without_trust().is_ok());
    }
}
