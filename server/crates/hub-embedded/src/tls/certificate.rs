//! The files in `<data-dir>/tls`: `ca.pem` and `ca-key.pem`, `server.pem` and `server-key.pem`. Keys are readable by
//! their owner alone.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    time::Duration,
};

use hub_wire::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

use super::{DevelopmentTls, TlsError, provider};

/// The CA outlives what is developed against it.
const CA_LIFE: Duration = Duration::from_hours(20 * 365 * 24);
/// As long as clients take; Apple's refuse more than 398 days.
const SERVER_LIFE: Duration = Duration::from_hours(397 * 24);
/// A certificate with less than this left is made anew.
const RENEW_BEFORE: Duration = Duration::from_hours(30 * 24);
/// Clocks differ.
const BACKDATED: Duration = Duration::from_hours(24);

pub(super) fn open(folder: &Path, host_name: &str, now: Timestamp) -> Result<DevelopmentTls, TlsError> {
    fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
    let server_name = ServerName::try_from(host_name.to_owned())
        .map_err(|_| TlsError::HostName(host_name.chars().take(255).collect()))?;
    let ca_path = folder.join("ca.pem");
    let (chain_path, key_path) = (folder.join("server.pem"), folder.join("server-key.pem"));

    let issuer = open_ca(folder, now)?;
    let ca = read_certificate(&ca_path)?;
    let kept = match (read_certificate(&chain_path), read_key(&key_path)) {
        (Ok(certificate), Ok(key)) if is_good(&ca, &certificate, &server_name, now) => {
            Some((certificate, key))
        }
        _ => None,
    };
    let (certificate, key) = if let Some(kept) = kept {
        kept
    } else {
        make_server(&issuer, host_name, now, &chain_path, &key_path)?;
        (read_certificate(&chain_path)?, read_key(&key_path)?)
    };
    Ok(DevelopmentTls { ca_path, chain: vec![certificate], key })
}

/// The kept CA, or a new one. A new one only when neither of its files exists: if one is missing, the user has to decide.
fn open_ca(folder: &Path, now: Timestamp) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let (path, key_path) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
    let params = ca_params(now);
    if !path.exists() && !key_path.exists() {
        let issuer = CertifiedIssuer::self_signed(params.clone(), KeyPair::generate()?)?;
        // The key first: a CA without its key could never sign again.
        write(&key_path, &issuer.key().serialize_pem(), true)?;
        write(&path, &issuer.pem(), false)?;
    }
    let text = fs::read_to_string(&key_path).map_err(|source| at(&key_path, source))?;
    let key = KeyPair::from_pem(&text)
        .map_err(|source| TlsError::Unreadable { path: key_path, source: source.into() })?;
    // An issuer is its name, its key and what it may do; the first two decide, and the name is a constant of ours.
    Ok(Issuer::new(params, key))
}

fn ca_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Fleetcast development CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now.to_utc() - BACKDATED;
    params.not_after = now.plus(CA_LIFE).to_utc();
    params
}

fn make_server(
    issuer: &Issuer<'_, KeyPair>,
    host_name: &str,
    now: Timestamp,
    chain_path: &Path,
    key_path: &Path,
) -> Result<(), TlsError> {
    let mut names: Vec<String> =
        [host_name, "localhost", "127.0.0.1", "::1"].into_iter().map(str::to_owned).collect();
    names.dedup();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Fleetcast embedded hub");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = now.to_utc() - BACKDATED;
    params.not_after = now.plus(SERVER_LIFE).to_utc();
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    write(key_path, &key.serialize_pem(), true)?;
    write(chain_path, &certificate.pem(), false)
}

/// Asks what a client would ask, a month ahead: is it for this host, from this CA, and not too old.
fn is_good(
    ca: &CertificateDer<'_>,
    certificate: &CertificateDer<'_>,
    host: &ServerName<'_>,
    now: Timestamp,
) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(ca.clone().into_owned()).is_err() {
        return false;
    }
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(roots.into(), provider()).build() else {
        return false;
    };
    let is_good_at = |at: Timestamp| {
        let seconds = u64::try_from(at.unix_seconds()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verifier.verify_server_cert(certificate, &[], host, &[], at).is_ok()
    };
    is_good_at(now) && is_good_at(now.plus(RENEW_BEFORE))
}

fn read_certificate(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    let text = fs::read(path).map_err(|source| at(path, source))?;
    CertificateDer::from_pem_slice(&text).map_err(|source| unreadable(path, source))
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = fs::read(path).map_err(|source| at(path, source))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|source| unreadable(path, source))
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
fn write(path: &Path, text: &str, is_secret: bool) -> Result<(), TlsError> {
    let beside = path.with_extension("pem.new");
    let written = (|| {
        if beside.exists() {
            fs::remove_file(&beside)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_secret { 0o600 } else { 0o644 });
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    written.map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> TlsError {
    TlsError::File { path: path.to_owned(), source }
}

fn unreadable(path: &Path, source: rustls::pki_types::pem::Error) -> TlsError {
    TlsError::Unreadable { path: path.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T20:00:00Z").unwrap()
    }

    fn read(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join("tls").join(name)).unwrap()
    }

    #[test]
    fn certificates_are_created_once_and_renewed_when_needed() {
        let data = tempfile::tempdir().unwrap();
        let open = |host: &str, at: Timestamp| DevelopmentTls::open(data.path(), host, at).unwrap();
        let files = || (read(data.path(), "ca.pem"), read(data.path(), "server.pem"));

        let tls = open("hub.example", now());
        assert_eq!(fs::read_to_string(tls.ca_path()).unwrap(), files().0);
        assert!(tls.server_config(&[b"http/1.1"]).is_ok());
        let (ca, server) = files();
        for also in ["hub.example", "localhost", "127.0.0.1", "::1"] {
            open(also, now());
            assert_eq!(files(), (ca.clone(), server.clone()), "{also} is covered");
        }
        open("hub.example", now().plus(Duration::from_hours(366 * 24)));
        assert_eq!(files().1, server);
        open("hub.example", now().plus(Duration::from_hours(368 * 24)));
        assert_ne!(files().1, server, "less than a month was left");
        assert_eq!(files().0, ca);

        open("other.example", now());
        let (ca_now, other) = files();
        assert_eq!(ca_now, ca);
        open("other.example", now());
        assert_eq!(files().1, other);
        assert_ne!(other, server);
        assert!(matches!(DevelopmentTls::open(data.path(), "not a host", now()), Err(TlsError::HostName(_))));
    }

    #[cfg(unix)]
    #[test]
    fn private_keys_are_readable_by_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        DevelopmentTls::open(data.path(), "localhost", now()).unwrap();
        for (name, mode) in [("ca-key.pem", 0o600), ("server-key.pem", 0o600)] {
            let metadata = fs::metadata(data.path().join("tls").join(name)).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
        }
    }

    #[test]
    fn a_damaged_ca_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        DevelopmentTls::open(data.path(), "localhost", now()).unwrap();
        let key = data.path().join("tls").join("ca-key.pem");
        fs::write(&key, "nonsense").unwrap();
        let error = DevelopmentTls::open(data.path(), "localhost", now()).unwrap_err();
        assert!(matches!(error, TlsError::Unreadable { .. }), "{error}");
        assert_eq!(fs::read_to_string(&key).unwrap(), "nonsense");
    }
}
