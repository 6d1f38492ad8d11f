//! MQTT over TLS, under the development CA.

use std::sync::Arc;

use hub_embedded::{
    mqtt::{Limits, Listener},
    tls::{DevelopmentTls, TlsListener},
};
use hub_wire::Timestamp;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{gateway::TestGateway, memory::MemoryHub, raw::Raw};

#[tokio::test]
async fn devices_connect_over_tls_while_others_stall_the_handshake() {
    let data = tempfile::tempdir().unwrap();
    let now = Timestamp::from(std::time::SystemTime::now());
    let tls = DevelopmentTls::open(data.path(), "hub.example", now).unwrap();
    let config = tls.server_config(&[]).unwrap();
    let (hub, reports) = MemoryHub::new();
    let gateway = TestGateway::over(Arc::new(hub), reports, Limits::default(), |listener| {
        Listener::Tls(TlsListener::new(listener, config, 16).unwrap())
    })
    .await;

    let _stalled = TcpStream::connect(gateway.address).await.unwrap();
    let mut nonsense = Raw::open(gateway.address).await;
    nonsense.send_bytes(b"GET / HTTP/1.1\r\n\r\n").await;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(tls.ca_path()).unwrap()).unwrap();
    let roots = Arc::new(roots);
    for version in [&TLS12, &TLS13] {
        for name in ["hub.example", "localhost", "127.0.0.1", "::1"] {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(Arc::clone(&roots))
                .with_no_client_auth();
            let stream = TcpStream::connect(gateway.address).await.unwrap();
            let name = ServerName::try_from(name).unwrap();
            let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
            let mut raw = Raw::on(stream);
            raw.enter("d1", true).await;
            raw.is_alive().await;
        }
    }
    gateway.stop().await;
}
