//! Beyond this machine: what the server demands, TLS, and a proxy in front.

use std::{path::Path, sync::Arc};

use reqwest::{StatusCode, header};
use tempfile::TempDir;

use crate::support::{
    Server, fleetcast,
    team::{PASSWORD, form},
};

#[tokio::test]
async fn a_server_that_would_let_anybody_in_does_not_start() {
    let folder = TempDir::new().unwrap();
    for (flags, sentence) in [
        (
            vec!["--listen", "0.0.0.0:0"],
            "also needs --sign-in, and either --tls-cert with --tls-key or --behind-proxy 1",
        ),
        (vec!["--listen", "0.0.0.0:0", "--sign-in"], "also needs either --tls-cert"),
        (vec!["--listen", "0.0.0.0:0", "--behind-proxy", "1"], "--behind-proxy also needs --sign-in"),
        (
            vec!["--sign-in", "--tls-cert", "/nonexistent.pem", "--tls-key", "/nonexistent.pem"],
            "/nonexistent.pem",
        ),
        (vec!["--tls-cert", "cert.pem"], "--tls-key"),
    ] {
        let output = fleetcast().arg("--data-dir").arg(folder.path()).args(&flags).output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(sentence), "{flags:?}: {errors}");
    }
}

#[tokio::test]
async fn behind_a_proxy_the_forwarded_address_counts() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_in(folder, 0, &["--sign-in", "--behind-proxy", "1"]).await;
    let priya = server.set_up().await;
    assert!(priya.cookie.starts_with("__Host-fleetcast="), "browsers reach it over TLS");
    let sign_in = async |name: &str, forwarded: &str| {
        let request = server.http.post(format!("{}/fn/sign-in", server.base));
        let request = form(request, &[("user_name", name), ("password", PASSWORD)]);
        let request = request.header("x-forwarded-for", forwarded).header(header::HOST, "fleet.example");
        request.header(header::ACCEPT, "application/json").send().await.unwrap().status()
    };
    // Whoever makes up addresses in front of the proxy's gains nothing.
    for number in 0..30 {
        let status = sign_in(&format!("name{number}"), &format!("198.51.100.{number}, 203.0.113.9")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(sign_in("name", "198.51.100.99, 203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(sign_in("name", "203.0.113.10").await, StatusCode::UNAUTHORIZED, "another address");
    server.stop().await;
}

/// Writes a certificate and its key; returns the certificate's bytes.
fn write_certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.der().to_vec()
}

/// The certificate that a server shows.
async fn shown_certificate(server: &Server) -> Vec<u8> {
    #[derive(Debug)]
    struct Any;
    impl rustls::client::danger::ServerCertVerifier for Any {
        fn verify_server_cert(
            &self,
            _: &rustls::pki_types::CertificateDer<'_>,
            _: &[rustls::pki_types::CertificateDer<'_>],
            _: &rustls::pki_types::ServerName<'_>,
            _: &[u8],
            _: rustls::pki_types::UnixTime,
        ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
            Ok(rustls::client::danger::ServerCertVerified::assertion())
        }
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &rustls::pki_types::CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
        }
        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &rustls::pki_types::CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
        }
        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any))
        .with_no_client_auth();
    let address = server.base.strip_prefix("https://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn with_tls_browsers_speak_http2() {
    let certificates = TempDir::new().unwrap();
    write_certificate(certificates.path());
    let (chain, key) = (certificates.path().join("cert.pem"), certificates.path().join("key.pem"));
    let flags = ["--sign-in", "--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let server = Server::start_in(TempDir::new().unwrap(), 2, &flags).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    let page = server.get_as("/jobs", Some(&priya)).await;
    assert_eq!((page.version(), page.status()), (reqwest::Version::HTTP_2, StatusCode::OK));
    // Several streams and other requests share a connection.
    let mut streams = Vec::new();
    for _ in 0..8 {
        let stream = server.get_as("/api/v1/events", Some(&priya)).await;
        assert_eq!((stream.version(), stream.status()), (reqwest::Version::HTTP_2, StatusCode::OK));
        streams.push(stream);
    }
    let hub = server.get_as("/api/v1/hub", Some(&priya)).await;
    assert_eq!(hub.status(), StatusCode::OK);
    // Clients that speak HTTP/1.1 only are served too.
    let old = reqwest::Client::builder().http1_only().danger_accept_invalid_certs(true).build().unwrap();
    let old = old.get(format!("{}/healthz", server.base)).send().await.unwrap();
    assert_eq!((old.version(), old.status()), (reqwest::Version::HTTP_11, StatusCode::OK));
    drop(streams);
    server.stop().await;
}

#[tokio::test]
async fn with_tls_the_cookie_is_secure_and_a_renewed_certificate_is_served() {
    let certificates = TempDir::new().unwrap();
    let first = write_certificate(certificates.path());
    let (chain, key) = (certificates.path().join("cert.pem"), certificates.path().join("key.pem"));
    let (chain, key) = (chain.to_str().unwrap(), key.to_str().unwrap());
    let flags = ["--sign-in", "--tls-cert", chain, "--tls-key", key];
    let server = Server::start_in(TempDir::new().unwrap(), 0, &flags).await;
    assert!(server.base.starts_with("https://"), "{}", server.base);
    let priya = server.set_up().await;
    assert!(priya.cookie.starts_with("__Host-fleetcast="), "{}", priya.cookie);
    let page = server.http.get(format!("{}/sign-in", server.base)).send().await.unwrap();
    let forms = page.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(forms.contains("; Secure"), "{forms}");
    assert_eq!(shown_certificate(&server).await, first);
    let second = write_certificate(certificates.path());
    server.until("the new certificate is shown", async || shown_certificate(&server).await == second).await;
    let (_, log) = server.stop().await;
    assert!(log.contains("the TLS certificate was read again"), "{log}");
}
